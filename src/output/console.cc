// SPDX-License-Identifier: MIT
#include "output/console.h"

#include "output/colour.h"
#include "remuda/base/text.h"

#include <chrono>
#include <utility>

namespace remuda::output {

namespace {

constexpr std::string_view kEraseLine = "\r\x1B[K";
constexpr Duration kBetweenRedraws = std::chrono::milliseconds(100);
constexpr std::size_t kUsualWidth = 80;

}  // namespace

Console::Console(Screen screen, std::function<std::size_t()> width_now, Sink& out, Sink& err)
    : screen_(screen), width_now_(std::move(width_now)), out_(out), err_(err) {}

void Console::write(model::Stream to, std::string_view lines) {
    put(to, lines, false);
}

void Console::write_report(model::Stream to, std::string_view lines) {
    put(to, lines, true);
}

void Console::write_at_once(std::string_view lines) {
    std::string text;
    // What stands there may be another status line than the last one, which may be kept.
    if (has_status()) text += kEraseLine;
    shown_.clear();
    text += lines;
    err_.write_at_once(text);
}

void Console::put(model::Stream to, std::string_view lines, bool is_report) {
    if (lines.empty()) return;
    Sink& sink = to == model::Stream::out ? out_ : err_;
    std::string behind_erased;
    const bool may_meet_status =
        to == model::Stream::out && (screen_.out_is_terminal || screen_.out_is_pipe);
    if (may_meet_status && screen_.out_is_pipe) is_pipe_fresh_ = true;
    if (!shown_.empty()) {
        if (to == model::Stream::err) {
            shown_.clear();
            behind_erased = kEraseLine;
            behind_erased += lines;
            lines = behind_erased;
        } else if (may_meet_status) {
            remove_status();
        }
        // Text that goes to a file does not meet the status line.
    }
    if (is_report) {
        sink.write_report(lines);
    } else {
        sink.write(lines);
    }
}

void Console::show_early() {
    err_.show_early();
    out_.show_early();
}

void Console::flush() {
    err_.flush();
    out_.flush();
}

void Console::show_status(std::string_view status, Time now) {
    if (!has_status() || is_suspended_) return;
    if (drawn_at_ != Time::min() && now - drawn_at_ < kBetweenRedraws) return;
    // Whoever reads the pipe has until the next tick to show what came.
    if (std::exchange(is_pipe_fresh_, false)) return;
    const std::size_t columns = width(model::Stream::err);
    // The last column stays free: writing there makes some terminals break the line.
    const std::size_t room = (columns == 0 ? kUsualWidth : columns) - 1;
    std::string text(status.substr(0, prefix_within(status, room)));
    if (text.size() < status.size() && has_colour(model::Stream::err)) text += kReset;
    if (text == shown_) return;
    drawn_at_ = now;
    shown_ = std::move(text);
    std::string drawing(kEraseLine);
    drawing += shown_;
    err_.write(drawing);
}

void Console::remove_status() {
    if (shown_.empty()) return;
    shown_.clear();
    err_.write(kEraseLine);
}

void Console::suspend(bool is_suspended) {
    is_suspended_ = is_suspended;
    drawn_at_ = Time::min();
    remove_status();
    show_early();
}

bool Console::has_status() const {
    return screen_.status_line && screen_.err_is_terminal;
}

bool Console::has_colour(model::Stream stream) const {
    return stream == model::Stream::out ? screen_.out_colour : screen_.err_colour;
}

std::size_t Console::width(model::Stream stream) const {
    if (!is_terminal(stream)) return 0;
    return width_now_ ? width_now_() : screen_.width;
}

bool Console::is_terminal(model::Stream stream) const {
    return stream == model::Stream::out ? screen_.out_is_terminal : screen_.err_is_terminal;
}

}  // namespace remuda::output
