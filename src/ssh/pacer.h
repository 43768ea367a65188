// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"

#include <cstddef>
#include <deque>

namespace remuda::ssh {

/// Lets at most a number of tasks through at a time, first come, first served.
class Pacer {
  public:
    Pacer(loop::Loop& loop, std::size_t most) : loop_(loop), free_(most) {}

    /// True: a place is ours until `leave`. False: stopped.
    loop::Task<bool> enter(loop::Stop& stop);
    void leave();

  private:
    struct Waiter {
        loop::Notice called;
        bool has_place = false;
    };
    loop::Loop& loop_;
    std::size_t free_;
    std::deque<Waiter*> waiters_;
};

/// Leaves the pacer when it goes out of scope.
class PacerPlace {
  public:
    explicit PacerPlace(Pacer& pacer) : pacer_(pacer) {}
    ~PacerPlace() { pacer_.leave(); }
    PacerPlace(const PacerPlace&) = delete;
    PacerPlace& operator=(const PacerPlace&) = delete;

  private:
    Pacer& pacer_;
};

}  // namespace remuda::ssh
