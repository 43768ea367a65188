// SPDX-License-Identifier: MIT
#include "history/taken_texts.h"

#include "history/writer.h"

#include <algorithm>
#include <functional>

namespace remuda::history {

Result<std::vector<std::uint64_t>> TakenTexts::counted(const OwnRun& run, const std::string& text) {
    if (auto done = read_new(run); !done) return done.error();
    std::vector<std::uint64_t> numbers;
    const auto [begin, end] = numbers_.equal_range(std::hash<std::string>{}(text));
    if (begin == end) return numbers;
    auto counts = database_.prepare(
        "SELECT 1 FROM jobs WHERE number = ? AND state != 2 AND is_excused = 0 AND text = ?");
    if (!counts) return counts.error();
    for (auto at = begin; at != end; ++at) {
        counts->bind(1, at->second).bind(2, text);
        const auto row = counts->step();
        if (!row) return row.error();
        if (*row) numbers.push_back(at->second);
        counts->reset();
    }
    std::ranges::sort(numbers);
    return numbers;
}

void TakenTexts::forget() {
    numbers_.clear();
    last_read_ = 0;
}

Result<void> TakenTexts::read_new(const OwnRun& run) {
    auto rows = database_.prepare(
        "SELECT number, text FROM jobs WHERE number > ? AND resumes IS NULL"
        " AND run IN (SELECT id FROM runs WHERE queue = ?) ORDER BY number");
    if (!rows) return rows.error();
    rows->bind(1, std::max(last_read_, run.first_job)).bind(2, run.queue);
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        last_read_ = rows->number(0);
        numbers_.emplace(std::hash<std::string>{}(rows->text(1)), last_read_);
    }
}

}  // namespace remuda::history
