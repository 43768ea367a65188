// SPDX-License-Identifier: MIT
//
// QueueText: a valid queue file in memory, and the edits that taking and putting back make in it.
// Pure: no file is touched. All bytes but those of the head entry stay, unless the file is of a
// kind whose entries cannot be cut out (layout.h); then the edit writes all of it in canonical
// form.
//
// An edit is made, then written to disk by the caller, then applied; one that could not be written
// is dropped and leaves the object as it was.
//
// An edit in place makes comments of the lines that were taken and costs what these cost. They stay
// in the text as *hollows* until the next edit of another kind, which leaves them out. All hollows
// stand before the head's first job. Of an entry whose jobs are the lines of one list the first
// ones may be hollow.
//
// Only such an entry can be taken from in place. One with several long lists is written as runs,
// entries of that kind, and what they leave of it; of a large file as many runs as make it a
// quarter larger, so that writing all of it is paid for by as many jobs as its length demands. In
// the end they become the few entries again that remain of the one, where it is known which entries
// are runs: others are the user's, and stay as they are written.
#pragma once

#include "queue/in_place.h"
#include "queue/parse.h"
#include "remuda/model/job.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

class QueueText {
  public:
    /// An entry and where it stands. Its offsets, and those of `entry`'s spans, count in a text
    /// that ended at `end_of_text`: a cut before it moves it, but leaves its distance to the end.
    struct Held {
        Entry entry;
        yaml::Span region;
        std::size_t end_of_text = 0;
        /// So many of its first jobs are gone: hollows. Of the head only.
        std::size_t jobs_gone = 0;

        [[nodiscard]] std::size_t jobs_left() const;
    };

    /// What the file is to hold next.
    struct Edit {
        /// The bytes from `at` on become `patch`, and nothing else changes; `text` is unused.
        bool is_in_place = false;
        std::size_t at = 0;
        std::string patch;
        /// What of the patch becomes hollow, in order.
        std::vector<yaml::Span> hollows;

        /// The whole file.
        std::string text;
        /// It was written anew: comments between entries are gone.
        bool is_rewritten = false;
        /// Somebody else has made it.
        bool is_found = false;

        // The rest is for apply() alone.

        /// So many entries leave the front, these come there. Unused if is_rewritten.
        std::size_t dropped = 0;
        std::vector<Held> added;
        /// Of the head that an edit in place leaves.
        std::size_t jobs_gone = 0;
        /// Jobs more (or less) than before.
        std::ptrdiff_t jobs_more = 0;
        /// So many entries at the front are runs and their rest. Unused if is_in_place.
        std::size_t runs = 0;
        /// The state of a rewritten file.
        std::unique_ptr<QueueText> whole;
    };

    /// `parsed` came from `source` without errors.
    QueueText(const yaml::Source& source, Parsed parsed);

    struct Removal {
        /// In order, with their places, without ids.
        std::vector<model::Job> jobs;
        /// The first one that remains.
        std::optional<model::Job> next;
        Edit edit;
    };
    /// The file without its first jobs: at most `most` of them, at least 1, all with the needs of
    /// the first. There is one. `in_place`: so where it can be done. Code::invalid_input if no form
    /// of the file was found that reads back as what must remain, which no known file causes.
    [[nodiscard]] Result<Removal> without_first_jobs(std::size_t most, bool in_place = false) const;
    /// The file with `jobs` before all others. Fails as the above.
    [[nodiscard]] Result<Edit> with_front(const std::vector<model::Job>& jobs) const;
    /// The file without its hollows. Fails as the above.
    [[nodiscard]] Result<Edit> without_hollows() const;
    /// The file without its hollows, and with few entries instead of runs. Fails as the above.
    [[nodiscard]] Result<Edit> tidied() const;
    [[nodiscard]] bool is_tidy() const;
    /// The first jobs of an entry.
    struct FirstJobs {
        std::size_t entry = 0;
        std::size_t count = 0;
    };
    /// The file without `jobs`, at least one, in the order of entries. There are no hollows. Fails
    /// as the above.
    [[nodiscard]] Result<Edit> without(const std::vector<FirstJobs>& jobs) const;

    // What others have made of the file, told without reading all of it anew (cut_follow.cc).

    /// Everything before `end` has been taken in place. Nothing if that cannot be so; whether the
    /// file's bytes are those of the edit is for the caller to see.
    [[nodiscard]] std::optional<Edit> taken_up_to(std::size_t end) const;
    /// The file holds `text` now: entries of this one, and other lines before them. Nothing if that
    /// is not so, or if those lines have faults, of which `check` is asked.
    [[nodiscard]] std::optional<Edit> changed_in_front(std::string text, const Check& check) const;

    /// Becomes what `edit`, the latest one made, says.
    void apply(Edit edit);

    /// `spans`, in order, are comments that were made by editing in place, all of them before the
    /// head's first job.
    void adopt_hollows(const std::vector<yaml::Span>& spans);
    /// The first `entries` entries are runs and their rest, as far as nothing stands between them.
    void adopt_runs(std::size_t entries);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool is_empty() const { return entries_.empty(); }
    /// The first entry. There is one. Some of its first jobs may be gone.
    [[nodiscard]] const Entry& head() const { return entries_.front().entry; }
    /// What the first job needs. There is one.
    [[nodiscard]] model::Needs head_needs() const;
    [[nodiscard]] const std::deque<Held>& entries() const { return entries_; }
    /// The n-th job, or nothing. Slow for large n.
    [[nodiscard]] std::optional<model::Job> job_at(std::size_t n) const;
    /// Whether the jobs 0 to n have entries of their own, and that of the n-th is in canonical
    /// form.
    [[nodiscard]] bool is_canonical_at(std::size_t n) const;
    /// Saturates.
    [[nodiscard]] std::size_t job_total() const { return job_total_; }
    [[nodiscard]] std::size_t hollow_bytes() const { return hollow_bytes_; }
    struct Hollow {
        yaml::Span span;
        std::uint64_t digest = kDigestOfNothing;
    };
    [[nodiscard]] const std::vector<Hollow>& hollows() const { return hollows_; }
    /// The latest hollow, which may have grown from many; empty if there is none.
    [[nodiscard]] Hollow last_hollow() const {
        return hollows_.empty() ? Hollow() : hollows_.back();
    }
    /// So many entries at the front are runs and their rest.
    [[nodiscard]] std::size_t runs() const { return runs_; }
    /// Why its entries cannot be cut out, fit behind "because ". Empty if they can.
    [[nodiscard]] const std::string& why_rewritten() const { return why_rewritten_; }

  private:
    /// What stands in place of the first entries: text, and what it must read as.
    struct Front {
        std::size_t dropped = 0;
        std::string text;
        std::vector<Entry> entries;
    };

    [[nodiscard]] std::optional<Edit> try_in_place(std::size_t dropped, std::size_t gone) const;
    [[nodiscard]] Result<Edit> with_new(const Front& front) const;
    [[nodiscard]] bool try_cut(const Front& front, Edit& edit) const;
    [[nodiscard]] bool try_rewrite(std::string_view head_comments, const Front& front,
                                   Edit& edit) const;
    [[nodiscard]] bool is_what_remains(const std::vector<Entry>& found, std::size_t dropped,
                                       std::size_t gone, const std::vector<Entry>& added) const;
    [[nodiscard]] std::vector<Entry> runs_and_rest(const Entry& entry, std::size_t gone) const;
    void add_canonical(Front& front, const std::vector<Entry>& entries) const;
    void add_head(Front& front) const;
    [[nodiscard]] yaml::Span region_of(const Held& held) const;
    [[nodiscard]] std::size_t begin_of_entries() const;
    [[nodiscard]] std::string solid(std::size_t begin, std::size_t end) const;
    [[nodiscard]] std::string_view line_break() const;
    [[nodiscard]] model::Place place_of_job(const Held& held, std::size_t n) const;
    [[nodiscard]] std::size_t counted_jobs() const;

    std::string name_;
    std::string text_;
    std::deque<Held> entries_;
    std::size_t job_total_ = 0;
    bool can_cut_ = false;
    std::string why_rewritten_;
    std::size_t indent_ = 0;
    /// The bytes now held came out of an edit whose result was parsed as a whole.
    bool is_proven_ = false;
    /// In order; none touches the next.
    std::vector<Hollow> hollows_;
    std::size_t hollow_bytes_ = 0;
    std::size_t runs_ = 0;
    mutable LineCursor lines_;
};

}  // namespace remuda::queue
