// SPDX-License-Identifier: MIT
#include "output/job_output.h"

#include <algorithm>
#include <chrono>

namespace remuda::output {

namespace {

constexpr Duration kPatience = std::chrono::seconds(1);

}  // namespace

void JobOutput::feed(model::Stream stream, std::string_view bytes, Time now, const Show& show) {
    State& state = state_of(stream);
    bool is_new_line = state.splitter.unfinished().empty();
    state.splitter.feed(bytes, [&](std::string_view text, bool begins_line) {
        pass_on(stream, text, begins_line, show);
        is_new_line = true;
    });
    if (is_new_line) state.began = now;
    state.last_bytes = now;
}

void JobOutput::tick(model::Stream stream, Time now, bool shows_unfinished, const Show& show) {
    State& state = state_of(stream);
    const std::string_view text = state.splitter.unfinished();
    if (text.empty() || (state.is_shown && state.shown == text)) return;
    if (state.splitter.is_rewritten()) {
        if (now - std::max(state.began, last_state_shown_) < kPatience) return;
    } else {
        if (!shows_unfinished || state.is_shown || now - state.last_bytes < kPatience) return;
    }
    const bool is_chosen =
        state.splitter.is_continued() ? state.is_chosen : is_shown_line(tail_.line_count() + 1);
    if (!is_chosen) return;
    if (state.splitter.is_rewritten()) last_state_shown_ = now;
    state.is_shown = true;
    state.shown.assign(text);
    show(text);
}

void JobOutput::finish(model::Stream stream, const Show& show) {
    state_of(stream).splitter.finish(
        [&](std::string_view text, bool begins_line) { pass_on(stream, text, begins_line, show); });
}

void JobOutput::pass_on(model::Stream stream, std::string_view text, bool begins_line,
                        const Show& show) {
    State& state = state_of(stream);
    if (begins_line) {
        tail_.add(stream, text);
        state.is_chosen = is_shown_line(tail_.line_count());
    }
    if (state.is_chosen && !(state.is_shown && state.shown == text)) show(text);
    state.is_shown = false;
    state.shown.clear();
}

}  // namespace remuda::output
