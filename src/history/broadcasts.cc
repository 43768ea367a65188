// SPDX-License-Identifier: MIT
#include "history/broadcasts.h"

#include "history/outcome_columns.h"
#include "history/schema.h"

#include <algorithm>
#include <cstddef>
#include <limits>
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
        "SELECT id, machine, boot, pid, first_job, stops_at_failure, resumes, ending FROM runs"
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
        run.identity = {id, rows->text(1), rows->text(2), rows->integer(3), rows->number(4)};
        run.stops_at_failure = rows->integer(5) != 0;
        if (!rows->is_null(6)) run.resumes = RunId{rows->number(6)};
        run.has_ended = !rows->is_null(7);
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
    struct Node {
        std::string label;
        std::uint64_t since = 0;
        std::uint64_t until = 0;
    };
    [[nodiscard]] Result<std::vector<Node>> nodes_of(RunId run);
    /// Whether nothing of it was ever started.
    [[nodiscard]] Result<bool> add_attempts(Statement& rows, std::uint64_t number,
                                            const std::vector<Node>& nodes, BroadcastJob& job);

    Database& database_;
    std::string boot_;
    std::vector<BroadcastJob> jobs_;
    /// Where in `jobs_` the job that was claimed with this key is.
    std::unordered_map<JobKey, std::size_t> places_;
};

Result<void> Account::add(const Run& run) {
    const RunId id = run.identity.id;
    const auto nodes = nodes_of(id);
    if (!nodes) return nodes.error();
    auto attempts = database_.prepare(
        "SELECT node, kind, code, reason FROM attempts WHERE job = ? ORDER BY attempt");
    if (!attempts) return attempts.error();
    // 2: back in the queue; 5: for no node.
    auto rows = database_.prepare(
        "SELECT number, job, state, resumes, text FROM jobs"
        " WHERE number > ? AND run = ? AND state != 2 AND state != 5 ORDER BY number");
    if (!rows) return rows.error();
    rows->bind(1, run.identity.first_job).bind(2, id.value);
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return {};
        const std::uint64_t number = rows->number(0);
        const auto origin =
            rows->is_null(3) ? places_.end() : places_.find(JobKey{rows->number(3)});
        if (origin != places_.end()) {
            const auto added = add_attempts(*attempts, number, *nodes, jobs_[origin->second]);
            if (!added) return added.error();
            continue;
        }
        const auto state = static_cast<JobState>(rows->integer(2));
        const bool is_claimed = state == JobState::claimed;
        // After a fall of the machine, starts may be missing.
        const bool is_sure =
            state != JobState::lost_with_machine && (!is_claimed || run.identity.boot == boot_);
        BroadcastJob job{JobKey{number}, rows->text(4), {}};
        for (const Node& node : *nodes) {
            const std::uint64_t job_id = rows->number(1);
            if (job_id <= node.since || job_id > node.until) continue;
            job.nodes.push_back({node.label, std::nullopt});
            if (is_sure) job.nodes.back().outcome = model::NeverStarted{"no attempt"};
        }
        const auto is_untouched = add_attempts(*attempts, number, *nodes, job);
        if (!is_untouched) return is_untouched.error();
        // It is to be put back into the queue.
        if (is_claimed && is_sure && *is_untouched) continue;
        places_[job.key] = jobs_.size();
        jobs_.push_back(std::move(job));
    }
}

Result<std::vector<Account::Node>> Account::nodes_of(RunId run) {
    auto rows =
        database_.prepare("SELECT label, since, until FROM nodes WHERE run = ? ORDER BY node");
    if (!rows) return rows.error();
    rows->bind(1, run.value);
    std::vector<Node> nodes;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return nodes;
        const std::uint64_t until =
            rows->is_null(2) ? std::numeric_limits<std::uint64_t>::max() : rows->number(2);
        nodes.push_back({rows->text(0), rows->number(1), until});
    }
}

Result<bool> Account::add_attempts(Statement& rows, std::uint64_t number,
                                   const std::vector<Node>& nodes, BroadcastJob& job) {
    rows.reset();
    rows.bind(1, number);
    bool is_untouched = true;
    // Nodes are in the same order in most jobs: the one behind the last is a good guess.
    std::size_t guess = 0;
    for (;;) {
        const auto row = rows.step();
        if (!row) return row.error();
        if (!*row) return is_untouched;
        const auto node = static_cast<std::size_t>(rows.number(0));
        if (node >= nodes.size()) continue;
        const std::string& label = nodes[node].label;
        if (guess >= job.nodes.size() || job.nodes[guess].node != label) {
            const auto found = std::ranges::find(job.nodes, label, &BroadcastJob::OnNode::node);
            guess = static_cast<std::size_t>(found - job.nodes.begin());
        }
        // It joined with this very job.
        if (guess == job.nodes.size()) job.nodes.push_back({label, std::nullopt});
        job.nodes[guess].outcome = read_outcome(rows, 1);
        const auto& outcome = job.nodes[guess].outcome;
        if (!outcome || !std::holds_alternative<model::NeverStarted>(*outcome)) {
            is_untouched = false;
        }
        ++guess;
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
