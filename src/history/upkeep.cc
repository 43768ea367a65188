// SPDX-License-Identifier: MIT
#include "remuda/history/upkeep.h"

#include "history/schema.h"
#include "history/sqlite.h"
#include "remuda/base/fd.h"
#include "remuda/history/log_files.h"

#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

namespace remuda::history {
namespace {

constexpr int kPatienceMs = 5000;

Result<std::unique_ptr<Database>> open_store(const std::string& state_directory) {
    const std::string path = state_directory + "/state.db";
    auto database = Database::open(path, kPatienceMs);
    if (!database) return database.error();
    if (auto updated = migrate(**database, path); !updated) return updated.error();
    return database;
}

Result<void> run_for_each(Database& database, std::string_view sql, std::int64_t first,
                          const std::vector<JobKey>& jobs) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    for (const JobKey job : jobs) {
        if (auto done = statement->bind(1, first).bind(2, job.value).run(); !done) return done;
    }
    return {};
}

/// What `retry_jobs` changes of a job.
struct RetryMarks {
    JobKey job;
    std::int64_t is_excused = 0;
    std::optional<std::int64_t> retried_ms;
};

Result<std::vector<RetryMarks>> marks_of(Database& database, const std::vector<JobKey>& jobs) {
    std::vector<RetryMarks> all;
    auto row = database.prepare("SELECT is_excused, retried_ms FROM jobs WHERE number = ?");
    if (!row) return row.error();
    for (const JobKey job : jobs) {
        const auto found = row->bind(1, job.value).step();
        if (!found) return found.error();
        if (*found) {
            RetryMarks& marks = all.emplace_back(RetryMarks{job, row->integer(0), {}});
            if (!row->is_null(1)) marks.retried_ms = row->integer(1);
        }
        row->reset();
    }
    return all;
}

Result<void> restore(Database& database, const std::vector<RetryMarks>& all) {
    auto update =
        database.prepare("UPDATE jobs SET is_excused = ?, retried_ms = ? WHERE number = ?");
    if (!update) return update.error();
    for (const RetryMarks& marks : all) {
        update->bind(1, marks.is_excused);
        if (marks.retried_ms) {
            update->bind(2, *marks.retried_ms);
        } else {
            update->bind_null(2);
        }
        if (auto done = update->bind(3, marks.job.value).run(); !done) return done;
    }
    return {};
}

Result<void> touch(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::futimens(fd.number(), nullptr) != 0) return sys_error("cannot write " + path);
    return {};
}

struct OldRun {
    RunId id;
    std::optional<RunId> resumes;
    bool is_old = false;
};

Result<std::vector<OldRun>> runs_newest_first(Database& database, std::int64_t before_ms) {
    auto rows = database.prepare(
        "SELECT id, resumes, ending IS NOT NULL AND ended_ms < ? FROM runs ORDER BY id DESC");
    if (!rows) return rows.error();
    rows->bind(1, before_ms);
    std::vector<OldRun> runs;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) return runs;
        OldRun& run = runs.emplace_back(OldRun{{rows->number(0)}, {}, rows->integer(2) != 0});
        if (!rows->is_null(1)) run.resumes = RunId{rows->number(1)};
    }
}

/// Numbers are not given anew while the greatest ones stay.
Result<std::vector<RunId>> to_forget(Database& database, std::int64_t before_ms) {
    const auto runs = runs_newest_first(database, before_ms);
    if (!runs) return runs.error();
    const auto last = database.integer("SELECT run FROM jobs ORDER BY number DESC LIMIT 1");
    if (!last) return last.error();
    std::set<RunId> needed{RunId{static_cast<std::uint64_t>(*last)}};
    if (!runs->empty()) needed.insert(runs->front().id);
    std::vector<RunId> all;
    for (const OldRun& run : *runs) {
        if (run.is_old && !needed.contains(run.id)) {
            all.push_back(run.id);
        } else if (run.resumes) {
            needed.insert(*run.resumes);
        }
    }
    return all;
}

}  // namespace

std::string requests_path(const std::string& state_directory) {
    return state_directory + "/requests";
}

Result<void> retry_jobs(const std::string& state_directory, const std::vector<JobKey>& jobs,
                        std::int64_t now_ms, const std::function<Result<void>()>& put_back) {
    auto opened = open_store(state_directory);
    if (!opened) return opened.error();
    Database& database = **opened;
    auto before = marks_of(database, jobs);
    if (!before) return before.error();
    const auto note = [&](std::int64_t moment) {
        return database.transact([&] {
            return run_for_each(database,
                                "UPDATE jobs SET is_excused = 1, retried_ms = ? WHERE number = ?",
                                moment, jobs);
        });
    };
    // As a claim: on the disk before the file is changed (what has not been told otherwise syncs
    // each commit).
    if (auto noted = note(-now_ms); !noted) return noted;
    if (auto done = put_back(); !done) {
        (void)database.transact([&] { return restore(database, *before); });
        return done;
    }
    // If that fails the file tells.
    (void)note(now_ms);
    return {};
}

Result<void> ask_to_cancel(const std::string& state_directory, const std::vector<JobKey>& jobs,
                           std::int64_t now_ms) {
    auto database = open_store(state_directory);
    if (!database) return database.error();
    auto asked = (*database)->transact([&] {
        auto noted = run_for_each(**database, "UPDATE jobs SET cancelled_ms = ?1 WHERE number = ?2",
                                  now_ms, jobs);
        if (!noted) return noted;
        return run_for_each(**database,
                            "INSERT INTO requests (job, run, asked_ms)"
                            " SELECT number, run, ?1 FROM jobs WHERE number = ?2",
                            now_ms, jobs);
    });
    return asked ? touch(requests_path(state_directory)) : asked;
}

Result<std::size_t> unanswered(const std::string& state_directory,
                               const std::vector<JobKey>& jobs) {
    auto database = open_store(state_directory);
    if (!database) return database.error();
    auto row = (*database)->prepare("SELECT count(*) FROM requests WHERE job = ?");
    if (!row) return row.error();
    std::size_t count = 0;
    for (const JobKey job : jobs) {
        const auto found = row->bind(1, job.value).step();
        if (!found) return found.error();
        if (row->integer(0) > 0) ++count;
        row->reset();
    }
    return count;
}

Result<Pruned> prune(const std::string& state_directory, std::int64_t before_ms) {
    auto database = open_store(state_directory);
    if (!database) return database.error();
    Pruned pruned;
    std::vector<RunId> runs;
    auto done = (*database)->transact([&]() -> Result<void> {
        auto found = to_forget(**database, before_ms);
        if (!found) return found.error();
        runs = std::move(*found);
        if (runs.empty()) return {};
        std::vector<std::uint64_t> numbers;
        numbers.reserve(runs.size());
        for (const RunId run : runs)
            numbers.push_back(run.value);
        const std::string list = fmt::format("({})", fmt::join(numbers, ","));
        const auto jobs = (*database)->integer("SELECT count(*) FROM jobs WHERE run IN " + list);
        if (!jobs) return jobs.error();
        pruned = {runs.size(), static_cast<std::size_t>(*jobs)};
        return (*database)->execute(fmt::format(
            "DELETE FROM attempts WHERE job IN (SELECT number FROM jobs WHERE run IN {0});"
            "DELETE FROM jobs WHERE run IN {0}; DELETE FROM nodes WHERE run IN {0};"
            "DELETE FROM keepers WHERE run IN {0}; DELETE FROM requests WHERE run IN {0};"
            "DELETE FROM runs WHERE id IN {0}",
            list));
    });
    if (!done) return done.error();
    for (const RunId run : runs)
        remove_logs(state_directory, run);
    return pruned;
}

}  // namespace remuda::history
