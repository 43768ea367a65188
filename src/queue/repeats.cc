// SPDX-License-Identifier: MIT
//
// Repeats: jobs that were taken and come back because somebody saves an older copy of the file
// without the lock. Taking removes from the front; so an older copy has them before the first entry
// that is still in the file as we know it.
#include "queue/in_place.h"
#include "queue/product.h"
#include "queue/queue_impl.h"

#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

std::uint64_t digest_of(const std::string& text, std::uint64_t before) {
    // Their ends count: ab, c is not a, bc.
    return digest(std::string_view("\0", 1), digest(text, before));
}

// Equal for entries that stand for the same jobs in the same order, however they are written.
std::uint64_t digest_of(const Entry& entry) {
    std::uint64_t all = kDigestOfNothing;
    for (const Entry::Value& command : entry.commands) {
        all = digest_of(command.text, all);
    }
    for (const Entry::Parameter& parameter : entry.parameters) {
        all = digest("p", digest_of(parameter.name, all));
        for (const Entry::Value& value : parameter.values) {
            all = digest_of(value.text, all);
        }
    }
    all = digest_of(entry.options.name, all);
    all = digest_of(entry.options.written, all);
    all = digest_of(std::to_string(entry.needs.slots), all);
    return digest(entry.needs.policy == model::AllocationPolicy::buddy ? "b" : "f", all);
}

std::unordered_set<std::uint64_t> digests_of(const QueueText& text) {
    std::unordered_set<std::uint64_t> digests;
    for (const QueueText::Held& held : text.entries()) {
        if (held.jobs_gone == 0) digests.insert(digest_of(held.entry));
        if (held.jobs_gone == 0) continue;
        for (const Entry& rest : without_first_jobs(held.entry, held.jobs_gone)) {
            digests.insert(digest_of(rest));
        }
    }
    return digests;
}

// The first of `entries` that is in `known`, or their number.
std::size_t first_known(const std::deque<QueueText::Held>& entries, const QueueText& known) {
    const auto digests = digests_of(known);
    std::size_t at = 0;
    while (at < entries.size() && !digests.contains(digest_of(entries[at].entry))) {
        ++at;
    }
    return at;
}

struct Repeats {
    std::vector<QueueText::FirstJobs> jobs;
    /// In canonical form, in order.
    std::vector<std::string> texts;
};

Result<Repeats> repeats_in(const std::deque<QueueText::Held>& entries, std::size_t end,
                           Ledger& ledger) {
    Repeats repeats;
    std::unordered_map<std::string, std::size_t> skipped;
    for (std::size_t i = 0; i < end; ++i) {
        const Entry& entry = entries[i].entry;
        std::size_t count = 0;
        for (; count < job_count(entry); ++count) {
            std::string text = canonical_entry(nth_job(entry, count));
            const auto times = ledger.times_taken(text);
            if (!times) return times.error();
            std::size_t& before = skipped[text];
            if (*times <= before) break;
            ++before;
            repeats.texts.push_back(std::move(text));
        }
        if (count > 0) repeats.jobs.push_back({i, count});
    }
    return repeats;
}

}  // namespace

Result<void> Queue::Impl::skip_repeats(const Lock& lock, QueueText& text) {
    if (!known || !stamp || settings.ledger == nullptr || settings.allows_repeats) return {};
    // Whoever changes it under the lock, another remuda or the user, means it.
    if (lock.left_file() == stamp->text()) return {};
    const bool is_same_file = known_stamp && known_stamp->is_same_file(*stamp);
    if (is_same_file && text.text().starts_with(known->text())) return {};
    const std::size_t end = first_known(text.entries(), *known);
    // Written into the file, not saved over it, and nothing of it is old.
    if (is_same_file && end == text.entries().size()) return {};
    const auto repeats = repeats_in(text.entries(), end, *settings.ledger);
    if (!repeats) return repeats.error().within("cannot tell what came back into " + path);
    if (repeats->jobs.empty()) return {};
    auto edit = text.without(repeats->jobs);
    if (!edit) return edit.error();
    if (auto replaced = replace(text, std::move(*edit)); !replaced) return replaced;
    for (const std::string& skipped : repeats->texts) {
        settings.ledger->skipped_repeat(skipped);
    }
    const bool is_one = repeats->texts.size() == 1;
    note(
        fmt::format("{} {} taken already came back with a save of an older copy of {}; {} "
                    "skipped (--allow-repeat runs {})",
                    repeats->texts.size(), is_one ? "job that was" : "jobs that were", path,
                    is_one ? "it is" : "they are", is_one ? "it" : "them"));
    return {};
}

}  // namespace remuda::queue
