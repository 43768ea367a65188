// SPDX-License-Identifier: MIT
//
// What the user has made of a queue, and what has become of it meanwhile: both as against the queue
// that the user began to edit.
#pragma once

#include "queue/alignment.h"
#include "queue/parse.h"
#include "remuda/queue/queue.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::queue {

/// A queue's entries with a number for each, the same for those that are the same.
struct Version {
    const yaml::Source& source;
    Parsed parsed;
    Sequence contents;

    [[nodiscard]] const std::vector<Entry>& entries() const { return parsed.entries; }
    [[nodiscard]] std::size_t size() const { return parsed.entries.size(); }
};

/// Numbers the entries of several versions of a queue.
class Numbering {
  public:
    /// `source` outlives the version.
    Version read(const yaml::Source& source);

  private:
    std::unordered_map<std::string, std::size_t> numbers_;
};

/// What has become of the entries of the base in the queue.
struct Progress {
    struct Fate {
        bool is_gone = false;
        /// With is_gone: the entries of `theirs` that stand for the jobs that were not taken; none
        /// if all were.
        std::size_t rest_begin = 0;
        std::size_t rest_end = 0;
        std::size_t jobs_left = 0;
    };
    /// Of each entry of the base.
    std::vector<Fate> fates;
    /// Of each entry of theirs: the entry of the base that it is or remains of.
    Partners origins;
};

[[nodiscard]] Progress progress_since(const Version& base, const Version& theirs);

/// Which entries of the user's text are those of the base.
struct Edits {
    /// Of each entry of mine: the entry of the base that it is, here or elsewhere in the file.
    Partners origins;
    /// Of each entry of mine without an origin: the entry of the base that it was made from, if one
    /// stood there.
    Partners changed_from;
    /// Of each entry of the base: where it is in mine, as it was or changed.
    Partners places;
};

/// An entry that is gone from where a new one stands was changed into it if their first commands
/// are alike; otherwise it was deleted, and the other one is new.
[[nodiscard]] Edits edits_since(const Version& base, const Version& mine);

}  // namespace remuda::queue
