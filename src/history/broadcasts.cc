// SPDX-License-Identifier: MIT
#include "history/broadcasts.h"

#include "history/outcome_columns.h"
#include "history/schema.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remuda::history {
namespace {

struct Run {
    DeadRuns::Run identity;
    bool stops_at_failure = false;
    std::optional<RunId> resumes;
    bool has_ended = false;
};
using Runs = std::map<RunId, Run>;

Result<Runs> broadcasts_of(Database& database, const std::string& queue, RunId own) {
    auto rows = database.prepare(
        "SELECT id, machine, boot, first_job, stops_at_failure, resumes, ending FROM runs"
        " WHERE mode = 'broadcast' AND queue = ? AND id != ?");
    if (!rows) return rows.error();
    rows->bind(1, queue).bind(2, own.value);
    Runs runs;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return runs;
        const RunId id{rows->number(0)};
        Run run;
        run.identity = {id, rows->text(1), rows->text(2), rows->number(3)};
        run.stops_at_failure = rows->integer(4) != 0;
        if (!rows->is_null(5)) run.resumes = RunId{rows->number(5)};
        run.has_ended = !rows->is_null(6);
        runs.emplace(id, std::move(run));
    }
}

/// From the run that began the broadcast to `last`, which resumed it last.
std::vector<const Run*> chain_to(const Runs& runs, RunId last) {
    std::vector<const Run*> chain;
    for (auto at = runs.find(last); at != runs.end();) {
        chain.push_back(&at->second);
        // What it resumes is older; anything else would be damage, and without end.
        const std::optional<RunId> before = at->second.resumes;
        at = before && *before < at->first ? runs.find(*before) : runs.end();
    }
    std::ranges::reverse(chain);
    return chain;
}

/// What became of the jobs of a chain of runs.
class Account {
  public:
    Account(Database& database, std::string boot) : database_(database), boot_(std::move(boot)) {}

    [[nodiscard]] Result<void> add(const Run& run);
    [[nodiscard]] std::vector<BroadcastJob> take_jobs() { return std::move(jobs_); }

  private:
    [[nodiscard]] Result<std::vector<std::string>> nodes_of(RunId run);
    [[nodiscard]] Result<void> add_attempts(Statement& rows, std::uint64_t number,
                                            const std::vector<std::string>& labels,
                                            BroadcastJob& job);

    Database& database_;
    std::string boot_;
    std::vector<BroadcastJob> jobs_;
    /// Where in `jobs_` the job that was claimed with this key is.
    std::unordered_map<JobKey, std::size_t> places_;
};

Result<void> Account::add(const Run& run) {
    const RunId id = run.identity.id;
    const auto labels = nodes_of(id);
    if (!labels) return labels.error();
    auto attempts = database_.prepare(
        "SELECT node, kind, code, reason FROM attempts WHERE job = ? ORDER BY attempt");
    if (!attempts) return attempts.error();
    // 2: back in the queue; 5: for no node.
    auto rows = database_.prepare(
        "SELECT number, state, resumes, text FROM jobs"
        " WHERE number > ? AND run = ? AND state != 2 AND state != 5 ORDER BY number");
    if (!rows) return rows.error();
    rows->bind(1, run.identity.first_job).bind(2, id.value);
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        const std::uint64_t number = rows->number(0);
        const auto state = static_cast<JobState>(rows->integer(1));
        const auto origin =
            rows->is_null(2) ? places_.end() : places_.find(JobKey{rows->number(2)});
        BroadcastJob* job = nullptr;
        if (origin != places_.end()) {
            job = &jobs_[origin->second];
        } else {
            places_[JobKey{number}] = jobs_.size();
            job = &jobs_.emplace_back(BroadcastJob{JobKey{number}, rows->text(3), {}});
            // After a fall of the machine, starts may be missing.
            const bool is_sure = state != JobState::lost_with_machine &&
                                 (state != JobState::claimed || run.identity.boot == boot_);
            for (const std::string& label : *labels) {
                job->nodes.push_back({label, std::nullopt});
                if (is_sure) job->nodes.back().outcome = model::NeverStarted{"no attempt"};
            }
        }
        if (auto added = add_attempts(*attempts, number, *labels, *job); !added) return added;
    }
}

Result<std::vector<std::string>> Account::nodes_of(RunId run) {
    auto rows = database_.prepare("SELECT label FROM nodes WHERE run = ? ORDER BY node");
    if (!rows) return rows.error();
    rows->bind(1, run.value);
    std::vector<std::string> labels;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return labels;
        labels.push_back(rows->text(0));
    }
}

Result<void> Account::add_attempts(Statement& rows, std::uint64_t number,
                                   const std::vector<std::string>& labels, BroadcastJob& job) {
    rows.reset();
    rows.bind(1, number);
    // Labels are in the same order in most jobs, so the place of the one before is a good guess.
    std::size_t guess = 0;
    for (;;) {
        const auto row = rows.step();
        if (!row) return row.error();
        if (!*row) return {};
        const auto node = static_cast<std::size_t>(rows.number(0));
        if (node >= labels.size()) continue;
        const std::string& label = labels[node];
        const bool is_guessed = guess < job.nodes.size() && job.nodes[guess].node == label;
        const auto found = is_guessed
                               ? job.nodes.begin() + static_cast<std::ptrdiff_t>(guess)
                               : std::ranges::find(job.nodes, label, &BroadcastJob::OnNode::node);
        if (found == job.nodes.end()) continue;
        found->outcome = read_outcome(rows, 1);
        guess = static_cast<std::size_t>(found - job.nodes.begin()) + 1;
    }
}

bool is_stopped(const Broadcast& broadcast) {
    return std::ranges::any_of(broadcast.jobs, [&](const BroadcastJob& job) {
        return std::ranges::any_of(job.nodes, [&](const BroadcastJob::OnNode& node) {
            return standing(node.outcome, broadcast.stops_at_failure) != Standing::done;
        });
    });
}

}  // namespace

Result<std::optional<Broadcast>> find_stopped_broadcast(Database& database, DeadRuns& dead_runs,
                                                        const std::string& queue, RunId own) {
    const auto runs = broadcasts_of(database, queue, own);
    if (!runs) return runs.error();
    std::set<RunId> resumed;
    for (const auto& [id, run] : *runs) {
        if (run.resumes) resumed.insert(*run.resumes);
    }
    for (auto at = runs->rbegin(); at != runs->rend(); ++at) {
        const auto& [id, run] = *at;
        if (resumed.contains(id)) continue;
        if (!run.has_ended) {
            const auto is_dead = dead_runs.hold(run.identity);
            if (!is_dead) return is_dead.error();
            if (!*is_dead) continue;
        }
        Account account(database, dead_runs.boot());
        for (const Run* part : chain_to(*runs, id)) {
            if (auto added = account.add(*part); !added) return added.error();
        }
        Broadcast broadcast{id, run.stops_at_failure, account.take_jobs()};
        if (is_stopped(broadcast)) return std::optional(std::move(broadcast));
    }
    return std::optional<Broadcast>();
}

}  // namespace remuda::history
