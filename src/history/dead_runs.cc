// SPDX-License-Identifier: MIT
#include "history/dead_runs.h"

#include "history/outcome_columns.h"
#include "history/schema.h"
#include "history/slots_column.h"
#include "remuda/base/passing.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace remuda::history {
namespace {

constexpr std::chrono::milliseconds kPause{20};
/// With the looks at the lock in between it makes 5 s.
constexpr std::chrono::milliseconds kPatience{4500};
/// What a killed process was just starting shares its files for as long as it takes to begin. But
/// mostly somebody else is settling the run.
constexpr std::chrono::milliseconds kPatienceWithHeirs{100};

}  // namespace

DeadRuns::DeadRuns(Database& database, std::string directory, FileSystem file_system, Pause pause)
    : database_(database),
      directory_(std::move(directory)),
      file_system_(file_system),
      boot_(boot_id()),
      machine_(machine_name()),
      pause_(std::move(pause)),
      patience_(kPatience),
      patience_with_heirs_(kPatienceWithHeirs) {
    if (!pause_) pause_ = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
}

Result<bool> DeadRuns::hold(const Run& run) {
    if (held_.contains(run.id)) return true;
    if (!file_system_.shares_locks && run.machine != machine_) return false;
    auto taken = take_lock(run);
    if (!taken) return taken.error();
    std::optional<RunLock>& lock = *taken;
    if (!lock) return false;
    // It may have ended, or been settled by somebody else, before we got the lock.
    const auto ended = has_ended(run.id);
    if (!ended) return ended.error();
    if (*ended) {
        lock->remove();
        return false;
    }
    held_.emplace(run.id, Held{std::move(*lock), std::nullopt});
    return true;
}

// Who starts remuda anew right after it was killed would find the old run alive, and nothing to do.
Result<std::optional<RunLock>> DeadRuns::take_lock(const Run& run) {
    const bool is_of_here = !boot_.empty() && run.boot == boot_ && run.machine == machine_;
    for (;;) {
        // Before the lock is tried: what closes its files in between leaves it free.
        const Passing passing = is_of_here ? passing_of(run.pid) : Passing::alive;
        auto lock = RunLock::try_take(directory_, run.id.value);
        if (!lock || *lock || passing == Passing::alive) return lock;
        std::chrono::milliseconds& patience =
            passing == Passing::dying ? patience_ : patience_with_heirs_;
        if (patience < kPause) return lock;
        patience -= kPause;
        pause_(kPause);
    }
}

Result<std::vector<LeftJob>> DeadRuns::jobs(const std::string& queue, RunId own) {
    const auto runs = unended(queue, own);
    if (!runs) return runs.error();
    std::vector<LeftJob> found;
    for (const Run& run : *runs) {
        const auto is_dead = hold(run);
        if (!is_dead) return is_dead.error();
        if (!*is_dead) continue;
        if (auto done = find_jobs(run, held_.at(run.id), found); !done) return done.error();
    }
    for (LeftJob& job : found) {
        job.was_started = job.has_ended;
        if (job.has_ended) continue;
        if (auto done = find_attempts(job); !done) return done.error();
    }
    return found;
}

void DeadRuns::settled(const LeftJob& job) {
    const auto held = held_.find(job.run);
    if (held == held_.end()) return;
    std::optional<std::set<JobKey>>& unsettled = held->second.unsettled;
    if (unsettled) unsettled->erase(job.key);
}

std::vector<RunId> DeadRuns::take_settled_runs() {
    std::vector<RunId> all;
    for (auto& [id, held] : held_) {
        if (held.is_told || !held.unsettled || !held.unsettled->empty()) continue;
        held.is_told = true;
        all.push_back(id);
    }
    return all;
}

void DeadRuns::buried(RunId run) {
    const auto held = held_.find(run);
    if (held == held_.end()) return;
    held->second.lock.remove();
    held_.erase(held);
}

Result<std::vector<DeadRuns::Run>> DeadRuns::unended(const std::string& queue, RunId own) {
    auto rows = database_.prepare(
        "SELECT id, machine, boot, pid, first_job, mode = 'queue' FROM runs"
        " WHERE ending IS NULL AND queue = ? AND id != ? ORDER BY id");
    if (!rows) return rows.error();
    rows->bind(1, queue).bind(2, own.value);
    std::vector<Run> runs;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return runs;
        runs.push_back({{rows->number(0)},
                        rows->text(1),
                        rows->text(2),
                        rows->integer(3),
                        rows->number(4),
                        rows->number(5) != 0});
    }
}

Result<bool> DeadRuns::has_ended(RunId run) {
    auto row = database_.prepare("SELECT 1 FROM runs WHERE id = ? AND ending IS NULL");
    if (!row) return row.error();
    row->bind(1, run.value);
    const auto found = row->step();
    if (!found) return found.error();
    return !*found;
}

Result<void> DeadRuns::find_jobs(const Run& run, Held& held, std::vector<LeftJob>& found) {
    // What was settled and is not committed yet is not left any more.
    const std::optional<std::set<JobKey>> known = held.unsettled;
    const bool has_rebooted = boot_.empty() || run.boot != boot_;
    std::set<JobKey> unsettled;
    auto rows = database_.prepare(
        "SELECT number, job, text, CASE WHEN mark IS NOT ? THEN mark ELSE"
        "  (SELECT mark FROM jobs AS before WHERE before.number < jobs.number AND before.mark IS "
        "NOT ?"
        "   ORDER BY before.number DESC LIMIT 1) END, resumes, state, cancelled_ms FROM jobs"
        " WHERE number > ? AND run = ? AND (state = 0 OR"
        "  state = ? AND resumes IS NULL AND retried_ms IS NULL)"
        " ORDER BY number");
    if (!rows) return rows.error();
    const JobState further = has_rebooted ? JobState::finished : JobState::claimed;
    rows->bind(1, kMarkAsBefore).bind(2, kMarkAsBefore).bind(3, run.first_job);
    rows->bind(4, run.id.value).bind(5, static_cast<std::int64_t>(further));
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        LeftJob job;
        job.key = {rows->number(0)};
        job.has_ended = static_cast<JobState>(rows->integer(5)) == JobState::finished;
        if (!job.has_ended && known && !known->contains(job.key)) continue;
        job.run = run.id;
        job.job = {rows->number(1)};
        job.text = rows->text(2);
        job.mark = rows->text(3);
        if (!rows->is_null(4)) job.resumes = JobKey{rows->number(4)};
        job.was_adopted = job.resumes.has_value() && run.is_queue;
        job.is_queue = run.is_queue;
        job.is_unwanted = !rows->is_null(6);
        job.has_rebooted = has_rebooted;
        if (!job.has_ended) unsettled.insert(job.key);
        found.push_back(std::move(job));
    }
    held.unsettled = std::move(unsettled);
    return {};
}

Result<void> DeadRuns::find_attempts(LeftJob& job) {
    // 4 and 6: nothing of them ran.
    auto rows = database_.prepare(
        "SELECT kind, code, reason,"
        " (SELECT label FROM nodes WHERE run = ?1 AND nodes.node = attempts.node),"
        " command, attempt, slots, key, boot, epoch, started_ms"
        " FROM attempts LEFT JOIN keepers ON run = ?1 AND keepers.keeper = attempts.keeper"
        " WHERE job = ?2 AND kind IS NOT 4 AND kind IS NOT 6 ORDER BY attempt");
    if (!rows) return rows.error();
    rows->bind(1, job.run.value).bind(2, job.key.value);
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        job.was_started = true;
        ++job.tries;
        if (auto outcome = read_outcome(*rows, 0)) {
            job.ended = EndedAttempt{rows->text(3),
                                     rows->text(4),
                                     {rows->number(5)},
                                     std::move(*outcome),
                                     rows->is_null(7) ? std::string() : rows->text(7)};
            continue;
        }
        OpenAttempt& open = job.open.emplace_back();
        open.node = rows->text(3);
        open.command = rows->text(4);
        open.attempt = {rows->number(5)};
        open.slots = slots_of_text(rows->text(6));
        open.started_ms = rows->integer(10);
        if (!rows->is_null(7)) open.durable = {rows->text(7), rows->text(8), rows->text(9)};
    }
    return job.was_adopted && job.tries > 0 ? count_earlier_tries(job) : Result<void>();
}

// Its first attempt is the last one of the job that it goes on with.
Result<void> DeadRuns::count_earlier_tries(LeftJob& job) {
    std::optional<JobKey> earlier = job.resumes;
    while (earlier) {
        auto row = database_.prepare(
            "SELECT resumes, (SELECT count(*) FROM attempts WHERE job = ?1 AND kind IS NOT 4"
            " AND kind IS NOT 6) FROM jobs WHERE number = ?1");
        if (!row) return row.error();
        row->bind(1, earlier->value);
        const auto found = row->step();
        if (!found) return found.error();
        // Runs are forgotten when they are old.
        if (!*found) return {};
        job.tries += std::max(0, static_cast<int>(row->integer(1)) - 1);
        earlier = row->is_null(0) ? std::nullopt : std::optional(JobKey{row->number(0)});
    }
    return {};
}

}  // namespace remuda::history
