// SPDX-License-Identifier: MIT
#include "loop/wait_list.h"
#include "remuda/loop/loop.h"

#include <algorithm>

namespace remuda::loop {

struct Stop::Children {
    std::vector<Stop*> stops;
};

Stop::Stop()
    : waiters_(std::make_unique<detail::WaiterList>()), children_(std::make_unique<Children>()) {}

Stop::Stop(Stop& parent) : Stop() {
    parent_ = &parent;
    requested_ = parent.requested_;
    parent.children_->stops.push_back(this);
}

Stop::~Stop() {
    if (parent_ != nullptr) std::erase(parent_->children_->stops, this);
}

void Stop::request() {
    if (requested_) return;
    requested_ = true;
    waiters_->wake_all(Wake::stopped);
    for (Stop* child : children_->stops)
        child->request();
}

Notice::Notice() : waiters_(std::make_unique<detail::WaiterList>()) {}
Notice::~Notice() = default;

void Notice::notify() {
    if (waiters_->empty()) {
        pending_ = true;
    } else {
        waiters_->wake_all(Wake::notified);
    }
}

}  // namespace remuda::loop
