// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "remuda/output/reader.h"

namespace remuda::output {

struct PlainOptions {
    Screen screen;
    /// Only failures and the summary.
    bool quiet = false;
    /// Asked for at each line on a terminal, so that a resized window is honoured. May be empty.
    std::function<std::size_t()> width_now;
};

/// Lines for people: each output line of a job behind its node's label, `[node] text` for its stdout on
/// `out`, `[node]! text` for its stderr on `err`; what starts and ends on `err`; the summary with the
/// failed jobs on `err` at RunEnded; the status line, if wanted. `fleet`, `out` and `err` outlive it.
[[nodiscard]] std::unique_ptr<Reader> make_plain(const model::Fleet& fleet, PlainOptions options,
                                                 Sink& out, Sink& err);

/// One JSON object a line on `out` for each event (docs/json.md): stable and versioned.
[[nodiscard]] std::unique_ptr<Reader> make_json(const model::Fleet& fleet, Sink& out);

/// Counts what happened; tells the exit code (docs/exit-codes.md).
class Tally final : public Reader {
  public:
    void read(const model::Event& event, Time now) override;

    struct Counts {
        std::size_t succeeded = 0;
        /// Exited with another code than 0, or by a signal, or timed out.
        std::size_t failed = 0;
        std::size_t cancelled = 0;
        std::size_t never_started = 0;
        std::size_t lost = 0;
        std::size_t nodes_down = 0;
    };
    [[nodiscard]] const Counts& counts() const { return counts_; }
    /// 0 all succeeded; 1 a job did not; 2 the queue failed; 3 jobs fine but a node was down;
    /// 130 stopped by the user (outranks 1 and 3).
    [[nodiscard]] int exit_code() const;

  private:
    Counts counts_;
    bool stopped_ = false;
    bool queue_failed_ = false;
};

}  // namespace remuda::output
