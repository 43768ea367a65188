// SPDX-License-Identifier: MIT
//
// Scorecard: the sum of all runs, as text and as data.
#pragma once

#include "remuda/base/clock.h"
#include "selftest/judgement.h"
#include "selftest/plan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::selftest {

/// What came of one run.
struct RunResult {
    std::uint64_t seed = 0;
    Duration took{0};
    std::array<int, kFaults> strikes{};
    std::size_t jobs = 0;
    /// How many attempts had which outcome: "exited", "lost" ...
    std::map<std::string, int> outcomes;
    int lost = 0;
    int twice = 0;
    int wrong = 0;
    int needless = 0;
    /// For people: each fault of a job, or why the run could not be judged.
    std::vector<std::string> faults;

    void add(const Told& told, const Judgement& judgement);
    [[nodiscard]] bool has_failed() const { return !faults.empty(); }
};

class Scorecard {
  public:
    /// Of so many runs. `not_struck`: faults that cannot strike here, and why, each a line.
    Scorecard(std::uint64_t seed, std::size_t wanted, std::vector<std::string> not_struck)
        : seed_(seed), wanted_(wanted), not_struck_(std::move(not_struck)) {}

    void add(const RunResult& run);

    /// All runs were done, and none failed.
    [[nodiscard]] bool has_passed() const { return failed_.empty() && runs_ == wanted_; }
    [[nodiscard]] bool is_empty() const { return runs_ == 0; }
    /// For a status line: "run 3 of 10: 92 jobs, 0 lost, 0 twice, 0 wrong".
    [[nodiscard]] std::string progress() const;
    [[nodiscard]] std::string text() const;
    /// One object, one line.
    [[nodiscard]] std::string json() const;

  private:
    struct FailedRun {
        std::uint64_t seed = 0;
        std::vector<std::string> faults;
    };

    [[nodiscard]] std::string verdict() const;

    std::uint64_t seed_;
    std::size_t wanted_;
    std::vector<std::string> not_struck_;
    std::size_t runs_ = 0;
    Duration took_{0};
    std::array<int, kFaults> strikes_{};
    std::size_t jobs_ = 0;
    std::map<std::string, int> outcomes_;
    int lost_ = 0;
    int twice_ = 0;
    int wrong_ = 0;
    int needless_ = 0;
    std::vector<FailedRun> failed_;
};

/// Each on a line of its own, and the number of the others where they are many.
[[nodiscard]] std::string faults_text(const std::vector<std::string>& faults);

/// The command that does this run again.
[[nodiscard]] std::string command_for(std::uint64_t seed);

}  // namespace remuda::selftest
