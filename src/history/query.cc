// SPDX-License-Identifier: MIT
#include "remuda/history/query.h"

#include "history/liveness.h"
#include "history/outcome_columns.h"
#include "history/schema.h"
#include "history/slots_column.h"
#include "history/sqlite.h"
#include "history/state_directory.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <fnmatch.h>
#include <unistd.h>

namespace remuda::history {
namespace {

constexpr int kPatienceMs = 5000;
constexpr std::size_t kBatch = 256;

using Order = Query::Order;

struct KnownRun {
    RunRecord::Life life = RunRecord::Life::ended;
    bool is_broadcast = false;
    std::string queue;
    bool has_rebooted = false;
};

std::optional<std::int64_t> optional_integer(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

/// From ten columns that begin with wall_us.
EndFacts facts_of(const Statement& row, int column) {
    EndFacts facts;
    if (!row.is_null(column)) {
        using std::chrono::microseconds;
        facts.usage =
            model::Usage{microseconds(row.integer(column)), microseconds(row.integer(column + 1)),
                         microseconds(row.integer(column + 2)), row.number(column + 3)};
    }
    if (!row.is_null(column + 4)) facts.out_length = row.number(column + 4);
    if (!row.is_null(column + 5)) facts.err_length = row.number(column + 5);
    return facts;
}

/// Of all nodes, as JobRecord::outcome says.
std::optional<model::Outcome> outcome_on_nodes(const std::vector<AttemptRecord>& attempts) {
    std::map<std::string, const AttemptRecord*> last;
    std::vector<std::string> order;
    for (const AttemptRecord& attempt : attempts) {
        if (attempt.is_refused) continue;
        if (last.insert_or_assign(attempt.node, &attempt).second) order.push_back(attempt.node);
    }
    std::optional<model::Outcome> first;
    for (const std::string& node : order) {
        const auto& outcome = last.at(node)->outcome;
        if (outcome && !model::is_success(*outcome)) return outcome;
        if (!first) first = outcome;
    }
    return first;
}

bool is_open(const AttemptRecord& attempt) {
    return !attempt.outcome.has_value();
}

/// What decides a job's stage besides its attempts.
struct JobColumns {
    JobState state = JobState::claimed;
    std::string reason;
};

void judge(JobRecord& job, const JobColumns& columns, const KnownRun& run) {
    using Stage = JobRecord::Stage;
    switch (columns.state) {
        case JobState::withdrawn:
            job.stage = Stage::given_back;
            return;
        case JobState::handed_on:
            job.stage = Stage::handed_on;
            return;
        case JobState::rejected:
            job.stage = Stage::ended;
            job.outcome = model::NeverStarted{columns.reason};
            return;
        case JobState::lost:
        case JobState::lost_with_machine:
            job.stage = Stage::ended;
            job.outcome = outcome_on_nodes(job.attempts);
            if (!job.outcome || model::is_success(*job.outcome)) {
                job.outcome = model::Lost{"the machine went down when it was to be started"};
            }
            return;
        case JobState::finished:
            job.stage = Stage::ended;
            break;
        case JobState::claimed:
            if (run.life == RunRecord::Life::left) {
                job.stage = Stage::left;
            } else if (run.life != RunRecord::Life::alive) {
                job.stage = Stage::unsettled;
            } else if (std::ranges::any_of(job.attempts, is_open)) {
                job.stage = Stage::running;
            } else {
                job.stage = Stage::taken;
            }
            return;
    }
    if (run.is_broadcast) {
        job.outcome = outcome_on_nodes(job.attempts);
    } else if (!job.attempts.empty()) {
        job.outcome = job.attempts.back().outcome;
    }
    if (!job.outcome) job.outcome = model::NeverStarted{"no attempt"};
}

bool matches(const JobRecord& job, const JobFilter& filter) {
    if (filter.stage && job.stage != *filter.stage) return false;
    const bool has_moved =
        job.stage == JobRecord::Stage::given_back || job.stage == JobRecord::Stage::handed_on;
    if (has_moved && !filter.with_moved && !filter.stage) return false;
    if (filter.failed && !has_failed(job)) return false;
    const auto any = [&](const auto& holds) { return std::ranges::any_of(job.attempts, holds); };
    if (!filter.node.empty() && !any([&](const AttemptRecord& attempt) {
            return ::fnmatch(filter.node.c_str(), attempt.node.c_str(), 0) == 0;
        })) {
        return false;
    }
    return filter.contains.empty() || job.text.find(filter.contains) != std::string::npos ||
           any([&](const AttemptRecord& attempt) {
               return attempt.command.find(filter.contains) != std::string::npos;
           });
}

/// What SQLite itself can look for.
std::string conditions_of(const JobFilter& filter) {
    std::string sql = "1";
    if (!filter.numbers.empty()) {
        std::vector<std::string> ranges;
        ranges.reserve(filter.numbers.size());
        for (const auto& [first, last] : filter.numbers)
            ranges.push_back(fmt::format("number BETWEEN {} AND {}", first, last));
        sql += fmt::format(" AND ({})", fmt::join(ranges, " OR "));
    }
    if (filter.run) {
        // What belongs to a run lies behind its first job: there is no index.
        sql +=
            fmt::format(" AND run = {0} AND number > (SELECT first_job FROM runs WHERE id = {0})",
                        filter.run->value);
    }
    if (filter.since_ms) sql += fmt::format(" AND claimed_ms >= {}", *filter.since_ms);
    if (!filter.queue.empty()) sql += " AND run IN (SELECT id FROM runs WHERE queue = ?1)";
    return sql;
}

}  // namespace

bool has_failed(const JobRecord& job) {
    return job.stage == JobRecord::Stage::ended && job.outcome && !model::is_success(*job.outcome);
}

struct Query::Impl {
    /// The columns of `row` from `column` on: machine, ended_ms, ending.
    [[nodiscard]] Result<RunRecord::Life> life_of(RunId run, const Statement& row,
                                                  int column) const;
    [[nodiscard]] Result<void> know_unended();
    [[nodiscard]] Result<KnownRun> known(RunId run);
    /// Those behind `last` (which is not among them), at most kBatch of the store's.
    [[nodiscard]] Result<std::size_t> read_batch(const JobFilter& filter, Order order,
                                                 std::optional<std::uint64_t>& last,
                                                 std::vector<JobRecord>& found);
    [[nodiscard]] Result<void> add_attempts(JobRecord& job);

    std::string directory;
    FileSystem file_system;
    std::string boot = boot_id();
    std::unique_ptr<Database> database;
    Statement attempts;
    std::map<RunId, KnownRun> runs;
};

Query::Query(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Query::~Query() = default;

Result<std::unique_ptr<Query>> Query::open(const std::string& directory) {
    const std::string path = directory + "/state.db";
    if (::access(path.c_str(), F_OK) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return Error(Code::not_found, fmt::format("{}: nothing was recorded yet", path));
        }
        return sys_error("cannot read " + path);
    }
    auto database = Database::open(path, kPatienceMs);
    if (!database) return database.error();
    if (auto updated = migrate(**database, path); !updated) return updated.error();
    if (auto set = (*database)->execute("PRAGMA query_only = ON"); !set) return set.error();
    auto impl = std::make_unique<Impl>();
    impl->directory = directory;
    impl->file_system = file_system_of(directory);
    impl->database = std::move(*database);
    auto attempts = impl->database->prepare(
        "SELECT attempt, (SELECT label FROM nodes WHERE run = ?2 AND nodes.node = attempts.node),"
        " command, slots, started_ms, ended_ms, kind, code, reason, key,"
        " wall_us, user_us, system_us, memory_kb, out_length, err_length"
        " FROM attempts WHERE job = ?1 ORDER BY attempt");
    if (!attempts) return attempts.error();
    impl->attempts = std::move(*attempts);
    return std::unique_ptr<Query>(new Query(std::move(impl)));
}

Result<RunRecord::Life> Query::Impl::life_of(RunId run, const Statement& row, int column) const {
    using Life = RunRecord::Life;
    if (const auto ending = optional_integer(row, column + 2)) {
        return *ending == 0 ? Life::ended : Life::killed;
    }
    if (!row.is_null(column + 1)) return Life::left;
    // As DeadRuns sees it.
    if (!file_system.shares_locks && row.text(column) != machine_name()) return Life::alive;
    const auto alive = RunLock::is_held(directory + "/runs", run.value);
    if (!alive) return alive.error();
    return *alive ? Life::alive : Life::unsettled;
}

// Before their jobs are read: a run that ends meanwhile has brought its jobs to an end first.
Result<void> Query::Impl::know_unended() {
    runs.clear();
    auto rows = database->prepare("SELECT id FROM runs WHERE ending IS NULL");
    if (!rows) return rows.error();
    std::vector<RunId> unended;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        unended.push_back({rows->number(0)});
    }
    for (const RunId run : unended) {
        if (const auto looked = known(run); !looked) return looked.error();
    }
    return {};
}

Result<KnownRun> Query::Impl::known(RunId run) {
    if (const auto found = runs.find(run); found != runs.end()) return found->second;
    auto row = database->prepare(
        "SELECT machine, ended_ms, ending, mode, queue, boot FROM runs WHERE id = ?");
    if (!row) return row.error();
    row->bind(1, run.value);
    const auto is_there = row->step();
    if (!is_there) return is_there.error();
    KnownRun known;
    if (*is_there) {
        const auto life = life_of(run, *row, 0);
        if (!life) return life.error();
        known = {*life, row->text(3) == "broadcast", row->text(4),
                 boot.empty() || row->text(5) != boot};
    }
    return runs[run] = known;
}

Result<void> Query::Impl::add_attempts(JobRecord& job) {
    attempts.reset();
    attempts.bind(1, job.key.value).bind(2, job.run.value);
    for (;;) {
        const auto row = attempts.step();
        if (!row) return row.error();
        if (!*row) break;
        AttemptRecord& attempt = job.attempts.emplace_back();
        attempt.attempt = {attempts.number(0)};
        attempt.node = attempts.text(1);
        attempt.command = attempts.text(2);
        attempt.slots = slots_of_text(attempts.text(3));
        attempt.started_ms = attempts.integer(4);
        attempt.ended_ms = optional_integer(attempts, 5);
        attempt.outcome = read_outcome(attempts, 6);
        attempt.is_refused = attempts.integer(6) == static_cast<std::int64_t>(AttemptKind::refused);
        attempt.key = attempts.text(9);
        attempt.facts = facts_of(attempts, 10);
    }
    attempts.reset();
    return {};
}

Result<std::vector<RunRecord>> Query::runs() {
    auto rows = impl_->database->prepare(
        "SELECT id, queue, mode, version, pid, began_ms, machine, ended_ms, ending FROM runs"
        " ORDER BY id DESC");
    if (!rows) return rows.error();
    std::vector<RunRecord> runs;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return runs;
        RunRecord& run = runs.emplace_back();
        run.id = {rows->number(0)};
        run.queue = rows->text(1);
        run.mode = rows->text(2);
        run.version = rows->text(3);
        run.pid = rows->number(4);
        run.began_ms = rows->integer(5);
        run.machine = rows->text(6);
        run.ended_ms = optional_integer(*rows, 7);
        const auto life = impl_->life_of(run.id, *rows, 6);
        if (!life) return life.error();
        run.life = *life;
    }
}

Result<std::optional<RunId>> Query::last_run(const std::string& queue) {
    // 2: given back.
    auto row = impl_->database->prepare(
        "SELECT run FROM jobs WHERE state != 2 AND run IN (SELECT id FROM runs WHERE queue = ?)"
        " ORDER BY number DESC LIMIT 1");
    if (!row) return row.error();
    row->bind(1, queue);
    const auto found = row->step();
    if (!found) return found.error();
    if (!*found) return std::optional<RunId>();
    return std::optional(RunId{row->number(0)});
}

Result<std::size_t> Query::Impl::read_batch(const JobFilter& filter, Order order,
                                            std::optional<std::uint64_t>& last,
                                            std::vector<JobRecord>& found) {
    const bool is_forward = order == Order::oldest_first;
    auto rows = database->prepare(
        fmt::format("SELECT number, run, job, state, claimed_ms, resumes, reason, text, retried_ms,"
                    " cancelled_ms"
                    " FROM jobs WHERE {}{} ORDER BY number {} LIMIT {}",
                    conditions_of(filter),
                    last ? fmt::format(" AND number {} {}", is_forward ? '>' : '<', *last) : "",
                    is_forward ? "" : "DESC", kBatch));
    if (!rows) return rows.error();
    if (!filter.queue.empty()) rows->bind(1, filter.queue);
    for (std::size_t count = 0;; ++count) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return count;
        last = rows->number(0);
        JobRecord job;
        job.key = {rows->number(0)};
        job.run = {rows->number(1)};
        job.job = {rows->number(2)};
        job.claimed_ms = rows->integer(4);
        if (!rows->is_null(5)) job.resumes = JobKey{rows->number(5)};
        job.text = rows->text(7);
        job.is_unwanted = !rows->is_null(9);
        if (const auto retried = optional_integer(*rows, 8)) {
            job.may_be_put_back = *retried < 0;
            job.retried_ms = std::abs(*retried);
        }
        if (auto added = add_attempts(job); !added) return added.error();
        const auto run = known(job.run);
        if (!run) return run.error();
        job.queue = run->queue;
        job.has_rebooted = run->has_rebooted;
        job.is_broadcast = run->is_broadcast;
        judge(job, {static_cast<JobState>(rows->integer(3)), rows->text(6)}, *run);
        if (matches(job, filter)) found.push_back(std::move(job));
    }
}

// In batches, so that whoever takes long to visit does not keep the log of the store from being
// emptied.
Result<void> Query::each_job(const JobFilter& filter, Order order,
                             const std::function<bool(JobRecord&)>& visit) {
    if (auto done = impl_->know_unended(); !done) return done;
    std::optional<std::uint64_t> last;
    for (;;) {
        std::vector<JobRecord> found;
        const auto count = impl_->read_batch(filter, order, last, found);
        if (!count) return count.error();
        for (JobRecord& job : found) {
            if (!visit(job)) return {};
        }
        if (*count < kBatch) return {};
    }
}

Result<std::vector<JobRecord>> Query::last_jobs(const JobFilter& filter, std::size_t most) {
    std::vector<JobRecord> jobs;
    if (most == 0) return jobs;
    auto done = each_job(filter, Order::newest_first, [&](JobRecord& job) {
        jobs.push_back(std::move(job));
        return jobs.size() < most;
    });
    if (!done) return done.error();
    std::ranges::reverse(jobs);
    return jobs;
}

Result<std::optional<JobKey>> Query::taken_again(const JobRecord& job) {
    std::optional<JobKey> again;
    if (!job.retried_ms) return again;
    // 2: given back.
    auto row = impl_->database->prepare(
        "SELECT number FROM jobs WHERE number > ? AND claimed_ms >= ? AND state != 2"
        " AND resumes IS NULL AND text = ? AND run IN (SELECT id FROM runs WHERE queue = ?)"
        " ORDER BY number LIMIT 1");
    if (!row) return row.error();
    row->bind(1, job.key.value).bind(2, *job.retried_ms).bind(3, job.text).bind(4, job.queue);
    const auto found = row->step();
    if (!found) return found.error();
    if (*found) again = JobKey{row->number(0)};
    return again;
}

Result<std::optional<JobRecord>> Query::job(JobKey key) {
    std::optional<JobRecord> found;
    JobFilter filter;
    filter.numbers = {{key.value, key.value}};
    filter.with_moved = true;
    auto done = each_job(filter, Order::oldest_first, [&](JobRecord& job) {
        found = std::move(job);
        return false;
    });
    if (!done) return done.error();
    if (!found || found->stage != JobRecord::Stage::handed_on) return found;
    auto next =
        impl_->database->prepare("SELECT number FROM jobs WHERE number > ?1 AND resumes = ?1");
    if (!next) return next.error();
    const auto row = next->bind(1, key.value).step();
    if (!row) return row.error();
    if (*row) found->goes_on_as = JobKey{next->number(0)};
    return found;
}

}  // namespace remuda::history
