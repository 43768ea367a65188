// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace remuda::run {

/// Waiting for a store that another process keeps locked: when to try again, when to give up, and
/// what to say.
class StoreWait {
  public:
    /// Says it for all who wait at the same time, once.
    class Voice {
      public:
        explicit Voice(std::function<void(const std::string&)> say) : say_(std::move(say)) {}

      private:
        friend class StoreWait;
        std::function<void(const std::string&)> say_;
        int waiting_ = 0;
        bool has_spoken_ = false;
    };

    /// `voice` outlives it.
    explicit StoreWait(Voice& voice) : voice_(voice) {}

    /// The store was locked at `now`: when to try again. Absent: it has been locked for too long,
    /// not counting the time in which the wait was endless. `fault` is what people are told.
    [[nodiscard]] std::optional<Time> next_try(Time now, const std::string& fault, bool is_endless);
    /// It is not locked any more, or nothing is wanted of it.
    void end();
    [[nodiscard]] bool goes_on() const { return since_.has_value(); }

  private:
    Voice& voice_;
    std::optional<Time> since_;
    /// Since when it is not endless.
    std::optional<Time> limited_since_;
    Duration pause_{};
};

}  // namespace remuda::run
