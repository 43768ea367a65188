// SPDX-License-Identifier: MIT
#include "run/store_wait.h"

#include <algorithm>
#include <chrono>

namespace remuda::run {

namespace {

/// Each try may hold the loop for 50 ms (history::Store::begin_run).
constexpr Duration kShortestPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::seconds(1);
/// Another run that commits much is not worth a word.
constexpr Duration kSilence = std::chrono::seconds(2);
constexpr Duration kPatience = std::chrono::seconds(60);

}  // namespace

std::optional<Time> StoreWait::next_try(Time now, const std::string& fault, bool is_endless) {
    if (!since_) {
        since_ = now;
        pause_ = kShortestPause;
        ++voice_.waiting_;
    }
    if (is_endless) {
        limited_since_.reset();
    } else {
        if (!limited_since_) limited_since_ = now;
        if (now >= *limited_since_ + kPatience) return std::nullopt;
    }
    if (now >= *since_ + kSilence && !std::exchange(voice_.has_spoken_, true)) {
        voice_.say_("waiting for the store: " + fault);
    }
    return now + std::exchange(pause_, std::min(2 * pause_, kLongestPause));
}

void StoreWait::end() {
    if (!since_) return;
    since_.reset();
    limited_since_.reset();
    if (--voice_.waiting_ == 0) voice_.has_spoken_ = false;
}

}  // namespace remuda::run
