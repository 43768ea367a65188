// SPDX-License-Identifier: MIT
#pragma once

#include "output/console.h"
#include "output/job_output.h"
#include "output/node_lines.h"
#include "output/shown_attempt.h"
#include "remuda/base/clock.h"
#include "remuda/model/event.h"

#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// Puts what attempts write on the screen, line by line behind the names of their nodes.
class OutputLines {
  public:
    /// `lines` and `console` outlive it. A quiet one shows tails alone.
    OutputLines(const NodeLines& lines, Console& console, bool is_quiet)
        : lines_(lines), console_(console), is_quiet_(is_quiet) {}

    void arrived(ShownAttempt& attempt, model::Stream stream, std::string_view bytes, Time now);
    /// Time has passed: lines that do not end may be due.
    void show_unfinished(ShownAttempt& attempt, Time now);
    /// Nothing more comes of it.
    void finish(ShownAttempt& attempt);
    /// Its last lines, once more.
    void show_tail(const ShownAttempt& attempt);

  private:
    using Work = std::function<void(JobOutput& output, const JobOutput::Show& show)>;
    // Shows what `work` lets through of its output.
    void show(ShownAttempt& attempt, model::Stream stream, const Work& work);

    void write_text(model::Stream stream);

    const NodeLines& lines_;
    Console& console_;
    bool is_quiet_;
    /// Lines that are about to be written; empty between calls, its memory is used again.
    std::string text_;
};

}  // namespace remuda::output
