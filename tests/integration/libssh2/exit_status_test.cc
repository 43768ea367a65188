// SPDX-License-Identifier: MIT
// third_party/libssh2/0001: "exited with 0" is told from "nobody said".
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

namespace remuda::test {
namespace {

TEST_CASE("a status of 0 that the server sent is known to have been sent") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const Libssh2Channel channel = client.start("exit 0");
    CHECK(libssh2_channel_has_exit_status(nullptr) == 0);
    CHECK(client.read_to_the_end(channel.get()).empty());
    CHECK(client.finish([&] { return libssh2_channel_wait_closed(channel.get()); }) == 0);
    CHECK(libssh2_channel_has_exit_status(channel.get()) == 1);
    CHECK(libssh2_channel_get_exit_status(channel.get()) == 0);
}

TEST_CASE("a command that a signal ended has no status") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const Libssh2Channel channel = client.start("kill -KILL $$");
    CHECK(client.read_to_the_end(channel.get()).empty());
    CHECK(client.finish([&] { return libssh2_channel_wait_closed(channel.get()); }) == 0);
    CHECK(libssh2_channel_has_exit_status(channel.get()) == 0);
}

TEST_CASE("a channel that the server closes without a status has none") {
    require_sshd();
    // ChannelTimeout closes a silent channel and leaves the session alive (OpenSSH 9.2 and later).
    remuda::test::SshdOptions options;
    options.config = "ChannelTimeout session:command=1s";
    InetdSshd server(options);
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const Libssh2Channel channel = client.start("exec sleep 1000");
    CHECK(client.read_to_the_end(channel.get()).empty());
    CHECK(libssh2_channel_eof(channel.get()) == 1);
    CHECK(libssh2_channel_has_exit_status(channel.get()) == 0);
    CHECK_MESSAGE(libssh2_channel_get_exit_status(channel.get()) == 0,
                  "libssh2 no longer calls this 0: is the patch still needed?");
}

TEST_CASE("a channel whose session process is killed has no status") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const Libssh2Channel channel = client.start("echo running; exec sleep 1000");
    std::array<char, 16> buffer{};
    REQUIRE(client.finish([&] {
        return libssh2_channel_read(channel.get(), buffer.data(), buffer.size());
    }) > 0);
    server.kill_now();
    CHECK(client.read_to_the_end(channel.get()).empty());
    CHECK(libssh2_channel_has_exit_status(channel.get()) == 0);
}

}  // namespace
}  // namespace remuda::test
