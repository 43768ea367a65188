// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/reader.h"

#include <functional>
#include <string_view>
#include <utility>

namespace remuda::cli {

/// Exit code where whoever read our output went away.
inline constexpr int kOutputClosed = 141;

/// Writes to a descriptor that stays the caller's. Once writing has failed, nothing more is
/// written. SIGPIPE is ignored by the program.
class FdSink final : public output::Sink {
  public:
    /// `on_failure` is called once, with the errno, when writing fails.
    FdSink(int fd, std::function<void(int)> on_failure)
        : fd_(fd), on_failure_(std::move(on_failure)) {}

    void write(std::string_view text) override;
    /// The errno with which writing failed; 0 while all is well.
    [[nodiscard]] int failure() const { return failure_; }

  private:
    int fd_;
    std::function<void(int)> on_failure_;
    int failure_ = 0;
};

}  // namespace remuda::cli
