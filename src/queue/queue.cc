// SPDX-License-Identifier: MIT
#include "remuda/queue/queue.h"

#include "queue/follow.h"
#include "queue/queue_impl.h"
#include "remuda/base/fd.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

// Larger files are consumed in place also outside of bursts.
constexpr std::size_t kWrittenWholeUpTo = std::size_t{256} << 10;

std::string consumed_path(const std::string& queue_path) {
    return (std::filesystem::path(queue_path).parent_path() / "consumed.yaml").string();
}

}  // namespace

Queue::Impl::Impl(std::string queue_path, QueueSettings queue_settings)
    : path(std::move(queue_path)),
      settings(std::move(queue_settings)),
      // With a ledger consumed.yaml is for people only.
      consumed(consumed_path(path), path, settings.ledger == nullptr),
      compact_above(kLeastCompacted) {}

Result<void> Queue::Impl::refresh(const Lock& lock) {
    auto now = stamp_of(path);
    if (!now) return now.error();
    if (stamp == *now && is_state_ours) return {};
    if (try_follow(lock, *now)) return {};
    // It was written though the stamp does not show it: then no word of it counts.
    const bool is_word_good = stamp != *now;
    // The stamp is from before the reading: a change meanwhile is seen next time.
    auto content = load_file(path);
    if (!content) return content.error();
    if (is_state_ours) {
        if (auto* text = std::get_if<QueueText>(&state)) {
            known = std::move(*text);
            known_stamp = stamp;
        }
    }
    if (std::holds_alternative<std::monostate>(state)) settled = *now;
    stamp = *now;
    is_state_ours = false;
    auto source = std::make_shared<const yaml::Source>(path, std::move(*content));
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(*source, diagnostics);
    if (settings.check) settings.check(parsed.entries, diagnostics);
    if (diagnostics.has_errors()) {
        state = Faulty{std::move(source), std::move(diagnostics)};
        is_state_ours = true;
        return {};
    }
    auto& text = state.emplace<QueueText>(*source, std::move(parsed));
    source.reset();
    compact_above = kLeastCompacted;
    const auto word = is_word_good ? Word::of(lock, *now) : std::nullopt;
    lineage = word ? word->lineage : new_lineage();
    if (word) adopt(*word, text);
    if (auto skipped = skip_repeats(lock, text); !skipped) {
        // The next try reads it anew, with the word that was left.
        stamp.reset();
        return skipped;
    }
    known.reset();
    is_state_ours = true;
    return {};
}

Result<void> Queue::Impl::replace(QueueText& text, QueueText::Edit edit) {
    auto written = edit.is_in_place ? write_in_place(text, edit) : write_whole(edit);
    if (!written) return written;
    auto now = stamp_of(path);
    const auto size = static_cast<off_t>(edit.is_in_place ? text.text().size() : edit.text.size());
    const std::string why = text.why_rewritten();
    const bool is_rewritten = edit.is_rewritten;
    if (!edit.is_in_place) lineage = new_lineage();
    text.apply(std::move(edit));
    is_state_ours = true;
    // Of another size, it is already somebody else's.
    stamp = now && now->size == size ? std::optional(*now) : std::nullopt;
    settled = stamp;
    if (is_rewritten) {
        note(
            fmt::format("{} is written anew in canonical form, because {}; comments inside are "
                        "lost",
                        path, why.empty() ? "its entries cannot be cut out line by line" : why));
    }
    return {};
}

Result<void> Queue::Impl::write_whole(const QueueText::Edit& edit) {
    // An editor that does not take the lock may have saved since we looked: then its text counts.
    const auto is_ours = [this]() -> Result<void> {
        const auto current = stamp_of(path);
        if (current && stamp == *current) return {};
        return Error(Code::busy, "it was changed meanwhile");
    };
    auto replaced = replace_file(path, edit.text, 0644, is_ours);
    if (replaced || replaced.error().code() == Code::busy) return replaced;
    const auto now = stamp_of(path);
    // An error after the rename (the folder could not be synced) leaves the new file in place: then
    // the edit has happened.
    if (now && stamp == *now) return replaced;
    return {};
}

// Not synced: the ledger's claims are, and any part of this change that is lost is made again by
// restore(). A process that is killed in between leaves the lines from the first one on commented
// out, which restore() completes.
Result<void> Queue::Impl::write_in_place(const QueueText& text, const QueueText::Edit& edit) {
    const Error busy(Code::busy, "it was changed meanwhile");
    const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return sys_error("cannot write " + path);
    const auto current = stamp_of(fd.number());
    if (!current || stamp != *current) return busy;
    const auto at = static_cast<off_t>(edit.at);
    const std::string_view old = std::string_view(text.text()).substr(edit.at, edit.patch.size());
    // A save in place that the time of change is too coarse to show.
    std::string found(old.size(), '\0');
    const ssize_t got = ::pread(fd.number(), found.data(), found.size(), at);
    if (got != static_cast<ssize_t>(old.size()) || found != old) {
        is_state_ours = false;
        return busy;
    }
    const ssize_t written = ::pwrite(fd.number(), edit.patch.data(), edit.patch.size(), at);
    if (written != static_cast<ssize_t>(edit.patch.size())) {
        const Error error = sys_error("cannot write " + path, written < 0 ? errno : ENOSPC);
        (void)!::pwrite(fd.number(), old.data(), old.size(), at);
        // The bytes are the old ones, the stamp is not.
        if (const auto now = stamp_of(fd.number())) stamp = *now;
        return error;
    }
    // Somebody's rename in between: what we wrote is gone with the old file.
    const auto now = stamp_of(path);
    if (!now || !now->is_same_file(*current)) return busy;
    return {};
}

// The order is: claim, consumed.yaml, queue file.
//
// The claim is first and durable, so from here on the jobs are known whatever happens: killed
// before the queue file has changed they stand in it and in the ledger, and restore() finds that by
// the mark. consumed.yaml comes before the queue file because it can be cut back even on a full
// disk, and a queue file cannot be put back; so when this fails nothing has changed. Without a
// ledger it is what keeps jobs from being lost, and is synced.
Result<Taken> Queue::Impl::take_first(Lock& lock, QueueText& text, bool rejected, std::size_t most,
                                      bool in_place) {
    // Somebody has saved since we compacted it.
    if (!stamp) return Error(Code::busy, "it was changed meanwhile");
    auto removal = text.without_first_jobs(most, in_place);
    if (!removal) return removal.error();
    std::vector<model::Job>& jobs = removal->jobs;
    std::vector<std::string> texts;
    std::string consumed_text;
    std::uint64_t id = ids_given;
    for (model::Job& job : jobs) {
        job.id = model::JobId{++id};
        consumed_text += texts.emplace_back(canonical_entry(job));
    }
    if (settings.ledger != nullptr) {
        if (auto begun = lock.begin_change(); !begun) return begun.error();
        const Mark mark = mark_of(*stamp, text, *removal);
        if (auto claimed = settings.ledger->claim(jobs, texts, mark.text()); !claimed) {
            return claimed.error();
        }
        // Ids that were withdrawn are not given again.
        ids_given = id;
    }
    const auto withdraw = [&] {
        if (settings.ledger == nullptr) return;
        for (const model::Job& job : jobs) {
            settings.ledger->withdraw(job.id);
        }
    };
    const auto old_length = consumed.append(consumed_text);
    if (!old_length) {
        withdraw();
        return old_length.error();
    }
    if (const auto replaced = replace(text, std::move(removal->edit)); !replaced) {
        consumed.take_back(*old_length);
        withdraw();
        return replaced.error();
    }
    ids_given = id;
    return Taken{std::move(jobs), rejected};
}

// Fails quietly: it is tried again later, and nothing depends on it.
void Queue::Impl::compact(QueueText& text) {
    const std::size_t hollow = text.hollow_bytes();
    if (hollow <= compact_above || hollow <= text.text().size() / 2) return;
    compact_above = hollow + kLeastCompacted;
    auto edit = text.without_hollows();
    if (!edit || edit->is_rewritten || !replace(text, std::move(*edit))) return;
    compact_above = kLeastCompacted;
}

Queue::Queue(std::string path, QueueSettings settings)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(settings))) {}
Queue::Queue(std::string path, Check check)
    : Queue(std::move(path), QueueSettings{.check = std::move(check)}) {}
Queue::~Queue() = default;
Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;

Result<TakeResult> Queue::take(const Admit& admit, bool is_burst) {
    // Before the lock, so that a wrong path leaves no lock file behind.
    if (auto exists = stamp_of(impl_->path); !exists) return exists.error();
    auto lock = Lock::try_take(impl_->path, "taking a job");
    if (!lock && lock.error().code() == Code::locked)
        return TakeResult(LockHeld{lock.error().text()});
    if (!lock) return lock.error();
    if (auto settled = settle(*lock); !settled) {
        if (const auto* faulty = std::get_if<Faulty>(&impl_->state)) return TakeResult(*faulty);
        return settled.error();
    }
    auto result = until_unchanged([&] { return impl_->take_once(*lock, admit, is_burst); });
    impl_->hand_over(*lock);
    return result;
}

Result<void> Queue::settle(Lock& lock) {
    Ledger* ledger = impl_->settings.ledger;
    if (ledger == nullptr || (impl_->is_settled && !lock.was_interrupted())) return {};
    const auto left = ledger->left_behind();
    if (!left) return left.error();
    if (auto restored = impl_->restore_all(lock, *left); !restored) return restored;
    if (auto settled = ledger->settle_left_behind(); !settled) return settled;
    impl_->is_settled = true;
    lock.settled();
    return {};
}

Result<std::vector<LeftClaim>> Ledger::left_behind() {
    return std::vector<LeftClaim>();
}

Result<void> Ledger::settle_left_behind() {
    return {};
}

Result<TakeResult> Queue::Impl::take_once(Lock& lock, const Admit& admit, bool is_burst) {
    if (auto refreshed = refresh(lock); !refreshed) return refreshed.error();
    if (const auto* faulty = std::get_if<Faulty>(&state)) return TakeResult(*faulty);
    auto& text = std::get<QueueText>(state);
    if (text.is_empty()) return TakeResult(Empty{stamp == settled});
    const Admission admission = admit(text.head_needs());
    if (admission.verdict == Admission::Verdict::wait) return TakeResult(HeadMustWait{});
    const bool rejected = admission.verdict == Admission::Verdict::reject;
    compact(text);
    const bool is_worth_it = is_burst && text.hollows().size() < kMostHandedOver;
    const bool in_place = (is_worth_it || text.text().size() > kWrittenWholeUpTo) &&
                          ::access(path.c_str(), W_OK) == 0;
    auto taken = take_first(lock, text, rejected, rejected ? 1 : admission.most, in_place);
    if (!taken) return taken.error();
    return TakeResult(std::move(*taken));
}

Result<void> Queue::put_back(const model::Job& job) {
    const auto failure = [&](const Error& error) {
        return error.within("cannot put a job back into " + impl_->path +
                            " (it stays in consumed.yaml)");
    };
    if (auto exists = stamp_of(impl_->path); !exists) return failure(exists.error());
    auto lock = Lock::try_take(impl_->path, "putting a job back");
    if (!lock) return failure(lock.error());
    if (auto settled = settle(*lock); !settled) return failure(settled.error());
    const auto done = until_unchanged([&] { return impl_->put_back_once(*lock, job); });
    impl_->hand_over(*lock);
    if (!done) return failure(done.error());
    if (impl_->settings.ledger != nullptr) impl_->settings.ledger->withdraw(job.id);
    impl_->consumed.take_back_tail(canonical_entry(job));
    return {};
}

Result<void> Queue::Impl::put_back_once(const Lock& lock, const model::Job& job) {
    if (auto refreshed = refresh(lock); !refreshed) return refreshed;
    auto* text = std::get_if<QueueText>(&state);
    if (text == nullptr) return Error(Code::invalid_input, "the file has faults now");
    auto edit = text->with_front({job});
    if (!edit) return edit.error();
    return replace(*text, std::move(*edit));
}

Result<void> Queue::tidy(bool is_pause) {
    const auto* text = std::get_if<QueueText>(&impl_->state);
    if (text == nullptr || text->is_tidy()) return {};
    // What is too large to be written anew for each take is so for each pause, too.
    if (is_pause && text->text().size() > kWrittenWholeUpTo) return {};
    auto lock = Lock::try_take(impl_->path, "tidying up");
    if (!lock) return lock.error();
    if (auto settled = settle(*lock); !settled) return settled;
    auto result = tidy_under(*lock);
    impl_->hand_over(*lock);
    return result;
}

// Nothing is handed over: what the file becomes after us under the same lock, the word would not
// fit. Where nothing was changed, the word that was left stays.
Result<void> Queue::tidy_under(const Lock& lock) {
    // Claims are told from the file as it was; they are settled first.
    if (lock.was_interrupted()) return {};
    return until_unchanged([&] { return impl_->tidy_once(lock); });
}

Result<void> Queue::Impl::tidy_once(const Lock& lock) {
    if (auto refreshed = refresh(lock); !refreshed) return refreshed;
    auto* text = std::get_if<QueueText>(&state);
    // Somebody has saved: what we have commented out is theirs now.
    if (text == nullptr || text->is_tidy()) return {};
    auto edit = text->tidied();
    if (!edit) return edit.error();
    // Comments are less of a nuisance than a file that is written anew.
    if (edit->is_rewritten) return {};
    return replace(*text, std::move(*edit));
}

void Queue::recheck() {
    impl_->stamp.reset();
}

bool Queue::has_changed() const {
    const auto now = stamp_of(impl_->path);
    if (!now) return impl_->stamp.has_value();
    return impl_->stamp != *now;
}

std::size_t Queue::remaining() const {
    const auto* text = std::get_if<QueueText>(&impl_->state);
    return text == nullptr ? 0 : text->job_total();
}

}  // namespace remuda::queue
