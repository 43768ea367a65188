// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/loop/loop.h"

#include <csignal>
#include <initializer_list>

namespace remuda::loop {

/// Takes signals as values instead of interruptions (signalfd). Blocks them in the calling thread
/// for the life of the object: make it before any other thread starts, so that those inherit the
/// mask. Children that `spawn_child` starts get the mask of before.
class Signals {
  public:
    Signals(Loop& loop, std::initializer_list<int> numbers);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// The number of the next signal, or 0 when stopped.
    Task<int> next(Stop& stop);

    /// The number of a signal that came already, or 0. For whoever must wait outside of the loop.
    [[nodiscard]] int take();
    /// Readable when a signal has come.
    [[nodiscard]] int descriptor() const { return fd_.number(); }

  private:
    Loop& loop_;
    sigset_t old_mask_{};
    Fd fd_;
};

}  // namespace remuda::loop
