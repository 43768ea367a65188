// SPDX-License-Identifier: MIT
#include "history/writer.h"

#include "history/outcome_columns.h"
#include "remuda/base/check.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::history {
namespace {

void bind_facts(Statement& statement, int first, const EndFacts& facts) {
    const auto bind = [&](int offset, const std::optional<std::int64_t>& value) {
        if (value) {
            statement.bind(first + offset, *value);
        } else {
            statement.bind_null(first + offset);
        }
    };
    const auto& usage = facts.usage;
    bind(0, usage ? std::optional(std::int64_t{usage->wall.count()}) : std::nullopt);
    bind(1, usage ? std::optional(std::int64_t{usage->user.count()}) : std::nullopt);
    bind(2, usage ? std::optional(std::int64_t{usage->system.count()}) : std::nullopt);
    bind(3, usage ? std::optional(static_cast<std::int64_t>(usage->memory)) : std::nullopt);
    bind(4, facts.out_length);
    bind(5, facts.err_length);
}

// Of attempt ?2 at job ?1, if it is the job's first one; `before` is the last one at job ?3 of
// which something may have run.
constexpr std::string_view kAsBefore =
    " FROM attempts AS before WHERE now.job = ?1 AND now.attempt = ?2"
    " AND NOT EXISTS (SELECT 1 FROM attempts WHERE job = ?1 AND attempt < ?2)"
    " AND before.job = ?3 AND before.attempt = (SELECT max(attempt) FROM attempts"
    "  WHERE job = ?3 AND kind IS NOT 4 AND kind IS NOT 6)";

}  // namespace

Result<std::unique_ptr<Writer>> Writer::make(Database& database, TakenTexts& taken) {
    std::unique_ptr<Writer> writer(new Writer(database, taken));
    if (auto prepared = writer->prepare(); !prepared) return prepared.error();
    return writer;
}

Result<void> Writer::prepare() {
    const std::string begin_as_before =
        fmt::format("UPDATE attempts AS now SET started_ms = before.started_ms{}", kAsBefore);
    const std::string end_as_before = fmt::format(
        "UPDATE attempts AS now SET ended_ms = before.ended_ms, key = before.key,"
        " wall_us = before.wall_us, user_us = before.user_us, system_us = before.system_us,"
        " memory_kb = before.memory_kb{}"
        " AND before.kind IS NOT NULL AND before.reason IS NOT '{}'",
        kAsBefore, kKilled);
    const std::pair<Statement&, std::string_view> all[] = {
        {insert_node_, "INSERT INTO nodes (run, node, label, since) VALUES (?, ?, ?, ?)"},
        {end_node_, "UPDATE nodes SET until = ? WHERE run = ? AND node = ?"},
        {insert_keeper_, "INSERT INTO keepers (run, keeper, boot, epoch) VALUES (?, ?, ?, ?)"},
        {insert_job_,
         "INSERT INTO jobs (run, job, state, is_excused, claimed_ms, resumes, text, mark,"
         " cancelled_ms) VALUES (?, ?, 0, 0, ?, ?, ?, ?,"
         " (SELECT cancelled_ms FROM jobs WHERE number = ?))"},
        {end_job_, "UPDATE jobs SET state = ?, reason = ? WHERE number = ?"},
        {insert_attempt_,
         "INSERT INTO attempts (job, attempt, node, started_ms, command, slots, key, keeper)"
         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
        {end_attempt_,
         "UPDATE attempts SET kind = ?1, code = ?2, reason = ?3,"
         // As measured, where the connection may have been away.
         " ended_ms = min(?4, coalesce(started_ms + ?5 / 1000, ?4)), wall_us = ?5,"
         " user_us = ?6, system_us = ?7, memory_kb = ?8, out_length = ?9, err_length = ?10"
         " WHERE job = ?11 AND attempt = ?12"},
        {begin_as_before_, begin_as_before},
        {end_as_before_, end_as_before},
        {excuse_, "UPDATE jobs SET is_excused = 1 WHERE number = ?"},
        {lose_attempts_, "UPDATE attempts SET kind = 5, reason = ? WHERE job = ? AND kind IS NULL"},
        {bury_,
         "UPDATE runs SET ending = ended_ms IS NULL, ended_ms = coalesce(ended_ms, ?)"
         " WHERE id = ? AND ending IS NULL"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return prepared.error();
        statement = std::move(*prepared);
    }
    return {};
}

Result<void> Writer::write(const OwnRun& run, const std::vector<Record>& records) {
    ended_.clear();
    mark_.reset();
    for (const Record& record : records) {
        auto written = std::visit([&](const auto& told) { return write_one(run, told); }, record);
        if (!written) return written;
    }
    return {};
}

void Writer::committed(const std::vector<Record>& records) {
    for (const auto& [job, number] : ended_) {
        const auto found = jobs_.find(job);
        if (found != jobs_.end() && found->second == number) jobs_.erase(found);
        adopted_.erase(number);
    }
    for (const Record& record : records) {
        if (const auto* end = std::get_if<EndTold>(&record)) {
            if (!end->left) attempts_.erase(end->attempt);
        } else if (const auto* refusal = std::get_if<RefusalTold>(&record)) {
            attempts_.erase(refusal->attempt);
        }
    }
}

Result<void> Writer::write_one(const OwnRun& run, const NodeTold& told) {
    insert_node_.bind(1, run.id.value).bind(2, told.node).bind(3, told.label);
    return insert_node_.bind(4, told.since.value).run();
}

Result<void> Writer::write_one(const OwnRun& run, const NodeLeftTold& told) {
    return end_node_.bind(1, told.until.value).bind(2, run.id.value).bind(3, told.node).run();
}

Result<void> Writer::write_one(const OwnRun& run, const KeeperTold& told) {
    insert_keeper_.bind(1, run.id.value).bind(2, told.keeper).bind(3, told.boot);
    return insert_keeper_.bind(4, told.epoch).run();
}

Result<void> Writer::write_one(const OwnRun& run, const ClaimTold& told) {
    insert_job_.bind(1, run.id.value).bind(2, told.job.value).bind(3, told.at);
    const bool is_adopted = told.resumes.has_value() && run.is_queue;
    if (told.resumes) {
        insert_job_.bind(4, told.resumes->value);
    } else {
        insert_job_.bind_null(4);
    }
    // What was to be ended still is. (Who resumes a broadcast wants its jobs.) No job has the
    // number 0.
    insert_job_.bind(7, is_adopted ? told.resumes->value : std::uint64_t{0});
    // What was claimed with one write of the file has one mark, which is longer than all the rest.
    const bool is_as_before = mark_ == told.mark;
    insert_job_.bind(6, is_as_before ? std::string_view(kMarkAsBefore) : told.mark);
    mark_ = told.mark;
    auto inserted = insert_job_.bind(5, told.text).run();
    if (!inserted) return inserted;
    const auto number = static_cast<std::uint64_t>(database_.last_row());
    jobs_[told.job] = number;
    // A claim that was rolled back may have had the number.
    adopted_.erase(number);
    if (is_adopted) adopted_[number] = told.resumes->value;
    return {};
}

Result<void> Writer::end_job(std::uint64_t number, JobState state, const std::string& reason) {
    end_job_.bind(1, static_cast<std::int64_t>(state));
    if (reason.empty()) {
        end_job_.bind_null(2);
    } else {
        end_job_.bind(2, reason);
    }
    return end_job_.bind(3, number).run();
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const JobEndTold& told) {
    ended_.emplace_back(told.job, number_of(told.job));
    return end_job(ended_.back().second, told.state, told.reason);
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const StartTold& told) {
    const std::uint64_t job = number_of(told.job);
    insert_attempt_.bind(1, job).bind(2, told.attempt.value).bind(3, told.node).bind(4, told.at);
    insert_attempt_.bind(5, told.command).bind(6, told.slots);
    if (told.key.empty()) {
        insert_attempt_.bind_null(7).bind_null(8);
    } else {
        insert_attempt_.bind(7, told.key).bind(8, told.keeper);
    }
    auto inserted = insert_attempt_.run();
    if (!inserted) return inserted;
    attempts_[told.attempt] = job;
    return carry_on(begin_as_before_, job, told.attempt);
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const EndTold& told) {
    bind_outcome(end_attempt_, told.outcome);
    bind_facts(end_attempt_, 5, told.facts);
    end_attempt_.bind(4, told.at);
    const std::uint64_t job = told.left ? told.left->value : job_number_of(told.attempt);
    auto ended = end_attempt_.bind(11, job).bind(12, told.attempt.value).run();
    if (!ended || told.left) return ended;
    return carry_on(end_as_before_, job, told.attempt);
}

Result<void> Writer::carry_on(Statement& statement, std::uint64_t job, model::AttemptId attempt) {
    const auto earlier = adopted_.find(job);
    if (earlier == adopted_.end()) return {};
    return statement.bind(1, job).bind(2, attempt.value).bind(3, earlier->second).run();
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const RefusalTold& told) {
    end_attempt_.bind(1, static_cast<std::int64_t>(AttemptKind::refused)).bind_null(2).bind_null(3);
    bind_facts(end_attempt_, 5, {});
    end_attempt_.bind(4, told.at).bind(11, job_number_of(told.attempt));
    return end_attempt_.bind(12, told.attempt.value).run();
}

Result<void> Writer::write_one(const OwnRun& run, const RepeatTold& told) {
    const auto numbers = taken_.counted(run, told.text);
    if (!numbers) return numbers.error();
    if (numbers->empty()) return {};
    return excuse_.bind(1, numbers->front()).run();
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const SettlementTold& told) {
    if (auto ended = end_job(told.key.value, told.state, told.reason); !ended) return ended;
    // The attempt that is gone on with has its outcome there.
    if (told.state == JobState::handed_on) return {};
    // Nobody has seen when they ended, or whether they have.
    return lose_attempts_.bind(1, kKilled).bind(2, told.key.value).run();
}

Result<void> Writer::write_one(const OwnRun& /*run*/, const BurialTold& told) {
    return bury_.bind(1, told.at).bind(2, told.run.value).run();
}

std::uint64_t Writer::number_of(model::JobId job) const {
    const auto found = jobs_.find(job);
    REMUDA_CHECK(found != jobs_.end());
    return found->second;
}

std::uint64_t Writer::job_number_of(model::AttemptId attempt) const {
    const auto found = attempts_.find(attempt);
    REMUDA_CHECK(found != attempts_.end());
    return found->second;
}

}  // namespace remuda::history
