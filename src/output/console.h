// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/event.h"
#include "remuda/output/reader.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// The two streams and the status line below them, kept from each other's way.
class Console {
  public:
    /// `out` and `err` outlive it.
    Console(Screen screen, std::function<std::size_t()> width_now, Sink& out, Sink& err);

    /// Writes whole lines, after erasing the status line where they meet.
    void write(model::Stream to, std::string_view lines);
    /// The same, for what reports what is perhaps not recorded yet (Sink::write_report).
    void write_report(model::Stream to, std::string_view lines);
    /// The same, on `err`, for what is to be seen at once (Sink::write_at_once).
    void write_at_once(std::string_view lines);
    /// Sink::show_early and Sink::flush of both.
    void show_early();
    void flush();
    /// Shows `status` (one line, may have SGR) cut to the width; at most ten times a second.
    void show_status(std::string_view status, Time now);
    void remove_status();
    /// While suspended there is no status line.
    void suspend(bool is_suspended);

    /// Whether a status line is wanted at all.
    [[nodiscard]] bool has_status() const;
    [[nodiscard]] bool has_colour(model::Stream stream) const;
    /// Columns to wrap to; 0: never wrap.
    [[nodiscard]] std::size_t width(model::Stream stream) const;
    [[nodiscard]] bool is_terminal(model::Stream stream) const;

  private:
    void put(model::Stream to, std::string_view lines, bool is_report);

    Screen screen_;
    std::function<std::size_t()> width_now_;
    Sink& out_;
    Sink& err_;
    std::string shown_;
    Time drawn_at_ = Time::min();
    bool is_suspended_ = false;
    // Text has gone into the pipe since the last tick.
    bool is_pipe_fresh_ = false;
};

}  // namespace remuda::output
