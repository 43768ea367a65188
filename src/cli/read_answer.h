// SPDX-License-Identifier: MIT
//
// Answers, as people type them on a terminal and programs write them.
#pragma once

#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace remuda::cli {

enum class AnswerEnd : std::uint8_t { line_break, end_of_input };

struct ReadAnswer {
    /// With the line break that ends it. Absent: it did not come to its end.
    std::optional<Secret> text;
    /// `stop` was requested first.
    bool was_stopped = false;
};

/// Reads from `fd`, which does not block and gives lines in whole, without holding up the loop, up
/// to `end`; an answer that is longer than `longest` never comes to it.
[[nodiscard]] loop::Task<ReadAnswer> read_answer(loop::Loop& loop, loop::Stop& stop, int fd,
                                                 AnswerEnd end, std::size_t longest);

/// Discards what was typed on the terminal and not read yet, so that nobody else takes a part of an
/// answer for a command, and says that the question is not open any more.
void withdraw_question(int terminal);

/// It is ours to change: we do not run in the background.
[[nodiscard]] bool is_foreground(int terminal);

}  // namespace remuda::cli
