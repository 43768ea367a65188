// SPDX-License-Identifier: MIT
//
// Judging a run: what remuda says of each job against what the job itself recorded.
#pragma once

#include "remuda/model/outcome.h"
#include "selftest/plan.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::selftest {

/// What the executions of a job wrote down.
struct Recorded {
    struct End {
        std::string key;
        /// As in PlannedJob::ends.
        std::string how;
    };
    /// Names of the attempts, empty where they have none; one for each beginning.
    std::vector<std::string> starts;
    std::vector<End> ends;
};
[[nodiscard]] Recorded parse_record(std::string_view text);

/// An attempt as remuda tells of it; not one that was refused, of which nothing ran.
struct ToldAttempt {
    model::Outcome outcome;
    std::size_t host = 0;
    /// Its name on the host; empty: it has no receipt.
    std::string key;
    /// What was kept of its stdout.
    std::string output;
};

/// What remuda says of a job when nothing is left to do.
struct Told {
    /// How often it counts as ended. Once, if all is well.
    int verdicts = 0;
    std::vector<ToldAttempt> attempts;
};

/// What has struck, as far as it excuses anything.
struct Struck {
    /// One for each host: its receipts may be gone.
    std::vector<bool> receipts;
    /// Something did that ends jobs without receipts, or hides their ends.
    bool connections = false;
    /// One for each host: what a job wrote may be incomplete.
    std::vector<bool> output;
    /// The same for all.
    bool all_output = false;
};

struct Judgement {
    /// No verdict.
    bool is_lost = false;
    /// It ran more often than the user allowed, or than was told.
    bool ran_twice = false;
    /// A verdict, or output, differs from what happened.
    bool is_wrong = false;
    /// A verdict `lost` that could have been a better one.
    bool is_needless = false;
    /// What is wrong, for people; empty if nothing is.
    std::string why;

    [[nodiscard]] bool is_fine() const {
        return !is_lost && !ran_twice && !is_wrong && !is_needless;
    }
};

[[nodiscard]] Judgement judge(const PlannedJob& job, const Recorded& recorded, const Told& told,
                              const Struck& struck);

}  // namespace remuda::selftest
