// SPDX-License-Identifier: MIT
//
// TakenTexts: which jobs with a text were claimed from a queue since our run began. It is asked
// only once somebody else has written the queue file; so the store keeps no index for it, which
// would double what each claim writes, and the first question reads the jobs since then.
#pragma once

#include "history/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::history {

/// The run that a Store is for.
struct OwnRun;

class TakenTexts {
  public:
    /// `database` outlives it.
    explicit TakenTexts(Database& database) : database_(database) {}

    /// The numbers of the jobs whose claims count: not given back, not excused, not resumed.
    /// Ascending.
    [[nodiscard]] Result<std::vector<std::uint64_t>> counted(const OwnRun& run,
                                                             const std::string& text);

    /// A transaction was rolled back: what was read in it never was.
    void forget();

  private:
    [[nodiscard]] Result<void> read_new(const OwnRun& run);

    Database& database_;
    /// By hash of the text: 40 bytes a job instead of its text.
    std::unordered_multimap<std::size_t, std::uint64_t> numbers_;
    std::uint64_t last_read_ = 0;
};

}  // namespace remuda::history
