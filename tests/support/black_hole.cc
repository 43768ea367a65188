// SPDX-License-Identifier: MIT
#include "support/black_hole.h"

#include <cerrno>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace remuda::test {

namespace {

// A connection on its way to `name`, made or not.
Fd connect_to(const sockaddr* name, socklen_t size) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(socket.number(), name, size) != 0 && errno != EINPROGRESS) {
        throw std::runtime_error("no connection to the black hole");
    }
    return socket;
}

}  // namespace

BlackHole::BlackHole() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    // A queue of 0 takes one connection; the handshake of the next is never finished.
    if (::bind(listener_.number(), generic, size) != 0 || ::listen(listener_.number(), 0) != 0 ||
        ::getsockname(listener_.number(), generic, &size) != 0) {
        throw std::runtime_error("no black hole");
    }
    first_ = connect_to(generic, size);
    second_ = connect_to(generic, size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
}

}  // namespace remuda::test
