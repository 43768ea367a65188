// SPDX-License-Identifier: MIT
//
// Tunnels: the tunnels of one connection. They are opened side by side: a target that swallows
// packets holds up no other.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "ssh/session.h"
#include "ssh/tunnel.h"
#include "ssh/window.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace remuda::ssh {

class Tunnels {
  public:
    /// `spare_window`: of the connection. `poke` asks for a step.
    Tunnels(loop::Loop& loop, Window::Spare spare_window, std::function<void()> poke);
    ~Tunnels();
    Tunnels(const Tunnels&) = delete;
    Tunnels& operator=(const Tunnels&) = delete;

    /// Shared by this, which steps it, and whoever waits for it or uses it: either may go first.
    std::shared_ptr<Tunnel> add(Tunnel::Target target);
    /// Goes on with each as far as possible. False: the session is broken.
    [[nodiscard]] bool step(Session& session, std::span<char> scratch);
    /// Some would put more into the session's out buffer when that has room again.
    [[nodiscard]] bool are_held_back() const;
    /// All, also those that are being closed.
    [[nodiscard]] std::size_t size() const { return tunnels_.size(); }
    /// Those in use, or being opened for somebody.
    [[nodiscard]] std::size_t in_use() const;

    /// Cuts what is left. Await it before this is destroyed.
    loop::Task<> end(Error reason);

  private:
    loop::Task<> watch();
    void listen_to(Tunnel& tunnel);

    // Set once.
    loop::Loop& loop_;
    const Window::Spare spare_window_;
    const std::function<void()> poke_;
    // One descriptor for all far ends: each tells once when it becomes readable or writable.
    Fd epoll_;

    // Loop thread only.
    std::vector<std::shared_ptr<Tunnel>> tunnels_;
    // Takes turns at being the first to fill the session's out buffer.
    std::size_t first_ = 0;
    // Its request has been begun and not sent: a key exchange is under way.
    const Tunnel* asking_ = nullptr;
    loop::Stop stop_;
    loop::Scope scope_;
};

}  // namespace remuda::ssh
