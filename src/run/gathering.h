// SPDX-License-Identifier: MIT
//
// In a burst, what follows within a moment is written along: each write of the store and of the
// queue's files costs about as much as a job, however much is in it.
#pragma once

#include "remuda/base/clock.h"

#include <chrono>

namespace remuda::run {

/// What follows so soon is part of a burst.
inline constexpr Duration kBurst = std::chrono::milliseconds(100);
/// How long something waits for more of its kind in a burst.
inline constexpr Duration kGathering = std::chrono::milliseconds(30);
/// At most, where the disk is slow.
inline constexpr Duration kLongestGathering = std::chrono::milliseconds(50);

}  // namespace remuda::run
