// SPDX-License-Identifier: MIT
#include "run/timers.h"

namespace remuda::run {

void Timers::start(model::WaitId token, Duration duration) {
    const Time deadline = loop_.now() + duration;
    const bool is_first = queue_.empty() || deadline < queue_.begin()->first;
    queue_.emplace(deadline, token);
    deadlines_.emplace(token, deadline);
    if (is_first) changed_.notify();
}

void Timers::end(model::WaitId token) {
    const auto found = deadlines_.find(token);
    if (found == deadlines_.end()) return;
    queue_.erase({found->second, token});
    deadlines_.erase(found);
}

loop::Task<> Timers::run(loop::Stop& stop) {
    for (;;) {
        const Time next = queue_.empty() ? kNever : queue_.begin()->first;
        const loop::Wake wake = co_await loop_.wait(changed_, next, stop);
        if (wake == loop::Wake::stopped) co_return;
        // What is told may end other waits, or begin some.
        const Time now = loop_.now();
        while (!queue_.empty() && queue_.begin()->first <= now) {
            const model::WaitId token = queue_.begin()->second;
            end(token);
            emit_(model::WaitOver{token});
        }
        // With waits of no length the others come in between.
        co_await loop_.yield();
    }
}

}  // namespace remuda::run
