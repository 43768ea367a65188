// SPDX-License-Identifier: MIT
// third_party/libssh2/0007: a session is small, and its packet buffers grow with its packets.
#include "remuda/base/fd.h"
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <libssh2.h>

#include <sys/socket.h>

namespace remuda::test {
namespace {

// A packet buffer as large as any packet has 35,000 bytes.
constexpr std::size_t kSmallBytes = 12'000;

struct FreeSession {
    void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};
using Session = std::unique_ptr<LIBSSH2_SESSION, FreeSession>;

// All that a session has asked for so far, given back or not.
void* allocate(std::size_t length, void** abstract) {
    *static_cast<std::size_t*>(*abstract) += length;
    return std::malloc(length);
}

void release(void* pointer, void** /*abstract*/) {
    std::free(pointer);
}

void* reallocate(void* pointer, std::size_t length, void** abstract) {
    *static_cast<std::size_t*>(*abstract) += length;
    return std::realloc(pointer, length);
}

/// A session of which the server has sent `text` so far, and what it has asked for.
struct Greeted {
    explicit Greeted(const std::string& text)
        : session(libssh2_session_init_ex(&allocate, &release, &reallocate, &asked_bytes)) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) ==
                0);
        client = Fd(ends[0]);
        server = Fd(ends[1]);
        REQUIRE(::send(server.number(), text.data(), text.size(), 0) ==
                static_cast<ssize_t>(text.size()));
        libssh2_session_set_blocking(session.get(), 0);
        while (libssh2_session_banner_get(session.get()) == nullptr)
            REQUIRE(libssh2_session_handshake(session.get(), client.number()) ==
                    LIBSSH2_ERROR_EAGAIN);
    }

    std::size_t asked_bytes = 0;
    Fd client;
    Fd server;
    Session session;
};

TEST_CASE("a session that begins its key exchange has asked for little memory") {
    const Greeted greeted("SSH-2.0-OpenSSH_9.2\r\n");
    CHECK(greeted.asked_bytes > 0);
    CHECK(greeted.asked_bytes < kSmallBytes);
}

TEST_CASE("an identification longer than the first buffer is read whole") {
    for (const std::size_t size : {2'047U, 2'048U, 2'049U, 8'000U}) {
        const std::string line = "SSH-2.0-" + std::string(size - 8, 'x');
        const Greeted greeted(line + "\r\n");
        CHECK(line == libssh2_session_banner_get(greeted.session.get()));
    }
}

TEST_CASE("packets of all lengths go both ways, whatever the buffers had before") {
    require_sshd();
    for (const std::string cipher :
         {"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr"}) {
        CAPTURE(cipher);
        InetdSshd server;
        const Libssh2Client client(server.take_socket(), cipher);
        client.log_in();
        for (const std::size_t size : {1'700U, 1'800U, 2'048U, 2'100U, 30'000U, 10U}) {
            const std::string text(size, 'z');
            CHECK(client.run("printf %s " + text).output == text);
        }
        CHECK(client.run("head -c 1000000 /dev/zero | tr '\\0' x").output ==
              std::string(1'000'000, 'x'));
    }
}

}  // namespace
}  // namespace remuda::test
