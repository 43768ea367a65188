// SPDX-License-Identifier: MIT
#pragma once

#include "output/line_splitter.h"
#include "output/tail.h"
#include "remuda/base/clock.h"
#include "remuda/model/event.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// The output of one attempt on its way to a person: which of its lines are shown, and when.
///
/// - Of each `print_period` lines, stdout and stderr counted together, the last one is shown, and
///   no piece of the others; with 0 none at all. Its `tail` knows every line.
/// - A line that is rewritten by \r is shown in its last state; while that takes long, in the state
///   of the moment, at most once a second for the whole attempt.
/// - A line that does not end (a question, say) is shown after a second of silence, once, where the
///   caller wants that. When it has ended it is shown again if it has grown.
class JobOutput {
  public:
    /// Given one line to show, raw, without its end; valid during the call.
    using Show = std::function<void(std::string_view line)>;

    explicit JobOutput(std::size_t print_period) : print_period_(print_period) {}

    void feed(model::Stream stream, std::string_view bytes, Time now, const Show& show);
    /// Time has passed.
    void tick(model::Stream stream, Time now, bool shows_unfinished, const Show& show);
    /// The stream has ended.
    void finish(model::Stream stream, const Show& show);
    [[nodiscard]] const Tail& tail() const { return tail_; }

  private:
    struct State {
        LineSplitter splitter;
        /// The current line is one of those that are shown. Holds once a piece of it was passed on.
        bool is_chosen = false;
        /// What is on the screen of the line that has not ended.
        bool is_shown = false;
        std::string shown;
        Time began;
        Time last_bytes;
    };

    [[nodiscard]] State& state_of(model::Stream stream) {
        return stream == model::Stream::out ? out_ : err_;
    }
    [[nodiscard]] bool is_shown_line(std::size_t number) const {
        return print_period_ != 0 && number % print_period_ == 0;
    }
    void pass_on(model::Stream stream, std::string_view text, bool begins_line, const Show& show);

    std::size_t print_period_;
    State out_;
    State err_;
    Tail tail_;
    Time last_state_shown_;
};

}  // namespace remuda::output
