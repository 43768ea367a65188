// SPDX-License-Identifier: MIT
#include "ssh/dial.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace remuda::ssh {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

struct Lookup {
    std::string name;
    std::string service;
    int family = AF_UNSPEC;
    int code = 0;
    Addresses addresses;

    void run(int flags) {
        addrinfo hints{};
        hints.ai_family = family;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV | flags;
        addrinfo* list = nullptr;
        code = ::getaddrinfo(name.c_str(), service.c_str(), &hints, &list);
        addresses.reset(list);
    }
};

void set_option(int fd, int level, int option, int value) {
    // Best effort: a kernel without the option still gives a usable socket.
    ::setsockopt(fd, level, option, &value, sizeof value);
}

void set_options(int fd, std::chrono::milliseconds limit) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    // Keepalive alone misses a peer that vanishes with data in flight, the user timeout alone one
    // that vanishes while idle: measured, both are needed.
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(limit.count()));
}

std::string reason_of(int errno_value) {
    return sys_error("", errno_value).text().substr(2);
}

int family_of(AddressFamily family) {
    switch (family) {
        case AddressFamily::any:
            break;
        case AddressFamily::inet:
            return AF_INET;
        case AddressFamily::inet6:
            return AF_INET6;
    }
    return AF_UNSPEC;
}

// `from`: the first address of the same family; none: the system's choice.
Result<void> bind_to(int fd, const addrinfo* from, int family, const std::string& name) {
    if (from == nullptr) return {};
    while (from != nullptr && from->ai_family != family)
        from = from->ai_next;
    if (from == nullptr) {
        return Error(Code::unreachable, "no address of the same kind as " + name);
    }
    if (::bind(fd, from->ai_addr, from->ai_addrlen) == 0) return {};
    return Error(Code::unreachable, "cannot connect from " + name + ": " + reason_of(errno));
}

loop::Task<Result<Fd>> connect_to(loop::Loop& loop, const addrinfo& address, const addrinfo* from,
                                  const HostSettings& settings, Time deadline, loop::Stop& stop) {
    Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) co_return sys_error("cannot make a socket");
    set_options(fd.number(), unanswered_limit(settings));
    auto bound = bind_to(fd.number(), from, address.ai_family, settings.bind_address);
    if (!bound) co_return bound.error();
    if (::connect(fd.number(), address.ai_addr, address.ai_addrlen) == 0) co_return fd;
    if (errno != EINPROGRESS) co_return Error(Code::unreachable, reason_of(errno));

    const loop::Wake wake =
        co_await loop.wait_fd(fd.number(), loop::Readiness::writable, deadline, stop);
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd.number(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (wake == loop::Wake::ready && error == 0) co_return fd;
    loop.forget(fd.number());
    if (wake == loop::Wake::timeout) co_return Error(Code::timed_out, "connection timed out");
    if (wake == loop::Wake::stopped) co_return Error(Code::stopped, "stopped");
    co_return Error(Code::unreachable, reason_of(error));
}

// The lookup's own thread may outlast the wait for it: both own the state.
struct PendingLookup {
    Lookup lookup;
    loop::Notice done;
};

loop::Task<Result<Addresses>> look_up(loop::Loop& loop, std::string name, std::uint16_t port,
                                      AddressFamily family, Time deadline, loop::Stop& stop) {
    auto pending = std::make_shared<PendingLookup>();
    pending->lookup.name = name;
    pending->lookup.service = std::to_string(port);
    pending->lookup.family = family_of(family);
    // A numeric address needs no thread.
    pending->lookup.run(AI_NUMERICHOST);
    if (pending->lookup.code == EAI_NONAME) {
        loop.start_blocking([pending] { pending->lookup.run(0); },
                            [pending] { pending->done.notify(); });
        const loop::Wake wake = co_await loop.wait(pending->done, deadline, stop);
        if (wake == loop::Wake::timeout) {
            co_return Error(Code::timed_out, "looking up " + name + " timed out");
        }
        if (wake == loop::Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    if (pending->lookup.code != 0) {
        co_return Error(Code::unreachable,
                        "cannot resolve " + name + ": " + ::gai_strerror(pending->lookup.code));
    }
    co_return std::move(pending->lookup.addresses);
}

}  // namespace

std::chrono::milliseconds unanswered_limit(const HostSettings& settings) {
    using std::chrono::milliseconds;
    constexpr milliseconds least = std::chrono::seconds(20);
    constexpr milliseconds most = std::chrono::hours(24);
    // In milliseconds: 1000 questions a day apart are more nanoseconds than a Duration has.
    const auto interval = std::chrono::duration_cast<milliseconds>(settings.alive_interval);
    const milliseconds silence = interval + interval * 4 / 5 * settings.alive_count;
    return std::clamp(silence, least, most);
}

loop::Task<Result<Fd>> dial(loop::Loop& loop, const HostSettings& settings, Time deadline,
                            loop::Stop& stop) {
    auto addresses = co_await look_up(loop, settings.host_name, settings.port,
                                      settings.address_family, deadline, stop);
    if (!addresses) co_return addresses.error();
    Addresses from;
    if (!settings.bind_address.empty()) {
        auto found = co_await look_up(loop, settings.bind_address, 0, settings.address_family,
                                      deadline, stop);
        if (!found) co_return found.error().within("BindAddress");
        from = std::move(found).value();
    }
    Error last(Code::unreachable, "no address");
    int left = 0;
    for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next)
        ++left;
    for (const addrinfo* address = addresses->get(); address != nullptr;
         address = address->ai_next) {
        // An address that swallows packets leaves its share of the time to those behind it.
        const Time share = loop.now() + (deadline - loop.now()) / left--;
        auto connected = co_await connect_to(loop, *address, from.get(), settings, share, stop);
        if (connected) co_return std::move(connected).value();
        last = connected.error();
        if (last.code() == Code::stopped) break;
    }
    co_return last;
}

}  // namespace remuda::ssh
