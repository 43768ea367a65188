// SPDX-License-Identifier: MIT
//
// QueueText: a valid queue file in memory, and the edits that taking and putting back make in it.
// Pure: no file is touched. All bytes but those of the head entry stay, unless the file is of a
// kind whose entries cannot be cut out (layout.h); then the edit writes all of it in canonical
// form.
//
// An edit is made, then written to disk by the caller, then applied; one that could not be written
// is dropped and leaves the object as it was.
#pragma once

#include "queue/parse.h"
#include "remuda/model/job.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <deque>
#include <memory>
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
    };

    /// What the file is to hold next.
    struct Edit {
        std::string text;
        /// The whole file was written anew: comments between entries are gone.
        bool is_rewritten = false;

        // The rest is for apply() alone.

        /// So many entries leave the front, these come there. Unused if is_rewritten.
        std::size_t dropped = 0;
        /// So many jobs less, or, if nothing is dropped, one more.
        std::size_t jobs_taken = 0;
        std::vector<Held> added;
        /// The state of a rewritten file.
        std::unique_ptr<QueueText> whole;
    };

    /// `parsed` came from `source` without errors.
    QueueText(const yaml::Source& source, Parsed parsed);

    struct Removal {
        /// In order, with their places, without ids.
        std::vector<model::Job> jobs;
        Edit edit;
    };
    /// The file without its first jobs: at most `most` of them, at least 1, all with the needs of
    /// the first. There is one. Code::invalid_input if no form of the file was found that reads
    /// back as what must remain, which no known file causes.
    [[nodiscard]] Result<Removal> without_first_jobs(std::size_t most) const;
    /// The file with `job` before all others. Fails as the above.
    [[nodiscard]] Result<Edit> with_front(const model::Job& job) const;
    /// Becomes what `edit`, the latest one made, says.
    void apply(Edit edit);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool is_empty() const { return entries_.empty(); }
    /// The first entry. There is one.
    [[nodiscard]] const Entry& head() const { return entries_.front().entry; }
    /// Saturates.
    [[nodiscard]] std::size_t job_total() const { return job_total_; }

  private:
    [[nodiscard]] Result<Edit> replaced_front(std::size_t dropped,
                                              const std::vector<Entry>& added) const;
    [[nodiscard]] bool try_cut(std::size_t dropped, const std::vector<Entry>& added,
                               Edit& edit) const;
    [[nodiscard]] bool try_rewrite(std::string_view head_comments, std::size_t dropped,
                                   const std::vector<Entry>& added, Edit& edit) const;
    [[nodiscard]] bool is_what_remains(const std::vector<Entry>& found, std::size_t dropped,
                                       const std::vector<Entry>& added) const;
    [[nodiscard]] yaml::Span region_of(const Held& held) const;
    [[nodiscard]] model::Place place_of_job(const Held& held, std::size_t n) const;
    [[nodiscard]] std::string text_before_hole(std::size_t dropped, std::size_t& hole_end) const;
    [[nodiscard]] std::size_t counted_jobs() const;

    std::string name_;
    std::string text_;
    std::deque<Held> entries_;
    std::size_t job_total_ = 0;
    bool can_cut_ = false;
    std::size_t indent_ = 0;
    /// The bytes now held came out of an edit whose result was parsed as a whole.
    bool is_proven_ = false;
};

}  // namespace remuda::queue
