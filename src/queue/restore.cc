// SPDX-License-Identifier: MIT
//
// Restore: what became of takes whose process was killed, and setting it right.
//
// A take has happened or not by its mark: the file is still the one before (not), or holds the
// lines that the take was to comment out, commented out or not; or the file is another one by now,
// and its first jobs must tell.
#include "queue/in_place.h"
#include "queue/product.h"
#include "queue/queue_impl.h"
#include "remuda/base/fd.h"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

// The claims of one take.
struct LeftTake {
    std::optional<Mark> mark;
    std::vector<const LeftClaim*> claims;
    enum class Fate { unknown, not_begun, done } fate = Fate::unknown;

    [[nodiscard]] bool has_started() const {
        return std::any_of(claims.begin(), claims.end(),
                           [](const LeftClaim* claim) { return claim->was_started; });
    }
};

std::vector<LeftTake> takes_of(const std::vector<LeftClaim>& claims) {
    std::vector<LeftTake> takes;
    for (const LeftClaim& claim : claims) {
        if (takes.empty() || takes.back().claims.front()->mark != claim.mark) {
            takes.push_back({Mark::read(claim.mark), {}});
        }
        takes.back().claims.push_back(&claim);
    }
    return takes;
}

std::string_view bytes_of(std::string_view text, yaml::Span span) {
    if (span.begin > span.end || span.end > text.size()) return {};
    return text.substr(span.begin, span.end - span.begin);
}

// The patch of a take in place as it is to be, if the file holds it, begun or not.
std::optional<std::string> patch_in(std::string_view text, const Mark::Region& region,
                                    const std::vector<yaml::Span>& lines) {
    std::string patch(bytes_of(text, region.span));
    if (patch.empty()) return std::nullopt;
    const std::size_t shift = region.span.begin;
    for (const yaml::Span& span : lines) {
        if (!comment_out(patch, span.begin - shift, span.end - shift)) return std::nullopt;
    }
    if (digest(patch) != region.digest) return std::nullopt;
    return patch;
}

// Takes in place whose lines are in the file: finishes those that were begun, and those that were
// lost though jobs of them were started.
class PlacesRestorer {
  public:
    explicit PlacesRestorer(const std::string& path) : path_(path) {}

    Result<void> restore(std::vector<LeftTake>& takes) {
        const auto is_in_place = [](const LeftTake& take) { return take.mark && take.mark->patch; };
        if (std::none_of(takes.begin(), takes.end(), is_in_place)) return {};
        const auto stamp = stamp_of(path_);
        if (!stamp) return stamp.error();
        auto text = load_file(path_);
        if (!text) return text.error();
        for (LeftTake& take : takes) {
            if (auto done = restore(take, *text, *stamp); !done) return done;
        }
        std::sort(hollows_.begin(), hollows_.end(),
                  [](const yaml::Span& a, const yaml::Span& b) { return a.begin < b.begin; });
        return {};
    }

    // In order; may overlap.
    [[nodiscard]] const std::vector<yaml::Span>& hollows() const { return hollows_; }

  private:
    Result<void> restore(LeftTake& take, std::string& text, const Stamp& stamp) {
        if (!take.mark || !take.mark->patch || !take.mark->before.is_same_file(stamp)) return {};
        const Mark& mark = *take.mark;
        const Mark::Region region = mark.patch.value_or(Mark::Region());
        const auto patch = patch_in(text, region, mark.lines);
        if (!patch || mark.lines.empty()) return {};
        if (mark.hollow && digest(bytes_of(text, mark.hollow->span)) == mark.hollow->digest) {
            hollows_.push_back(mark.hollow->span);
        }
        // Lines are commented out from the first one on.
        if (text[mark.lines.front().begin] != '#' && !take.has_started()) {
            take.fate = LeftTake::Fate::not_begun;
            return {};
        }
        take.fate = LeftTake::Fate::done;
        hollows_.insert(hollows_.end(), mark.lines.begin(), mark.lines.end());
        const std::size_t at = region.span.begin;
        if (bytes_of(text, region.span) == *patch) return {};
        text.replace(at, patch->size(), *patch);
        return write(*patch, static_cast<off_t>(at), stamp);
    }

    [[nodiscard]] Result<void> write(const std::string& patch, off_t at, const Stamp& stamp) const {
        const Fd fd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
        if (!fd) return sys_error("cannot write " + path_);
        const auto now = stamp_of(fd.number());
        if (!now || !now->is_same_file(stamp) || now->size != stamp.size) {
            return Error(Code::busy, "it was changed meanwhile");
        }
        if (::pwrite(fd.number(), patch.data(), patch.size(), at) !=
            static_cast<ssize_t>(patch.size())) {
            return sys_error("cannot write " + path_);
        }
        return {};
    }

    const std::string& path_;
    std::vector<yaml::Span> hollows_;
};

// Those of `spans`, in order, that do not overlap an earlier one.
std::vector<yaml::Span> disjoint(const std::vector<yaml::Span>& spans) {
    std::vector<yaml::Span> result;
    for (const yaml::Span& span : spans) {
        if (result.empty() || result.back().end <= span.begin) {
            result.push_back(span);
        } else {
            result.back().end = std::max(result.back().end, span.end);
        }
    }
    return result;
}

// Finds jobs among the first ones of the file.
class FirstJobs {
  public:
    FirstJobs(const QueueText& text, std::size_t count) : text_(text) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto job = text.job_at(i);
            if (!job) break;
            texts_.push_back(canonical_entry(*job));
        }
        is_used_.resize(texts_.size());
    }

    // Whether the job stands among them, as one that has not been found yet. `is_certain`: a job
    // with this text is surely this one; otherwise it is if it was put back.
    bool find(const std::string& job, bool is_certain) {
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (is_used_[i] || texts_[i] != job) continue;
            if (!is_certain && !text_.is_canonical_at(i)) continue;
            is_used_[i] = true;
            return true;
        }
        return false;
    }

  private:
    const QueueText& text_;
    std::vector<std::string> texts_;
    std::vector<bool> is_used_;
};

// Whether a job with the text of one of the take's is that one, if it stands at the head of a file
// that is not the one before the take any more.
enum class Presence {
    /// Surely not: the take has happened.
    absent,
    /// Only if it was put back since.
    put_back,
    likely,
};

// `latest`: nothing was taken after it on account of `takes`.
Presence presence_of(const LeftTake& take, bool is_latest, const QueueText& text) {
    if (take.fate == LeftTake::Fate::done) return Presence::absent;
    if (!is_latest) return Presence::put_back;
    if (!take.mark) return Presence::likely;
    const std::uint64_t total = text.job_total();
    const bool has_next_first = digest_of(text.job_at(0)) == take.mark->next;
    if (has_next_first && total + take.mark->taken == take.mark->job_total) return Presence::absent;
    if (total < take.mark->job_total) return Presence::put_back;
    const bool is_larger = total > take.mark->job_total;
    return is_larger && has_next_first ? Presence::put_back : Presence::likely;
}

// The jobs of `takes` that did not start and are not in the file, in order. The file's first jobs
// decide where nothing else has.
std::vector<model::Job> missing_jobs(const std::vector<LeftTake>& takes, const LeftTake& latest,
                                     const QueueText& text, std::size_t unstarted) {
    FirstJobs first(text, unstarted);
    // Whoever puts back commits it with the next claim at the latest, and changes the file.
    const bool is_settled = latest.fate != LeftTake::Fate::unknown ||
                            presence_of(latest, true, text) == Presence::absent;
    std::vector<const LeftClaim*> missing;
    for (auto take = takes.rbegin(); take != takes.rend(); ++take) {
        if (take->fate == LeftTake::Fate::not_begun) continue;
        const Presence presence =
            is_settled ? Presence::absent : presence_of(*take, &*take == &latest, text);
        for (auto claim = take->claims.rbegin(); claim != take->claims.rend(); ++claim) {
            if ((*claim)->was_started) continue;
            const bool is_there = presence != Presence::absent &&
                                  first.find((*claim)->text, presence == Presence::likely);
            if (!is_there) missing.push_back(*claim);
        }
    }
    std::vector<model::Job> jobs;
    for (auto claim = missing.rbegin(); claim != missing.rend(); ++claim) {
        const yaml::Source source("claim", (*claim)->text);
        yaml::Diagnostics diagnostics;
        for (const Entry& entry : parse_queue(source, diagnostics)) {
            jobs.push_back(nth_job(entry, 0));
        }
    }
    return jobs;
}

}  // namespace

Result<void> Queue::restore(const std::vector<LeftClaim>& claims) {
    if (claims.empty()) return {};
    if (auto exists = stamp_of(impl_->path); !exists) return exists.error();
    const auto lock = Lock::try_take(impl_->path, "putting jobs back");
    if (!lock) return lock.error();
    return impl_->restore_all(*lock, claims);
}

Result<void> Queue::Impl::restore_all(const Lock& lock, const std::vector<LeftClaim>& claims) {
    if (claims.empty()) return {};
    const auto done = until_unchanged([&] { return restore_once(lock, claims); });
    if (!done) {
        return done.error().within("cannot put back what a killed process has left of " + path);
    }
    // Not all may stand at its end: then they stay there.
    for (auto claim = claims.rbegin(); claim != claims.rend() && !claim->was_started; ++claim) {
        consumed.take_back_tail(claim->text);
    }
    return {};
}

Result<void> Queue::Impl::restore_once(const Lock& lock, const std::vector<LeftClaim>& claims) {
    std::vector<LeftTake> takes = takes_of(claims);
    const auto before = stamp_of(path);
    if (!before) return before.error();
    const auto untouched = std::find_if(takes.begin(), takes.end(), [&](const LeftTake& take) {
        return take.mark && take.mark->before == *before;
    });
    const bool is_untouched = untouched != takes.end();
    LeftTake& latest = is_untouched ? *untouched : takes.back();
    PlacesRestorer places(path);
    if (auto restored = places.restore(takes); !restored) return restored;
    if (auto refreshed = refresh(lock); !refreshed) return refreshed;
    auto* text = std::get_if<QueueText>(&state);
    if (text == nullptr) return Error(Code::invalid_input, "the file has faults now");
    if (text->hollow_bytes() == 0) text->adopt_hollows(disjoint(places.hollows()));

    // The file is still the one before the latest take: its jobs are the first ones.
    if (is_untouched && latest.mark && latest.fate == LeftTake::Fate::unknown) {
        latest.fate = latest.has_started() ? LeftTake::Fate::done : LeftTake::Fate::not_begun;
        if (latest.has_started()) {
            auto removal = text->without_first_jobs(latest.mark->taken);
            if (!removal) return removal.error();
            if (auto done = replace(*text, std::move(removal->edit)); !done) return done;
        }
    }
    const auto unstarted = std::count_if(claims.begin(), claims.end(),
                                         [](const LeftClaim& claim) { return !claim.was_started; });
    const std::vector<model::Job> missing =
        missing_jobs(takes, latest, *text, static_cast<std::size_t>(unstarted));
    if (missing.empty() && text->hollow_bytes() == 0) return {};
    auto edit = missing.empty() ? text->without_hollows() : text->with_front(missing);
    if (!edit) return edit.error();
    if (missing.empty() && edit->is_rewritten) return {};
    return replace(*text, std::move(*edit));
}

}  // namespace remuda::queue
