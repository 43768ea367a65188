// SPDX-License-Identifier: MIT
#include "queue/follow.h"

#include "queue/queue_impl.h"
#include "remuda/base/fd.h"

#include <algorithm>
#include <random>
#include <string_view>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

// Whether no line of it can be more than what editing in place leaves.
bool is_of_comments(std::string_view lines) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        if (!line.starts_with('#') && line.find_first_not_of(" \t\r") != std::string_view::npos) {
            return false;
        }
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    }
    return true;
}

}  // namespace

std::string Word::text() const {
    std::string words =
        fmt::format("{} {} {} {} {}", lineage, changed.first, changed.second, end_of_hollows, runs);
    for (const yaml::Span& hollow : hollows) {
        words += fmt::format(" {} {}", hollow.begin, hollow.end);
    }
    return words;
}

std::optional<Word> Word::of(const Lock& lock, const Stamp& now) {
    if (lock.left_file() != now.text()) return std::nullopt;
    std::string_view words = lock.left_word();
    Word word;
    const auto lineage = read_number(words);
    const auto seconds = read_number(words);
    const auto nanoseconds = read_number(words);
    const auto end = read_number(words);
    const auto runs = read_number(words);
    if (!lineage || !seconds || !nanoseconds || !end || !runs) return std::nullopt;
    word.lineage = *lineage;
    word.changed = {static_cast<std::int64_t>(*seconds), static_cast<std::int64_t>(*nanoseconds)};
    // Somebody has saved between its last look and the lock's release.
    if (word.changed != now.changed) return std::nullopt;
    word.end_of_hollows = *end;
    word.runs = *runs;
    std::size_t from = 0;
    while (const auto hollow = read_number(words)) {
        const auto hollow_end = read_number(words);
        if (!hollow_end || *hollow < from || *hollow_end <= *hollow) return std::nullopt;
        word.hollows.push_back({*hollow, *hollow_end});
        from = *hollow_end;
    }
    return word;
}

std::uint64_t new_lineage() {
    std::random_device random;
    return (std::uint64_t{random()} << 32) | random();
}

void adopt(const Word& word, QueueText& text) {
    text.adopt_runs(word.runs);
    const std::string_view bytes = text.text();
    for (const yaml::Span& span : word.hollows) {
        if (span.end > bytes.size()) return;
        if (!is_of_comments(bytes.substr(span.begin, span.end - span.begin))) return;
    }
    text.adopt_hollows(word.hollows);
}

void Queue::Impl::hand_over(Lock& lock) const {
    const auto* text = std::get_if<QueueText>(&state);
    if (text == nullptr || !is_state_ours || !stamp) return;
    Word word{lineage, stamp->changed, text->last_hollow().span.end, text->runs(), {}};
    if (text->hollows().size() <= kMostHandedOver) {
        for (const QueueText::Hollow& hollow : text->hollows())
            word.hollows.push_back(hollow.span);
    }
    lock.leave_word(word.text());
}

// Commented-out lines cost what they cost. Of a file that was written anew all bytes are compared,
// and those before the first entry that is still there are parsed. Changes by those who do not take
// the lock are not for us: repeats are to be found in them.
bool Queue::Impl::try_follow(const Lock& lock, const Stamp& now) {
    auto* text = std::get_if<QueueText>(&state);
    if (text == nullptr || !is_state_ours || !stamp || lock.left_file() != now.text()) return false;
    const auto word = Word::of(lock, now);
    if (word && word->lineage == lineage && stamp->is_same_file(now) && stamp->size == now.size &&
        try_follow_in_place(*text, now, word->end_of_hollows)) {
        stamp = now;
        return true;
    }
    auto content = load_file(path);
    if (!content || content->size() != static_cast<std::size_t>(now.size)) return false;
    auto edit = text->changed_in_front(std::move(*content), settings.check);
    if (!edit) return false;
    text->apply(std::move(*edit));
    if (word) adopt(*word, *text);
    lineage = word ? word->lineage : new_lineage();
    compact_above = kLeastCompacted;
    stamp = now;
    return true;
}

bool Queue::Impl::try_follow_in_place(QueueText& text, const Stamp& now, std::size_t end) const {
    auto edit = text.taken_up_to(end);
    if (!edit) return false;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string found(edit->patch.size(), '\0');
    const ssize_t got =
        fd ? ::pread(fd.number(), found.data(), found.size(), static_cast<off_t>(edit->at)) : -1;
    if (got != static_cast<ssize_t>(found.size()) || found != edit->patch) return false;
    const auto still = stamp_of(fd.number());
    if (!still || *still != now) return false;
    text.apply(std::move(*edit));
    return true;
}

}  // namespace remuda::queue
