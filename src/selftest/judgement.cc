// SPDX-License-Identifier: MIT
#include "selftest/judgement.h"

#include <algorithm>
#include <csignal>
#include <set>
#include <variant>

#include <fmt/format.h>

namespace remuda::selftest {

namespace {

/// As a job records its end; empty for the other outcomes.
std::string end_of(const model::Outcome& outcome) {
    if (const auto* exited = std::get_if<model::Exited>(&outcome)) {
        return std::to_string(exited->code);
    }
    if (const auto* signalled = std::get_if<model::Signalled>(&outcome)) return signalled->signal;
    return "";
}

/// What a shell of the login makes of a signal that ended its child.
bool matches(const std::string& recorded, const std::string& told) {
    if (recorded == told) return true;
    return (recorded == "TERM" && told == std::to_string(128 + SIGTERM)) ||
           (recorded == "USR1" && told == std::to_string(128 + SIGUSR1));
}

bool is_lost(const model::Outcome& outcome) {
    return std::holds_alternative<model::Lost>(outcome);
}

bool never_ran(const model::Outcome& outcome) {
    return std::holds_alternative<model::NeverStarted>(outcome);
}

/// What is recorded of an attempt with a name is what is told of it.
bool is_true(const ToldAttempt& attempt, const Recorded& recorded) {
    const auto starts = std::ranges::count(recorded.starts, attempt.key);
    if (never_ran(attempt.outcome)) return starts == 0;
    if (is_lost(attempt.outcome)) return true;
    const std::string end = end_of(attempt.outcome);
    const auto found = std::ranges::find(recorded.ends, attempt.key, &Recorded::End::key);
    return starts > 0 && found != recorded.ends.end() && matches(found->how, end);
}

/// The same of all attempts without names, which stand in their order. A lost one may have ended
/// somehow and at any time, or not at all.
bool are_true(const std::vector<ToldAttempt>& attempts, const Recorded& recorded) {
    std::vector<std::string> ends;
    for (const Recorded::End& end : recorded.ends) {
        if (end.key.empty()) ends.push_back(end.how);
    }
    std::size_t lost = 0;
    for (const ToldAttempt& attempt : attempts) {
        if (!attempt.key.empty() || never_ran(attempt.outcome)) continue;
        if (is_lost(attempt.outcome)) {
            ++lost;
            continue;
        }
        const std::string end = end_of(attempt.outcome);
        const auto found = std::ranges::find_if(
            ends, [&](const std::string& recorded_end) { return matches(recorded_end, end); });
        if (found == ends.end()) return false;
        ends.erase(found);
    }
    return ends.size() <= lost;
}

std::string told_in_words(const std::vector<ToldAttempt>& attempts) {
    std::string words;
    for (const ToldAttempt& attempt : attempts) {
        if (!words.empty()) words += ", then ";
        words += fmt::format("{} on host {}{}", model::describe(attempt.outcome), attempt.host + 1,
                             attempt.key.empty() ? " (no receipt)" : "");
    }
    return words.empty() ? "nothing" : words;
}

}  // namespace

Recorded parse_record(std::string_view text) {
    constexpr std::string_view start = "start ";
    constexpr std::string_view end = "end ";
    Recorded recorded;
    const auto name = [](std::string_view word) {
        return word == "-" ? std::string() : std::string(word);
    };
    while (!text.empty()) {
        const std::size_t size = text.find('\n');
        // Without its end it was not written whole.
        if (size == std::string_view::npos) break;
        const std::string_view line = text.substr(0, size);
        text.remove_prefix(size + 1);
        if (line.starts_with(start)) {
            recorded.starts.push_back(name(line.substr(start.size())));
        } else if (line.starts_with(end)) {
            const std::string_view rest = line.substr(end.size());
            const std::size_t space = rest.find(' ');
            if (space == std::string_view::npos) continue;
            recorded.ends.push_back(
                {name(rest.substr(0, space)), std::string(rest.substr(space + 1))});
        }
    }
    return recorded;
}

Judgement judge(const PlannedJob& job, const Recorded& recorded, const Told& told,
                const Struck& struck) {
    Judgement judgement;
    std::string faults;
    const auto fault = [&](bool& flag, const std::string& what) {
        flag = true;
        faults += faults.empty() ? what : "; " + what;
    };
    if (told.verdicts == 0) fault(judgement.is_lost, "it has no verdict");
    if (told.verdicts > 1) {
        fault(judgement.ran_twice, fmt::format("it has {} verdicts", told.verdicts));
    }
    const auto runs = std::ranges::count_if(
        told.attempts, [](const ToldAttempt& attempt) { return !never_ran(attempt.outcome); });
    const auto starts = static_cast<std::ptrdiff_t>(recorded.starts.size());
    if (starts > runs) fault(judgement.ran_twice, "it began more often than was told");
    if (runs > 1 + job.retries) fault(judgement.ran_twice, "it was run more often than allowed");
    for (const std::string& key :
         std::set<std::string>(recorded.starts.begin(), recorded.starts.end())) {
        if (key.empty()) continue;
        if (std::ranges::count(recorded.starts, key) > 1) {
            fault(judgement.ran_twice, "attempt " + key + " began twice");
        }
        if (std::ranges::find(told.attempts, key, &ToldAttempt::key) == told.attempts.end()) {
            fault(judgement.ran_twice, "attempt " + key + " is not told of");
        }
    }
    const bool is_each_true = std::ranges::all_of(told.attempts, [&](const ToldAttempt& attempt) {
        return attempt.key.empty() || is_true(attempt, recorded);
    });
    if (told.verdicts > 0 && !(is_each_true && are_true(told.attempts, recorded))) {
        fault(judgement.is_wrong, "a verdict is another than the end");
    }
    const std::string whole = output_of(job);
    for (const ToldAttempt& attempt : told.attempts) {
        if (is_lost(attempt.outcome)) {
            const bool is_excused =
                attempt.key.empty() ? struck.connections : struck.receipts[attempt.host];
            if (!is_excused) fault(judgement.is_needless, "it need not have been lost");
        }
        const bool may_be_cut =
            end_of(attempt.outcome).empty() || struck.all_output || struck.output[attempt.host];
        const bool is_right =
            may_be_cut ? whole.starts_with(attempt.output) : whole == attempt.output;
        if (!is_right) {
            fault(judgement.is_wrong,
                  fmt::format(
                      "of {} bytes of output {} are kept{}", whole.size(), attempt.output.size(),
                      whole.starts_with(attempt.output) ? "" : ", and others than it wrote"));
        }
    }
    if (!faults.empty()) {
        std::string ends;
        for (const Recorded::End& end : recorded.ends)
            ends += (ends.empty() ? "" : ", ") + end.how;
        judgement.why = fmt::format("job {}: {} (told: {}; recorded: {} begun, ended: {})",
                                    job.number, faults, told_in_words(told.attempts),
                                    recorded.starts.size(), ends.empty() ? "none" : ends);
    }
    return judgement;
}

}  // namespace remuda::selftest
