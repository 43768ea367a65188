// SPDX-License-Identifier: MIT
#include "remuda/history/store.h"

#include "history/broadcasts.h"
#include "history/dead_runs.h"
#include "history/file_identity.h"
#include "history/liveness.h"
#include "history/set_up.h"
#include "history/slots_column.h"
#include "history/sqlite.h"
#include "history/state_directory.h"
#include "history/taken_texts.h"
#include "history/writer.h"
#include "remuda/base/check.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

#include <unistd.h>

namespace remuda::history {
namespace {

constexpr int kPatienceMs = 5000;
/// While a run goes on, which stands still meanwhile.
constexpr int kPatienceInRunMs = 50;
constexpr std::int64_t kBetweenLooksMs = 1000;

}  // namespace

struct Store::Impl {
    Impl(std::unique_ptr<Database> opened, FileIdentity opened_file,
         const std::string& in_directory, FileSystem file_system, WallClock clock)
        : wall_clock(std::move(clock)),
          path(in_directory + "/state.db"),
          runs_directory(in_directory + "/runs"),
          file(std::move(opened_file)),
          database(std::move(opened)),
          taken(*database),
          dead_runs(*database, runs_directory, file_system),
          has_log(!file_system.is_remote) {}

    [[nodiscard]] Result<void> transact(const std::function<Result<void>()>& body);
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<void> commit(Safety wanted);
    [[nodiscard]] Result<void> check_is_there();
    [[nodiscard]] Result<void> insert_run(const RunInfo& info);
    void remove_lock() {
        if (lock) lock->remove();
        lock.reset();
    }
    void tell(Record record) {
        REMUDA_CHECK(lock);
        records.push_back(std::move(record));
    }
    [[nodiscard]] std::uint64_t number_of_node(const std::string& label);
    [[nodiscard]] std::uint64_t number_of_keeper(const model::Durable& durable);

    WallClock wall_clock;
    std::string store_id;
    std::string path;
    std::string runs_directory;
    /// The one that `database` has open.
    FileIdentity file;
    /// When it was found in its place last, by the wall clock.
    std::int64_t seen_at = 0;
    std::unique_ptr<Database> database;
    TakenTexts taken;
    std::unique_ptr<Writer> writer;
    DeadRuns dead_runs;

    OwnRun run;
    /// Held while our run goes on.
    std::optional<RunLock> lock;
    std::unordered_map<std::string, std::uint64_t> nodes;
    /// By boot id and epoch.
    std::map<std::pair<std::string, std::string>, std::uint64_t> keepers;
    model::JobId last_claim;
    /// Told and not committed.
    std::vector<Record> records;
    /// Commits do not wait for the disk.
    bool has_log;
    /// Something was committed that a loss of power could undo,
    bool has_unsynced = false;
    /// since the system could not write it,
    bool has_failed_sync = false;
    /// among it these claims.
    std::vector<model::JobId> unsynced_claims;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, WallClock wall_clock) {
    if (auto made = make_state_directory(directory); !made) return made.error();
    const std::string path = directory + "/state.db";
    auto database = Database::open(path, kPatienceMs);
    if (!database) return database.error();
    auto file = FileIdentity::of(path);
    if (!file) return file.error();
    const FileSystem file_system = file_system_of(directory);
    if (auto done = set_up(**database, path, file_system); !done) return done.error();
    auto impl = std::make_unique<Impl>(std::move(*database), std::move(*file), directory,
                                       file_system, std::move(wall_clock));
    auto writer = Writer::make(*impl->database, impl->taken);
    if (!writer) return writer.error();
    impl->writer = std::move(*writer);
    auto id = impl->database->text("SELECT value FROM meta WHERE name = 'store'");
    if (!id) return id.error();
    impl->store_id = std::move(*id);
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

const std::string& Store::store_id() const {
    return impl_->store_id;
}

Result<RunId> Store::begin_run(const RunInfo& info) {
    REMUDA_CHECK(!impl_->lock);
    auto begun = impl_->transact([&] { return impl_->insert_run(info); });
    if (!begun) {
        impl_->remove_lock();
        return begun.error();
    }
    impl_->database->set_patience(kPatienceInRunMs);
    return impl_->run.id;
}

Result<void> Store::Impl::insert_run(const RunInfo& info) {
    const auto last_job = database->integer("SELECT max(number) FROM jobs");
    if (!last_job) return last_job.error();
    auto insert = database->prepare(
        "INSERT INTO runs (queue, mode, version, stops_at_failure, resumes, first_job, machine,"
        " boot, pid, began_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    insert->bind(1, info.queue).bind(2, info.mode).bind(3, info.version);
    insert->bind(4, std::int64_t{info.stops_at_failure});
    if (info.resumes) {
        insert->bind(5, info.resumes->value);
    } else {
        insert->bind_null(5);
    }
    const std::string machine = machine_name();
    insert->bind(6, *last_job).bind(7, machine).bind(8, dead_runs.boot());
    insert->bind(9, std::int64_t{::getpid()}).bind(10, wall_clock());
    if (auto inserted = insert->run(); !inserted) return inserted;
    run = {{static_cast<std::uint64_t>(database->last_row())},
           info.queue,
           static_cast<std::uint64_t>(*last_job),
           info.mode == "queue"};
    // Before anybody can see the row: without the lock the run would look dead.
    auto locked = RunLock::try_take(runs_directory, run.id.value);
    if (!locked) return locked.error();
    lock = std::move(*locked);
    if (!lock) return Error(Code::locked, fmt::format("{}: locked", runs_directory));
    return {};
}

Result<void> Store::end_run() {
    REMUDA_CHECK(impl_->lock);
    if (auto done = commit(Safety::machine); !done) return done;
    const bool leaves_jobs = impl_->writer->has_open_jobs();
    auto ended = impl_->transact([&]() -> Result<void> {
        auto update = impl_->database->prepare(fmt::format(
            "UPDATE runs SET ended_ms = ?{} WHERE id = ?", leaves_jobs ? "" : ", ending = 0"));
        if (!update) return update.error();
        return update->bind(1, impl_->wall_clock()).bind(2, impl_->run.id.value).run();
    });
    if (ended) ended = impl_->sync();
    if (!ended) return ended;
    if (leaves_jobs) {
        impl_->lock.reset();
    } else {
        impl_->remove_lock();
    }
    return {};
}

void Store::node_of_run(const std::string& label) {
    (void)impl_->number_of_node(label);
}

std::uint64_t Store::Impl::number_of_node(const std::string& label) {
    const auto [found, is_new] = nodes.try_emplace(label, nodes.size());
    if (is_new) tell(NodeTold{found->second, label, last_claim});
    return found->second;
}

void Store::node_left(const std::string& label) {
    impl_->tell(NodeLeftTold{impl_->number_of_node(label), impl_->last_claim});
}

void Store::claimed(model::JobId job, std::string text, std::string mark,
                    std::optional<JobKey> resumes) {
    impl_->last_claim = std::max(impl_->last_claim, job);
    impl_->tell(ClaimTold{job, std::move(text), std::move(mark), impl_->wall_clock(), resumes});
}

void Store::withdrawn(model::JobId job) {
    impl_->tell(JobEndTold{job, JobState::withdrawn, {}});
}

std::uint64_t Store::Impl::number_of_keeper(const model::Durable& durable) {
    const auto [found, is_new] =
        keepers.try_emplace(std::pair(durable.boot, durable.epoch), keepers.size());
    if (is_new) tell(KeeperTold{found->second, durable.boot, durable.epoch});
    return found->second;
}

void Store::started(model::AttemptId attempt, model::JobId job, const std::string& node,
                    std::string command, const std::vector<int>& slots,
                    const std::optional<model::Durable>& durable) {
    StartTold told{attempt,
                   job,
                   impl_->number_of_node(node),
                   std::move(command),
                   impl_->wall_clock(),
                   text_of_slots(slots)};
    if (durable) {
        told.key = durable->key;
        told.keeper = impl_->number_of_keeper(*durable);
    }
    impl_->tell(std::move(told));
}

void Store::ended(model::AttemptId attempt, const model::Outcome& outcome, const EndFacts& facts) {
    impl_->tell(EndTold{attempt, outcome, facts, impl_->wall_clock()});
}

void Store::refused(model::AttemptId attempt) {
    impl_->tell(RefusalTold{attempt, impl_->wall_clock()});
}

void Store::finished(model::JobId job) {
    impl_->tell(JobEndTold{job, JobState::finished, {}});
}

void Store::rejected(model::JobId job, std::string reason) {
    impl_->tell(JobEndTold{job, JobState::rejected, std::move(reason)});
}

Result<void> Store::commit(Safety safety) {
    return impl_->commit(safety);
}

Result<void> Store::Impl::commit(Safety wanted) {
    for (const RunId id : dead_runs.take_settled_runs())
        records.push_back(BurialTold{id, wall_clock()});
    if (records.empty() && (wanted == Safety::process || !has_unsynced)) return {};
    if (wanted == Safety::machine) {
        if (auto checked = check_is_there(); !checked) return checked;
    }
    if (!records.empty()) {
        auto done = transact([&] { return writer->write(run, records); });
        if (!done) return done;
        writer->committed(records);
        for (const Record& record : records) {
            if (const auto* claim = std::get_if<ClaimTold>(&record)) {
                unsynced_claims.push_back(claim->job);
            } else if (const auto* burial = std::get_if<BurialTold>(&record)) {
                dead_runs.buried(burial->run);
            }
        }
        records.clear();
    }
    return wanted == Safety::machine ? sync() : Result<void>();
}

// SQLite goes on writing into a file that was removed, and all of it is gone with this process.
Result<void> Store::Impl::check_is_there() {
    const std::int64_t now = wall_clock();
    if (now >= seen_at && now < seen_at + kBetweenLooksMs) return {};
    if (file.is_gone()) {
        return Error(Code::system,
                     fmt::format("{}: it was moved away or removed while it was in use; put it "
                                 "back, or start again",
                                 path));
    }
    seen_at = now;
    return {};
}

Result<void> Store::Impl::transact(const std::function<Result<void>()>& body) {
    if (auto done = database->transact(body); !done) {
        taken.forget();
        return done;
    }
    has_unsynced = has_log;
    return {};
}

// The log is one file: a sync of it covers what was written before.
Result<void> Store::Impl::sync() {
    if (has_unsynced) {
        // After a failure the system may take what it could not write for written, so that a later
        // sync succeeds over a hole (fsync(2), errors). Only a log that is whole elsewhere is safe.
        auto synced = has_failed_sync ? database->empty_log() : database->sync_log();
        has_failed_sync = !synced;
        if (!synced) return synced;
    }
    has_unsynced = false;
    unsynced_claims.clear();
    return {};
}

void Store::forget_claims() {
    std::unordered_set<model::JobId> forgotten;
    for (const Record& record : impl_->records) {
        if (const auto* claim = std::get_if<ClaimTold>(&record)) forgotten.insert(claim->job);
    }
    std::erase_if(impl_->records, [&](const Record& record) {
        if (const auto* end = std::get_if<JobEndTold>(&record)) return forgotten.contains(end->job);
        return std::holds_alternative<ClaimTold>(record);
    });
    for (const model::JobId job : forgotten)
        impl_->writer->forget(job);
    // Those that were written and not synced are there to be seen: with the next claim at the
    // latest they are not any more.
    for (const model::JobId job : std::exchange(impl_->unsynced_claims, {}))
        withdrawn(job);
}

bool Store::has_uncommitted() const {
    return !impl_->records.empty();
}

Result<std::vector<std::string>> Store::settled_keys(const std::vector<std::string>& keys) {
    // Nothing is left on most hosts, and all attempts there ever were are looked at.
    if (keys.empty()) return std::vector<std::string>();
    // Of a job that was handed on the attempt stays open; the one that goes on with it counts.
    auto rows = impl_->database->prepare(
        "SELECT key, kind IS NULL AND jobs.state = 0,"
        " kind IS NOT NULL AND NOT (kind = 5 AND attempts.reason IS ?) FROM attempts"
        " JOIN jobs ON jobs.number = attempts.job WHERE key IS NOT NULL");
    if (!rows) return rows.error();
    rows->bind(1, kKilled);
    std::unordered_set<std::string> open;
    std::unordered_set<std::string> ended;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        if (rows->integer(1) != 0) open.insert(rows->text(0));
        if (rows->integer(2) != 0) ended.insert(rows->text(0));
    }
    std::vector<std::string> settled;
    for (const std::string& key : keys) {
        if (ended.contains(key) && !open.contains(key)) settled.push_back(key);
    }
    return settled;
}

Result<std::vector<model::JobId>> Store::take_requests() {
    std::vector<model::JobId> jobs;
    const auto count = impl_->database->integer(
        fmt::format("SELECT count(*) FROM requests WHERE run = {}", impl_->run.id.value));
    if (!count) return count.error();
    if (*count == 0) return jobs;
    auto taken = impl_->transact([&]() -> Result<void> {
        auto rows = impl_->database->prepare(
            "SELECT DISTINCT jobs.job FROM requests JOIN jobs ON jobs.number = requests.job"
            " WHERE requests.run = ?");
        if (!rows) return rows.error();
        rows->bind(1, impl_->run.id.value);
        for (;;) {
            const auto row = rows->step();
            if (!row) return row.error();
            if (!*row) break;
            jobs.push_back({rows->number(0)});
        }
        auto forget = impl_->database->prepare("DELETE FROM requests WHERE run = ?");
        if (!forget) return forget.error();
        return forget->bind(1, impl_->run.id.value).run();
    });
    if (!taken) return taken.error();
    return jobs;
}

std::optional<JobKey> Store::number_of(model::JobId job) const {
    return impl_->writer->number_if_open(job);
}

std::int64_t Store::now_ms() const {
    return impl_->wall_clock();
}

Result<std::vector<LeftJob>> Store::left_behind(const std::string& queue) {
    return impl_->dead_runs.jobs(queue, impl_->run.id);
}

void Store::settle(const LeftJob& job, Verdict verdict) {
    JobState state = JobState::withdrawn;
    if (verdict == Verdict::dropped) state = JobState::rejected;
    if (verdict == Verdict::lost) {
        state = job.has_rebooted ? JobState::lost_with_machine : JobState::lost;
    }
    if (verdict == Verdict::handed_on) state = JobState::handed_on;
    if (verdict == Verdict::finished) state = JobState::finished;
    const char* reason = verdict == Verdict::dropped ? "it was cancelled" : "";
    impl_->records.push_back(SettlementTold{job.key, state, reason});
    impl_->dead_runs.settled(job);
}

void Store::ended_later(JobKey job, model::AttemptId attempt, const model::Outcome& outcome,
                        const EndFacts& facts) {
    impl_->records.push_back(EndTold{attempt, outcome, facts, impl_->wall_clock(), job});
}

Result<std::size_t> Store::times_taken(const std::string& text) {
    if (auto done = commit(Safety::process); !done) return done.error();
    const auto numbers = impl_->taken.counted(impl_->run, text);
    if (!numbers) return numbers.error();
    return numbers->size();
}

void Store::skipped_repeat(const std::string& text) {
    impl_->tell(RepeatTold{text});
}

Result<std::optional<Broadcast>> Store::stopped_broadcast(const std::string& queue) {
    return find_stopped_broadcast(*impl_->database, impl_->dead_runs, queue, impl_->run.id);
}

Standing standing(const std::optional<model::Outcome>& outcome, bool stops_at_failure) {
    if (!outcome || std::holds_alternative<model::Lost>(*outcome)) return Standing::unknown;
    if (std::holds_alternative<model::NeverStarted>(*outcome) ||
        std::holds_alternative<model::Cancelled>(*outcome)) {
        return Standing::behind;
    }
    return stops_at_failure && !model::is_success(*outcome) ? Standing::behind : Standing::done;
}

}  // namespace remuda::history
