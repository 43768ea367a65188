// SPDX-License-Identifier: MIT
#include "ssh/tunnels.h"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/epoll.h>

namespace remuda::ssh {

using loop::Task;
using loop::Wake;

Tunnels::Tunnels(loop::Loop& loop, Window::Spare spare_window, std::function<void()> poke)
    : loop_(loop),
      spare_window_(std::move(spare_window)),
      poke_(std::move(poke)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      scope_(loop) {
    if (epoll_) scope_.spawn(watch());
}

Tunnels::~Tunnels() {
    if (epoll_) loop_.forget(epoll_.number());
}

std::shared_ptr<Tunnel> Tunnels::add(Tunnel::Target target) {
    auto tunnel = std::make_shared<Tunnel>(std::move(target), spare_window_);
    if (!epoll_) {
        tunnel->cut(Error(Code::system, "no descriptor is left"));
        return tunnel;
    }
    tunnel->on_poke = poke_;
    tunnels_.push_back(tunnel);
    poke_();
    return tunnel;
}

// A far end is closed by its tunnel, which takes it out of the epoll set.
void Tunnels::listen_to(Tunnel& tunnel) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.fd = tunnel.far_end();
    // Out of memory for it: as if nobody wanted the tunnel any more.
    if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, tunnel.far_end(), &event) != 0) tunnel.drop();
}

Task<> Tunnels::watch() {
    for (;;) {
        const Wake wake =
            co_await loop_.wait_fd(epoll_.number(), loop::Readiness::readable, kNever, stop_);
        if (wake != Wake::ready) co_return;
        std::array<epoll_event, 64> events{};
        const int count =
            ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i) {
            const int ready = events[static_cast<std::size_t>(i)].data.fd;
            const auto tunnel =
                std::find_if(tunnels_.begin(), tunnels_.end(),
                             [&](const auto& each) { return each->far_end() == ready; });
            if (tunnel != tunnels_.end()) (*tunnel)->note_ready();
        }
        if (count > 0) poke_();
    }
}

bool Tunnels::step(Session& session, std::span<char> scratch) {
    const std::size_t count = tunnels_.size();
    for (std::size_t i = 0; i < count; ++i) {
        Tunnel& tunnel = *tunnels_[(first_ + i) % count];
        const bool is_asking = tunnel.state() == Tunnel::State::waiting;
        if (is_asking && asking_ != nullptr && asking_ != &tunnel) continue;
        const bool was_open = tunnel.far_end() >= 0;
        const Tunnel::State state = tunnel.step(session, scratch, loop_.now());
        if (state == Tunnel::State::broken) return false;
        if (is_asking) asking_ = state == Tunnel::State::waiting ? &tunnel : nullptr;
        if (!was_open && tunnel.far_end() >= 0) listen_to(tunnel);
    }
    if (count > 0) first_ = (first_ + 1) % count;
    std::erase_if(tunnels_, [](const auto& tunnel) {
        if (tunnel->state() != Tunnel::State::done) return false;
        tunnel->on_poke = nullptr;
        return true;
    });
    return true;
}

bool Tunnels::are_held_back() const {
    return std::any_of(tunnels_.begin(), tunnels_.end(),
                       [](const auto& tunnel) { return tunnel->is_held_back(); });
}

std::size_t Tunnels::in_use() const {
    return static_cast<std::size_t>(
        std::count_if(tunnels_.begin(), tunnels_.end(),
                      [](const auto& tunnel) { return !tunnel->was_dropped(); }));
}

Task<> Tunnels::end(Error reason) {
    for (const auto& tunnel : std::exchange(tunnels_, {}))
        tunnel->cut(reason);
    stop_.request();
    co_await scope_.join();
}

}  // namespace remuda::ssh
