// SPDX-License-Identifier: MIT
// third_party/libssh2/0015: a window that grew is kept at its size.
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace remuda::test {
namespace {

constexpr unsigned long kGrown = 4UL << 20;

TEST_CASE("a server may send as much ahead as the grown window holds, until the end") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const Libssh2Channel channel = client.start("head -c 20000000 /dev/zero");
    REQUIRE(libssh2_channel_window_read(channel.get()) < kGrown);
    CHECK(libssh2_channel_window_grow(channel.get(), kGrown) == 0);
    // Not made smaller.
    CHECK(libssh2_channel_window_grow(channel.get(), 1000) == 0);

    std::vector<char> buffer(32768);
    std::size_t total = 0;
    for (;;) {
        const auto count = client.finish(
            [&] { return libssh2_channel_read(channel.get(), buffer.data(), buffer.size()); });
        REQUIRE(count >= 0);
        if (count == 0) break;
        total += static_cast<std::size_t>(count);
        // It is filled up before it has shrunk to three quarters.
        CHECK(libssh2_channel_window_read(channel.get()) >= kGrown / 4 * 3);
    }
    CHECK(total == 20'000'000);
}

}  // namespace
}  // namespace remuda::test
