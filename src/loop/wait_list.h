// SPDX-License-Identifier: MIT
//
// The inner side of waiting: a Waiter is one suspended task; it stands in any number of lists (a
// Notice's, a Stop's, a descriptor's) and in the timer queue, and leaves all of them at once when
// the first of these wakes it.
#pragma once

#include "remuda/loop/loop.h"

#include <list>
#include <map>
#include <memory>
#include <vector>

namespace remuda::loop::detail {

// Resumes a suspended coroutine; hides the handler's type.
class Resumer {
  public:
    virtual ~Resumer() = default;
    virtual void post() = 0;
};

using TimerQueue = std::multimap<Time, Waiter*>;

struct Waiter {
    struct Membership {
        WaiterList* list = nullptr;
        std::list<Waiter*>::iterator place;
    };

    Wake why = Wake::ready;
    bool is_done = false;
    std::unique_ptr<Resumer> resumer;
    std::vector<Membership> memberships;
    TimerQueue* timers = nullptr;
    TimerQueue::iterator timer;

    Waiter() { memberships.reserve(3); }
    ~Waiter() { leave_all(); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void leave_all();
    // Leaves every list and resumes the task at the next turn of the loop.
    void wake(Wake reason);
};

class WaiterList {
  public:
    void add(Waiter& waiter) {
        waiter.memberships.push_back({this, waiters_.insert(waiters_.end(), &waiter)});
    }
    void remove(std::list<Waiter*>::iterator place) { waiters_.erase(place); }
    [[nodiscard]] bool empty() const { return waiters_.empty(); }
    void wake_all(Wake reason) {
        while (!waiters_.empty())
            waiters_.front()->wake(reason);
    }

  private:
    std::list<Waiter*> waiters_;
};

inline void Waiter::leave_all() {
    for (const Membership& membership : memberships)
        membership.list->remove(membership.place);
    memberships.clear();
    if (timers != nullptr) {
        timers->erase(timer);
        timers = nullptr;
    }
}

inline void Waiter::wake(Wake reason) {
    leave_all();
    why = reason;
    is_done = true;
    if (resumer) resumer->post();
}

}  // namespace remuda::loop::detail
