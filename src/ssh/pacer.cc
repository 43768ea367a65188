// SPDX-License-Identifier: MIT
#include "ssh/pacer.h"

#include <algorithm>

namespace remuda::ssh {

loop::Task<bool> Pacer::enter(loop::Stop& stop) {
    if (free_ > 0) {
        --free_;
        co_return true;
    }
    Waiter waiter;
    waiters_.push_back(&waiter);
    while (!waiter.has_place) {
        const loop::Wake wake = co_await loop_.wait(waiter.called, kNever, stop);
        if (wake != loop::Wake::stopped) continue;
        if (waiter.has_place) {
            leave();
        } else {
            std::erase(waiters_, &waiter);
        }
        co_return false;
    }
    co_return true;
}

void Pacer::leave() {
    if (waiters_.empty()) {
        ++free_;
        return;
    }
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->has_place = true;
    next->called.notify();
}

}  // namespace remuda::ssh
