// SPDX-License-Identifier: MIT
#include "cli/earlier_jobs.h"

#include "cli/records.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using history::AttemptRecord;
using history::JobRecord;
using history::Query;
using history::RunRecord;

enum class Fate { goes_on, tried_again, back_in_queue, lost, kept };

struct Line {
    Fate fate = Fate::lost;
    std::string text;
};

bool may_have_run(const AttemptRecord& attempt) {
    return !attempt.is_refused &&
           !(attempt.outcome && std::holds_alternative<model::NeverStarted>(*attempt.outcome));
}

Fate fate_of(const JobRecord& job, bool is_queue, const model::Fleet& fleet) {
    const AttemptRecord* last = nullptr;
    history::LeftAttempts attempts;
    attempts.is_queue = is_queue;
    attempts.has_rebooted = job.has_rebooted;
    for (const AttemptRecord& attempt : job.attempts) {
        if (!may_have_run(attempt)) continue;
        last = &attempt;
        attempts.has_ended = attempts.has_ended || attempt.outcome;
        if (attempt.outcome) continue;
        ++attempts.open;
        attempts.is_durable = !attempt.key.empty();
    }
    if (last == nullptr) return job.has_rebooted ? Fate::lost : Fate::back_in_queue;
    const bool has_node = std::ranges::any_of(
        fleet.nodes, [&](const model::Node& node) { return node.label == last->node; });
    if (attempts.goes_on()) return has_node ? Fate::goes_on : Fate::kept;
    return attempts.is_owed_a_try() && has_node ? Fate::tried_again : Fate::lost;
}

std::string line_of(const output::ListedJob& job) {
    std::string text = fmt::format("  {:>6}  ", job.number);
    const bool has_attempt = !job.attempts.empty();
    if (has_attempt) text += sanitised(job.attempts.back().node, false) + ": ";
    const std::string& command = has_attempt ? job.attempts.back().command : job.command;
    return text + sanitised(command.substr(0, command.find('\n')), false) + "\n";
}

constexpr std::array<std::pair<Fate, std::string_view>, 5> kHeads{{
    {Fate::goes_on, "goes on with jobs of earlier runs"},
    {Fate::tried_again, "tries jobs of a killed run again"},
    {Fate::back_in_queue, "puts jobs of earlier runs back into the queue"},
    {Fate::lost, "reports jobs of a killed run as lost"},
    {Fate::kept, "leaves jobs of earlier runs to a later one, which has their nodes in its hosts"},
}};

}  // namespace

Result<std::string> earlier_jobs_text(const Options& options, const model::Fleet& fleet) {
    auto records = open_records(options);
    if (!records && records.error().code() == Code::not_found) return std::string();
    if (!records) return records.error();
    const auto runs = records->query->runs();
    if (!runs) return runs.error();
    std::vector<Line> lines;
    for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
        if (run->queue != records->queue) continue;
        if (run->life != RunRecord::Life::left && run->life != RunRecord::Life::unsettled) continue;
        history::JobFilter filter;
        filter.run = run->id;
        auto done =
            records->query->each_job(filter, Query::Order::oldest_first, [&](const JobRecord& job) {
                const bool is_left =
                    job.stage == JobRecord::Stage::left || job.stage == JobRecord::Stage::unsettled;
                if (is_left) {
                    lines.push_back({fate_of(job, run->mode == "queue", fleet),
                                     line_of(listed(job, records->directory))});
                }
                return true;
            });
        if (!done) return done.error();
    }
    std::string text;
    for (const auto& [fate, head] : kHeads) {
        const auto count = std::ranges::count(lines, fate, &Line::fate);
        if (count == 0) continue;
        text += fmt::format("{} ({}):\n", head, count);
        for (const Line& line : lines) {
            if (line.fate == fate) text += line.text;
        }
    }
    return text;
}

}  // namespace remuda::cli
