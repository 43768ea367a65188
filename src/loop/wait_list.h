// SPDX-License-Identifier: MIT
//
// The inner side of waiting: a Waiter is one suspended task; it stands in any number of lists (a
// Notice's, a Stop's, a descriptor's) and in the timer queue, and leaves all of them at once when
// the first of these wakes it.
#pragma once

#include "remuda/base/check.h"
#include "remuda/loop/loop.h"

#include <array>
#include <cstddef>
#include <map>
#include <memory>

#include <boost/intrusive/list.hpp>

namespace remuda::loop::detail {

// Resumes a suspended coroutine; hides the handler's type.
class Resumer {
  public:
    virtual ~Resumer() = default;
    virtual void post() = 0;
};

using TimerQueue = std::multimap<Time, Waiter*>;

// A waiter's place in a list, which it leaves when it is destroyed. Part of the waiter: waiting is
// what the program does most, and allocates nothing.
struct Membership
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Waiter* waiter = nullptr;
};

struct Waiter {
    Wake why = Wake::ready;
    bool is_done = false;
    std::unique_ptr<Resumer> resumer;
    // A stop, a notice, and both directions of a descriptor.
    std::array<Membership, 4> memberships;
    std::size_t lists = 0;
    TimerQueue* timers = nullptr;
    TimerQueue::iterator timer;

    Waiter() = default;
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
        REMUDA_CHECK(waiter.lists < waiter.memberships.size());
        Membership& place = waiter.memberships.at(waiter.lists++);
        place.waiter = &waiter;
        waiters_.push_back(place);
    }
    [[nodiscard]] bool empty() const { return waiters_.empty(); }
    void wake_all(Wake reason) {
        while (!waiters_.empty())
            waiters_.front().waiter->wake(reason);
    }

  private:
    boost::intrusive::list<Membership, boost::intrusive::constant_time_size<false>> waiters_;
};

inline void Waiter::leave_all() {
    for (std::size_t i = 0; i < lists; ++i)
        memberships.at(i).unlink();
    lists = 0;
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
