// SPDX-License-Identifier: MIT
#include "support/relay.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace remuda::test {

namespace {

struct Address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
};

Address address_of(const std::string& text, std::uint16_t port) {
    Address address;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&address.bytes, &v4, sizeof v4);
        address.length = sizeof v4;
    } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&address.bytes, &v6, sizeof v6);
        address.length = sizeof v6;
    } else {
        throw std::runtime_error("no address: " + text);
    }
    return address;
}

const sockaddr* raw(const Address& address) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants it so.
    return reinterpret_cast<const sockaddr*>(&address.bytes);
}

Fd socket_for(const Address& address) {
    Fd fd(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) throw std::runtime_error("no socket");
    return fd;
}

}  // namespace

Relay::Relay(const std::string& address, const std::string& server, std::uint16_t server_port,
             std::size_t most)
    : server_(server), server_port_(server_port), most_(most) {
    Address at = address_of(address, 0);
    listener_ = socket_for(at);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants it so.
    auto* bound = reinterpret_cast<sockaddr*>(&at.bytes);
    if (::bind(listener_.number(), raw(at), at.length) != 0 ||
        ::listen(listener_.number(), 16) != 0 ||
        ::getsockname(listener_.number(), bound, &at.length) != 0) {
        throw std::runtime_error("cannot listen on " + address);
    }
    sockaddr_in same_place{};
    std::memcpy(&same_place, &at.bytes, sizeof same_place);
    port_ = ntohs(same_place.sin_port);  // both families have it at the same place
    thread_ = std::thread([this] { serve(); });
}

Relay::~Relay() {
    is_over_ = true;
    ::shutdown(listener_.number(), SHUT_RDWR);
    thread_.join();
}

void Relay::serve() {
    while (!is_over_) {
        const Fd client(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client) return;
        if (turned_away_ > 0) {
            --turned_away_;
            constexpr std::string_view text = "Not allowed at this time\r\n";
            (void)::send(client.number(), text.data(), text.size(), MSG_NOSIGNAL);
            continue;
        }
        const Address to = address_of(server_, server_port_);
        const Fd server = socket_for(to);
        if (::connect(server.number(), raw(to), to.length) == 0) pass_on(client, server);
    }
}

void Relay::pass_on(const Fd& client, const Fd& server) {
    std::array<char, 16384> buffer{};
    passed_ = 0;
    while (!is_over_) {
        std::array<pollfd, 2> ends{pollfd{client.number(), POLLIN, 0},
                                   pollfd{server.number(), POLLIN, 0}};
        if (::poll(ends.data(), ends.size(), 100) <= 0) continue;
        for (const bool is_from_server : {false, true}) {
            const pollfd& from = ends.at(is_from_server ? 1 : 0);
            if (from.revents == 0) continue;
            const std::size_t most =
                is_from_server ? std::min(buffer.size(), most_ - passed_) : buffer.size();
            const ssize_t count = most == 0 ? 0 : ::read(from.fd, buffer.data(), most);
            if (count <= 0) return;
            const int to = is_from_server ? client.number() : server.number();
            if (::send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
                return;
            if (is_from_server) passed_ += static_cast<std::size_t>(count);
            if (passed_ >= most_) return;
        }
    }
}

}  // namespace remuda::test
