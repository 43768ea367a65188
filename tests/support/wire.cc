// SPDX-License-Identifier: MIT
#include "support/wire.h"

#include "remuda/base/result.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <random>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace remuda::test {

namespace {

constexpr const char* kDevice = "wire";
constexpr const char* kOwnSpace = "/proc/thread-self/ns/net";

void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(sys_error(what).text());
}

Fd opened(const char* path, int flags) {
    Fd fd(::open(path, flags | O_CLOEXEC));
    require(static_cast<bool>(fd), path);
    return fd;
}

ifreq request_for(const std::string& device) {
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

void set_address(const Fd& control, const std::string& device, unsigned long what,
                 const std::string& address) {
    ifreq request = request_for(device);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    require(::inet_pton(AF_INET, address.c_str(), &in.sin_addr) == 1, "address");
    std::memcpy(&request.ifr_addr, &in, sizeof in);
    require(::ioctl(control.number(), what, &request) == 0, "set an address");
}

void bring_up(const Fd& control, const std::string& device) {
    ifreq request = request_for(device);
    request.ifr_flags = IFF_UP;
    require(::ioctl(control.number(), SIOCSIFFLAGS, &request) == 0, "bring a device up");
}

struct Packet {
    std::chrono::steady_clock::time_point due;
    int to = -1;
    std::string bytes;
};

}  // namespace

void require_wire() {
    const char* why = nullptr;
    if (::geteuid() != 0) {
        why = "not root";
    } else if (::access("/dev/net/tun", R_OK | W_OK) != 0) {
        why = "no /dev/net/tun";
    } else {
        // Whether it may be done is asked by doing it, on a thread that is thrown away.
        bool can = false;
        std::thread([&] { can = ::unshare(CLONE_NEWNET) == 0; }).join();
        if (!can) why = "no network namespaces";
    }
    if (why == nullptr) return;
    std::cerr << "SKIPPED: what a bad network does is NOT tested here: " << why << "\n";
    std::_Exit(77);
}

Wire::Stay::Stay(const Fd& space) : before_(opened(kOwnSpace, O_RDONLY)) {
    require(::setns(space.number(), CLONE_NEWNET) == 0, "enter a network namespace");
}

Wire::Stay::~Stay() {
    // In the wrong namespace no further test means anything.
    if (::setns(before_.number(), CLONE_NEWNET) != 0) std::abort();
}

std::string Wire::address(int number) {
    return "10.99.0." + std::to_string(number + 2);
}

Wire::End Wire::make_end(const std::string& first_address, int aliases) {
    const Fd before = opened(kOwnSpace, O_RDONLY);
    require(::unshare(CLONE_NEWNET) == 0, "make a network namespace");
    End end;
    end.space = opened(kOwnSpace, O_RDONLY);
    require(::setns(before.number(), CLONE_NEWNET) == 0, "leave a network namespace");
    const Stay inside(end.space);

    end.packets = opened("/dev/net/tun", O_RDWR | O_NONBLOCK);
    ifreq request = request_for(kDevice);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    require(::ioctl(end.packets.number(), TUNSETIFF, &request) == 0, "make a device");
    const Fd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    bring_up(control, "lo");
    for (int i = 0; i <= aliases; ++i) {
        const std::string name =
            i == 0 ? std::string(kDevice) : std::string(kDevice) + ":" + std::to_string(i);
        const std::string address = i == 0 ? first_address : Wire::address(i);
        set_address(control, name, SIOCSIFADDR, address);
        set_address(control, name, SIOCSIFNETMASK, "255.255.255.0");
        bring_up(control, name);
    }
    return end;
}

Wire::Wire(std::chrono::milliseconds delay, unsigned lost_of_1000)
    : delay_(delay),
      lost_of_1000_(lost_of_1000),
      here_(make_end("10.99.0.1", 0)),
      there_(make_end(address(0), 3)) {
    thread_ = std::thread([this] { carry(); });
}

Wire::~Wire() {
    is_over_ = true;
    thread_.join();
}

void Wire::cut(const std::string& address) {
    const std::lock_guard lock(mutex_);
    cut_.insert(::inet_addr(address.c_str()));
}

void Wire::mend(const std::string& address) {
    const std::lock_guard lock(mutex_);
    cut_.erase(::inet_addr(address.c_str()));
}

bool Wire::is_swallowed(const char* packet, std::size_t size) {
    iphdr head{};
    if (size < sizeof head) return true;
    std::memcpy(&head, packet, sizeof head);
    const std::lock_guard lock(mutex_);
    return cut_.contains(head.saddr) || cut_.contains(head.daddr);
}

void Wire::carry() {
    using Clock = std::chrono::steady_clock;
    // The same losses every time, as far as the packets are the same.
    std::minstd_rand random(20'260'101);
    std::deque<Packet> under_way;
    std::array<char, 65536> buffer{};
    while (!is_over_) {
        const auto now = Clock::now();
        while (!under_way.empty() && under_way.front().due <= now) {
            const Packet& packet = under_way.front();
            // A full device loses packets, too.
            if (::write(packet.to, packet.bytes.data(), packet.bytes.size()) < 0) ++lost_;
            under_way.pop_front();
        }
        const auto wait =
            under_way.empty()
                ? std::chrono::milliseconds(50)
                : std::chrono::ceil<std::chrono::milliseconds>(under_way.front().due - now);
        std::array<pollfd, 2> ends{pollfd{here_.packets.number(), POLLIN, 0},
                                   pollfd{there_.packets.number(), POLLIN, 0}};
        if (::poll(ends.data(), ends.size(), static_cast<int>(wait.count())) <= 0) continue;
        for (std::size_t from = 0; from < ends.size(); ++from) {
            for (;;) {
                const ssize_t size = ::read(ends.at(from).fd, buffer.data(), buffer.size());
                if (size <= 0) break;
                const auto count = static_cast<std::size_t>(size);
                if (random() % 1000 < lost_of_1000_ || is_swallowed(buffer.data(), count)) {
                    ++lost_;
                    continue;
                }
                under_way.push_back({Clock::now() + delay_, ends.at(1 - from).fd,
                                     std::string(buffer.data(), count)});
            }
        }
    }
}

}  // namespace remuda::test
