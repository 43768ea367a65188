// SPDX-License-Identifier: MIT
//
// Reader: somebody who is told of the run's events and shows them. The live view, plain lines, JSON
// and reports are each a Reader and know nothing of each other.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::output {

class Reader {
  public:
    virtual ~Reader() = default;
    /// An event that happened at `now`. Called in order.
    virtual void read(const model::Event& event, Time now) = 0;
    /// Time has passed: redraw what moves. Called about ten times a second while a run goes on.
    virtual void tick(Time now) { (void)now; }
    /// What was read so far is recorded durably and may be shown. Between `read` and `flush` a
    /// reader may keep its text; it shows it at `flush` at the latest.
    virtual void flush() {}
    /// The user asks how things stand (SIGUSR1): say it in a few lines.
    virtual void show_standing(Time now) { (void)now; }
    /// The program is about to be stopped (SIGTSTP), or goes on: leave or retake the terminal.
    virtual void suspend(bool is_suspended) { (void)is_suspended; }
    /// A note for the person (a host is being retried, the queue is locked ...), not an event.
    virtual void note(std::string_view text) { (void)text; }
    /// A note that is to be seen at once, ahead of what waits for `flush`: it says why that does
    /// not come.
    virtual void warn(std::string_view text) { note(text); }
};

/// Where a Reader's text goes.
class Sink {
  public:
    virtual ~Sink() = default;
    /// Whole lines, or a redraw as one piece. May be kept until `flush`.
    virtual void write(std::string_view text) = 0;
    /// As `write`, for text that reports what is perhaps not recorded yet: it is not shown before
    /// `flush`, nor is what is written behind it.
    virtual void write_report(std::string_view text) { write(text); }
    /// Shows it now, ahead of a report that is kept, and behind everything else.
    virtual void write_at_once(std::string_view text) {
        write(text);
        show_early();
    }
    /// Shows what is kept, unless a report is in it.
    virtual void show_early() {}
    /// Shows all that is kept.
    virtual void flush() {}
};

/// What is known of where the text is shown.
struct Screen {
    /// Both streams are judged by their own isatty.
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    /// Whoever reads the pipe may show it on the terminal of `err` (tee, head).
    bool out_is_pipe = false;
    bool out_colour = false;
    bool err_colour = false;
    /// Columns of the terminal; lines are wrapped to it with the prefix on each piece. 0: never
    /// wrap.
    std::size_t width = 0;
    /// Show a status line at the bottom, redrawn in place, on `err`.
    bool status_line = false;
};

}  // namespace remuda::output
