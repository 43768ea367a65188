// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/reader.h"

#include <functional>
#include <string_view>

namespace remuda::cli {

/// Writes to a descriptor that stays the caller's. Once writing has failed, nothing more is
/// written. SIGPIPE is ignored by the program.
class FdSink final : public output::Sink {
  public:
    /// `on_failure` is called once, with the errno, when writing fails.
    FdSink(int fd, std::function<void(int)> on_failure);

    /// What can interrupt a write that waits for a reader who does not read.
    struct Interrupt {
        /// Readable when something has happened.
        int fd = -1;
        /// Called then; true: give the output up (failure() is ECANCELED then).
        std::function<bool()> gives_up;
    };
    void set_interrupt(Interrupt interrupt) { interrupt_ = std::move(interrupt); }

    /// Waits while nobody reads. Whole pieces of the text may be written when it is interrupted.
    void write(std::string_view text) override;
    /// The errno with which writing failed; 0 while all is well.
    [[nodiscard]] int failure() const { return failure_; }

  private:
    // False: given up.
    bool wait_until_writable();

    int fd_;
    /// Writing never waits for a reader.
    bool never_waits_;
    Interrupt interrupt_;
    std::function<void(int)> on_failure_;
    int failure_ = 0;
};

}  // namespace remuda::cli
