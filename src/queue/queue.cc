// SPDX-License-Identifier: MIT
#include "remuda/queue/queue.h"

#include "queue/consumed.h"
#include "queue/cut.h"
#include "queue/parse.h"
#include "remuda/base/fd.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <sys/stat.h>

namespace remuda::queue {

namespace {

constexpr int kMostTries = 10;

// What tells one content of a file from another without reading it.
struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::pair<std::int64_t, std::int64_t> modified;
    std::pair<std::int64_t, std::int64_t> changed;

    bool operator==(const Stamp&) const = default;
};

Result<Stamp> stamp_of(const std::string& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        if (errno != ENOENT) return sys_error("cannot stat " + path);
        return Error(Code::not_found,
                     path + " does not exist; write one command a line into it, each behind `- `");
    }
    return Stamp{info.st_dev,
                 info.st_ino,
                 info.st_size,
                 {info.st_mtim.tv_sec, info.st_mtim.tv_nsec},
                 {info.st_ctim.tv_sec, info.st_ctim.tv_nsec}};
}

// Somebody who saves without the lock makes us look again; not for ever.
template <class Edit>
auto until_unchanged(const Edit& edit) {
    for (int tries = 1;; ++tries) {
        auto result = edit();
        const bool was_changed = !result && result.error().code() == Code::busy;
        if (!was_changed || tries == kMostTries) return result;
    }
}

std::string consumed_path(const std::string& queue_path) {
    return (std::filesystem::path(queue_path).parent_path() / "consumed.yaml").string();
}

}  // namespace

// The queue as it was last read or written, and the file's stamp of that moment. A claim store and
// consumption in place (for files that are too large to write anew for each job) fit in `replace`:
// an Edit knows the old text and the new one.
struct Queue::Impl {
    Impl(std::string queue_path, Check check_entries)
        : path(std::move(queue_path)),
          check(std::move(check_entries)),
          consumed(consumed_path(path), path) {}

    Result<void> refresh();
    Result<void> replace(QueueText& text, QueueText::Edit edit);
    Result<TakeResult> take_once(const Admit& admit);
    Result<void> put_back_once(const model::Job& job);
    Result<Taken> take_first(QueueText& text, bool rejected, std::size_t most);

    std::string path;
    Check check;
    Consumed consumed;
    /// What the file with this stamp holds; nothing before the first reading.
    std::variant<std::monostate, QueueText, Faulty> state;
    std::optional<Stamp> stamp;
    /// The file as we wrote it last, or as it was first read: its being empty is meant.
    std::optional<Stamp> settled;
    std::uint64_t jobs_taken = 0;
};

// Reads the file if it is not the one that we know.
Result<void> Queue::Impl::refresh() {
    auto now = stamp_of(path);
    if (!now) return now.error();
    if (stamp == *now) return {};
    // The stamp is from before the reading: a change meanwhile is seen next time.
    auto content = load_file(path);
    if (!content) return content.error();
    stamp = *now;
    if (std::holds_alternative<std::monostate>(state)) settled = stamp;
    auto source = std::make_shared<const yaml::Source>(path, std::move(*content));
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(*source, diagnostics);
    if (check) check(parsed.entries, diagnostics);
    if (diagnostics.has_errors()) {
        state = Faulty{std::move(source), std::move(diagnostics)};
    } else {
        state.emplace<QueueText>(*source, std::move(parsed));
    }
    return {};
}

// Writes what `edit` says and makes it the state. On failure file and state are as they were.
Result<void> Queue::Impl::replace(QueueText& text, QueueText::Edit edit) {
    // An editor that does not take the lock may have saved since we looked: then its text counts.
    const auto is_ours = [this]() -> Result<void> {
        const auto current = stamp_of(path);
        if (current && stamp == *current) return {};
        return Error(Code::busy, "it was changed meanwhile");
    };
    const auto replaced = replace_file(path, edit.text, 0644, is_ours);
    if (!replaced && replaced.error().code() == Code::busy) return replaced.error();
    auto now = stamp_of(path);
    // An error after the rename (the folder could not be synced) leaves the new file in place: then
    // the edit has happened.
    if (!replaced && now && stamp == *now) return replaced.error();
    const auto size = static_cast<off_t>(edit.text.size());
    text.apply(std::move(edit));
    // Of another size, it is already somebody else's.
    stamp = now && now->size == size ? std::optional(*now) : std::nullopt;
    settled = stamp;
    return {};
}

Result<Taken> Queue::Impl::take_first(QueueText& text, bool rejected, std::size_t most) {
    auto removal = text.without_first_jobs(most);
    if (!removal) return removal.error();
    std::string consumed_text;
    for (const model::Job& job : removal->jobs)
        consumed_text += canonical_entry(job);
    const auto old_length = consumed.append(consumed_text);
    if (!old_length) return old_length.error();
    if (const auto replaced = replace(text, std::move(removal->edit)); !replaced) {
        consumed.take_back(*old_length);
        return replaced.error();
    }
    for (model::Job& job : removal->jobs)
        job.id = model::JobId{++jobs_taken};
    return Taken{std::move(removal->jobs), rejected};
}

Queue::Queue(std::string path, QueueSettings settings)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(settings.check))) {}
Queue::Queue(std::string path, Check check)
    : Queue(std::move(path), QueueSettings{.check = std::move(check)}) {}
Queue::~Queue() = default;
Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;

Result<TakeResult> Queue::take(const Admit& admit, bool /*is_burst*/) {
    // Before the lock, so that a wrong path leaves no lock file behind.
    if (auto exists = stamp_of(impl_->path); !exists) return exists.error();
    const auto lock = Lock::try_take(impl_->path, "taking a job");
    if (!lock && lock.error().code() == Code::locked)
        return TakeResult(LockHeld{lock.error().text()});
    if (!lock) return lock.error();
    return until_unchanged([&] { return impl_->take_once(admit); });
}

Result<TakeResult> Queue::Impl::take_once(const Admit& admit) {
    if (auto refreshed = refresh(); !refreshed) return refreshed.error();
    if (const auto* faulty = std::get_if<Faulty>(&state)) return TakeResult(*faulty);
    auto& text = std::get<QueueText>(state);
    if (text.is_empty()) return TakeResult(Empty{stamp == settled});
    const Admission admission = admit(text.head().needs);
    if (admission.verdict == Admission::Verdict::wait) return TakeResult(HeadMustWait{});
    const bool rejected = admission.verdict == Admission::Verdict::reject;
    auto taken = take_first(text, rejected, rejected ? 1 : admission.most);
    if (!taken) return taken.error();
    return TakeResult(std::move(*taken));
}

Result<void> Queue::put_back(const model::Job& job) {
    const auto failure = [&](const Error& error) {
        return error.within("cannot put a job back into " + impl_->path +
                            " (it stays in consumed.yaml)");
    };
    if (auto exists = stamp_of(impl_->path); !exists) return failure(exists.error());
    const auto lock = Lock::try_take(impl_->path, "putting a job back");
    if (!lock) return failure(lock.error());
    const auto done = until_unchanged([&] { return impl_->put_back_once(job); });
    if (!done) return failure(done.error());
    impl_->consumed.take_back_tail(canonical_entry(job));
    return {};
}

Result<void> Queue::Impl::put_back_once(const model::Job& job) {
    if (auto refreshed = refresh(); !refreshed) return refreshed;
    auto* text = std::get_if<QueueText>(&state);
    if (text == nullptr) return Error(Code::invalid_input, "the file has faults now");
    auto edit = text->with_front(job);
    if (!edit) return edit.error();
    return replace(*text, std::move(*edit));
}

Result<void> Queue::restore(const std::vector<LeftClaim>& /*claims*/) {
    return {};
}

Result<void> Queue::tidy() {
    return {};
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
