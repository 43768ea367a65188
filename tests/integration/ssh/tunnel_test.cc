// SPDX-License-Identifier: MIT
//
// The bytes of tunnels: both directions at once, ends told one at a time, a reader that is slow.
#include "reach_world.h"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using remuda::Code;
using remuda::Error;
using remuda::Fd;
using remuda::kNever;
using remuda::loop::Loop;
using remuda::loop::Readiness;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::ssh::HostSettings;
using remuda::ssh::Stream;
using remuda::test::require_sshd;
using remuda::test::Roads;
using remuda::test::Sshd;
using remuda::test::through;

namespace {

// Gives back what it gets, for one connection after another, each until its other side has ended.
class Echo {
  public:
    explicit Echo(int connections) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(name);
        auto* generic = reinterpret_cast<sockaddr*>(&name);
        if (::bind(listener_.number(), generic, size) != 0 ||
            ::listen(listener_.number(), 16) != 0 ||
            ::getsockname(listener_.number(), generic, &size) != 0) {
            throw std::runtime_error("no echo");
        }
        port_ = ntohs(name.sin_port);
        for (int i = 0; i < connections; ++i)
            threads_.emplace_back([this] { serve(); });
    }
    ~Echo() {
        ::shutdown(listener_.number(), SHUT_RDWR);
        for (std::thread& thread : threads_)
            thread.join();
    }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void serve() const {
        const Fd client(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client) return;
        std::array<char, 65536> buffer{};
        for (;;) {
            const ssize_t n = ::recv(client.number(), buffer.data(), buffer.size(), 0);
            if (n <= 0) return;
            const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
            if (!remuda::write_all(client.number(), bytes)) return;
        }
    }

    Fd listener_;
    std::uint16_t port_ = 0;
    std::vector<std::thread> threads_;
};

// Not the same again at any power of two.
std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 2654435761U) >> 13U);
    return bytes;
}

Task<> write_all_of(Loop& loop, const Stream& stream, const std::string& bytes) {
    Stop never;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const ssize_t n = ::send(stream.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
        if (n >= 0) continue;
        if (errno != EAGAIN) co_return;
        co_await loop.wait_fd(stream.number(), Readiness::writable, kNever, never);
    }
    ::shutdown(stream.number(), SHUT_WR);
}

Task<> read_all_of(Loop& loop, const Stream& stream, std::string& bytes) {
    Stop never;
    std::vector<char> buffer(65536);
    for (;;) {
        const ssize_t n = ::recv(stream.number(), buffer.data(), buffer.size(), 0);
        if (n == 0) co_return;
        if (n > 0) {
            bytes.append(buffer.data(), static_cast<std::size_t>(n));
            continue;
        }
        if (errno != EAGAIN) co_return;
        co_await loop.wait_fd(stream.number(), Readiness::readable, kNever, never);
    }
}

// The first is not read before the second has sent and got everything back. `stalled`: whether it
// could not be written whole meanwhile.
Task<> exchange(Roads& roads, const HostSettings& settings, const std::string& bytes,
                std::string& slow, std::string& fast, bool& stalled) {
    remuda::ssh::Reach& reach = *roads.shared->reach;
    Stop never;
    auto first = co_await reach.connect(settings, never);
    REQUIRE(first);
    auto second = co_await reach.connect(settings, never);
    REQUIRE(second);
    {
        Scope writer(roads.loop);
        writer.spawn(write_all_of(roads.loop, **first, bytes));
        Scope other(roads.loop);
        other.spawn(write_all_of(roads.loop, **second, bytes));
        other.spawn(read_all_of(roads.loop, **second, fast));
        co_await other.join();
        stalled = writer.running() > 0;
        co_await read_all_of(roads.loop, **first, slow);
        co_await writer.join();
    }
    CHECK((*first)->trouble().empty());
    first = Error(Code::stopped, "dropped");
    second = Error(Code::stopped, "dropped");
    co_await reach.rest();
}

}  // namespace

TEST_CASE("both directions of a tunnel are whole, and one that is not read holds up no other") {
    require_sshd();
    const Sshd bastion;
    Roads roads({&bastion});
    const Echo echo(2);
    const std::string bytes = pattern(std::size_t{50} * 1000 * 1000);
    std::string slow;
    std::string fast;
    bool stalled = false;
    roads.loop.run(exchange(roads, roads.to("127.0.0.1", echo.port(), through({&bastion})), bytes,
                            slow, fast, stalled));
    CHECK(stalled);
    CHECK(fast == bytes);
    CHECK(slow == bytes);
}

TEST_CASE("keys that are exchanged anew again and again change nothing") {
    require_sshd();
    const Sshd bastion(remuda::test::with_config("RekeyLimit 256K\n"));
    Roads roads({&bastion});
    const Echo echo(2);
    const std::string bytes = pattern(std::size_t{10} * 1000 * 1000);
    std::string slow;
    std::string fast;
    bool stalled = false;
    roads.loop.run(exchange(roads, roads.to("127.0.0.1", echo.port(), through({&bastion})), bytes,
                            slow, fast, stalled));
    CHECK(fast == bytes);
    CHECK(slow == bytes);
}
