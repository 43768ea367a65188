// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace remuda {

/// Monotonic time since an arbitrary start. The only time that decisions are made on.
using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

/// A deadline that never passes.
inline constexpr Time kNever = Time::max();

/// Where time comes from. Tests hand in a clock that they move by hand.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Time now() const = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override {
        return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
    }
};

}  // namespace remuda
