// SPDX-License-Identifier: MIT
#include "selftest/scorecard.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <variant>

#include <fmt/format.h>

namespace remuda::selftest {

namespace {

std::string kind_of(const model::Outcome& outcome) {
    struct Name {
        std::string operator()(const model::Exited&) { return "exited"; }
        std::string operator()(const model::Signalled&) { return "signalled"; }
        std::string operator()(const model::TimedOut&) { return "timed out"; }
        std::string operator()(const model::Cancelled&) { return "cancelled"; }
        std::string operator()(const model::NeverStarted&) { return "never started"; }
        std::string operator()(const model::Lost&) { return "lost"; }
    };
    return std::visit(Name{}, outcome);
}

std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string json_list(const std::vector<std::string>& texts) {
    std::string list = "[";
    for (const std::string& text : texts) {
        if (list.size() > 1) list += ',';
        list += json_text(text);
    }
    return list + "]";
}

double seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

std::string command_for(std::uint64_t seed) {
    return fmt::format("remuda selftest --chaos --runs 1 --seed {}", seed);
}

std::string faults_text(const std::vector<std::string>& faults) {
    constexpr std::size_t most = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(faults.size(), most); ++i)
        text += fmt::format("  {}\n", faults[i]);
    if (faults.size() > most) text += fmt::format("  and {} more\n", faults.size() - most);
    return text;
}

void RunResult::add(const Told& told, const Judgement& judgement) {
    ++jobs;
    for (const ToldAttempt& attempt : told.attempts)
        ++outcomes[kind_of(attempt.outcome)];
    lost += judgement.is_lost ? 1 : 0;
    twice += judgement.ran_twice ? 1 : 0;
    wrong += judgement.is_wrong ? 1 : 0;
    needless += judgement.is_needless ? 1 : 0;
    if (!judgement.is_fine()) faults.push_back(judgement.why);
}

void Scorecard::add(const RunResult& run) {
    ++runs_;
    took_ += run.took;
    for (std::size_t i = 0; i < kFaults; ++i)
        strikes_[i] += run.strikes[i];
    jobs_ += run.jobs;
    for (const auto& [kind, count] : run.outcomes)
        outcomes_[kind] += count;
    lost_ += run.lost;
    twice_ += run.twice;
    wrong_ += run.wrong;
    needless_ += run.needless;
    if (run.has_failed()) failed_.push_back({run.seed, run.faults});
}

std::string Scorecard::progress() const {
    return fmt::format("run {} of {}: {} jobs, {} lost, {} twice, {} wrong, {} needlessly lost",
                       runs_, wanted_, jobs_, lost_, twice_, wrong_, needless_);
}

std::string Scorecard::text() const {
    std::string text;
    for (const FailedRun& run : failed_) {
        text += fmt::format("seed {} failed; again: {}\n", run.seed, command_for(run.seed));
        text += faults_text(run.faults);
    }
    text += "FAULT                STRUCK\n";
    for (std::size_t i = 0; i < kFaults; ++i)
        text += fmt::format("{:<20} {:>6}\n", name_of(static_cast<Fault>(i)), strikes_[i]);
    for (const std::string& line : not_struck_)
        text += fmt::format("not struck: {}\n", line);
    text += fmt::format("{} runs with {} jobs in {:.1f} s, seed {}\n", runs_, jobs_, seconds(took_),
                        seed_);
    text += "attempts:";
    for (const auto& [kind, count] : outcomes_)
        text += fmt::format(" {} {}", count, kind);
    text += '\n';
    text += fmt::format("jobs: {} lost, {} twice, {} wrong, {} needlessly lost\n", lost_, twice_,
                        wrong_, needless_);
    return text + verdict();
}

std::string Scorecard::verdict() const {
    if (!failed_.empty()) return fmt::format("FAILED: {} of {} runs\n", failed_.size(), runs_);
    if (has_passed()) return "passed\n";
    return fmt::format("stopped: {} of {} runs were done, and none failed\n", runs_, wanted_);
}

std::string Scorecard::json() const {
    std::string faults;
    for (std::size_t i = 0; i < kFaults; ++i) {
        faults += fmt::format("{}{}:{}", i == 0 ? "" : ",",
                              json_text(name_of(static_cast<Fault>(i))), strikes_[i]);
    }
    std::string outcomes;
    for (const auto& [kind, count] : outcomes_)
        outcomes += fmt::format("{}{}:{}", outcomes.empty() ? "" : ",", json_text(kind), count);
    std::string failed;
    for (const FailedRun& run : failed_) {
        failed +=
            fmt::format("{}{{\"seed\":{},\"again\":{},\"faults\":{}}}", failed.empty() ? "" : ",",
                        run.seed, json_text(command_for(run.seed)), json_list(run.faults));
    }
    return fmt::format(
        "{{\"v\":1,\"type\":\"scorecard\",\"passed\":{},\"seed\":{},\"runs\":{},\"wanted\":{},"
        "\"jobs\":{},"
        "\"seconds\":{:.3f},\"struck\":{{{}}},\"not_struck\":{},\"attempts\":{{{}}},\"lost\":{},"
        "\"twice\":{},\"wrong\":{},\"needlessly_lost\":{},\"failed\":[{}]}}\n",
        has_passed(), seed_, runs_, wanted_, jobs_, seconds(took_), faults, json_list(not_struck_),
        outcomes, lost_, twice_, wrong_, needless_, failed);
}

}  // namespace remuda::selftest
