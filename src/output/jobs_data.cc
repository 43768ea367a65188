// SPDX-License-Identifier: MIT
//
// Jobs and runs for programs: JSON and CSV.
#include "output/json_writer.h"
#include "remuda/output/jobs.h"

#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::uint64_t kVersion = 1;

std::string_view name_of(ListedJob::Stage stage) {
    switch (stage) {
        case ListedJob::Stage::taken:
            return "taken";
        case ListedJob::Stage::running:
            return "running";
        case ListedJob::Stage::given_back:
            return "given_back";
        case ListedJob::Stage::handed_on:
            return "handed_on";
        case ListedJob::Stage::left:
            return "left";
        case ListedJob::Stage::unsettled:
            return "unsettled";
        case ListedJob::Stage::ended:
            break;
    }
    return "ended";
}

/// The outcome's name, and what goes with it.
struct OutcomeWords {
    std::string_view name;
    std::optional<std::int64_t> code;
    std::string_view signal;
    std::string_view reason;
};

struct ToWords {
    OutcomeWords operator()(const model::Exited& exited) const {
        return {"exited", exited.code, "", ""};
    }
    OutcomeWords operator()(const model::Signalled& signalled) const {
        return {"signalled", {}, signalled.signal, ""};
    }
    OutcomeWords operator()(const model::TimedOut&) const { return {"timed_out", {}, "", ""}; }
    OutcomeWords operator()(const model::Cancelled&) const { return {"cancelled", {}, "", ""}; }
    OutcomeWords operator()(const model::NeverStarted& never) const {
        return {"never_started", {}, "", never.reason};
    }
    OutcomeWords operator()(const model::Lost& lost) const { return {"lost", {}, "", lost.reason}; }
};

std::string_view name_of(ListedRun::Life life) {
    switch (life) {
        case ListedRun::Life::left:
            return "left";
        case ListedRun::Life::unsettled:
            return "unsettled";
        case ListedRun::Life::alive:
            break;
    }
    return "alive";
}

OutcomeWords words_of(const std::optional<model::Outcome>& outcome, bool is_refused) {
    if (is_refused) return {"refused", {}, "", ""};
    return outcome ? std::visit(ToWords{}, *outcome) : OutcomeWords{};
}

void add_outcome(JsonWriter& json, const std::optional<model::Outcome>& outcome, bool is_refused) {
    const OutcomeWords words = words_of(outcome, is_refused);
    if (words.name.empty()) return;
    json.field("outcome", words.name);
    if (words.code) json.key("code").value(*words.code);
    if (!words.signal.empty()) json.field("signal", words.signal);
    if (!words.reason.empty()) json.field("reason", words.reason);
}

double seconds_of(std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
}

void add_output(JsonWriter& json, std::string_view name, const ListedOutput& output) {
    if (output.path.empty()) return;
    json.key(name).begin_object().field("path", output.path).field("kept_bytes", output.kept);
    if (output.written) json.field("written_bytes", *output.written);
    json.end_object();
}

void add_attempt(JsonWriter& json, const ListedAttempt& attempt) {
    json.begin_object().field("attempt", attempt.attempt).field("node", attempt.node);
    json.field("started_at", utc_time(attempt.started_ms));
    if (attempt.ended_ms) {
        json.field("ended_at", utc_time(*attempt.ended_ms));
        json.key("seconds").seconds(static_cast<double>(*attempt.ended_ms - attempt.started_ms) /
                                    1000);
    }
    add_outcome(json, attempt.outcome, attempt.is_refused);
    json.key("slots").begin_array();
    for (const int slot : attempt.slots)
        json.value(std::int64_t{slot});
    json.end_array().field("command", attempt.command);
    if (attempt.usage) {
        json.key("wall_seconds").seconds(seconds_of(attempt.usage->wall));
        json.key("user_seconds").seconds(seconds_of(attempt.usage->user));
        json.key("system_seconds").seconds(seconds_of(attempt.usage->system));
        json.field("memory_kib", attempt.usage->memory);
    }
    add_output(json, "stdout", attempt.out);
    add_output(json, "stderr", attempt.err);
    if (!attempt.key.empty()) json.field("key", attempt.key);
    json.end_object();
}

std::string quoted(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string all = "\"";
    for (const char c : text) {
        if (c == '"') all += '"';
        all += c;
    }
    return all + '"';
}

template <class T>
std::string or_empty(const std::optional<T>& value) {
    return value ? fmt::format("{}", *value) : std::string();
}

}  // namespace

std::string job_as_json(const ListedJob& job) {
    JsonWriter json;
    json.begin_object().field("v", kVersion).field("type", "job");
    json.field("number", job.number).field("run", job.run).field("job", job.job);
    json.field("state", name_of(job.stage));
    add_outcome(json, job.outcome, false);
    json.field("command", job.command);
    if (!job.name.empty()) json.field("name", job.name);
    json.field("entry", job.entry).field("taken_at", utc_time(job.claimed_ms));
    if (job.retried_ms) json.field("retried_at", utc_time(*job.retried_ms));
    if (job.resumes) json.field("resumes", *job.resumes);
    if (job.goes_on_as) json.field("goes_on_as", *job.goes_on_as);
    json.key("attempts").begin_array();
    for (const ListedAttempt& attempt : job.attempts)
        add_attempt(json, attempt);
    json.end_array().end_object();
    return json.text() + "\n";
}

std::string csv_head() {
    return "number,run,job,state,attempt,node,outcome,code,signal,reason,taken_at,started_at,"
           "ended_at,seconds,wall_seconds,user_seconds,system_seconds,memory_kib,stdout_bytes,"
           "stderr_bytes,name,command\r\n";
}

std::string job_as_csv(const ListedJob& job) {
    const auto line = [&](const ListedAttempt* attempt) {
        const OutcomeWords words = attempt != nullptr
                                       ? words_of(attempt->outcome, attempt->is_refused)
                                       : words_of(job.outcome, false);
        std::string text =
            fmt::format("{},{},{},{},", job.number, job.run, job.job, name_of(job.stage));
        text += attempt != nullptr ? fmt::format("{},{},", attempt->attempt, quoted(attempt->node))
                                   : ",,";
        text += fmt::format("{},{},{},{},{},", words.name, or_empty(words.code),
                            quoted(words.signal), quoted(words.reason), utc_time(job.claimed_ms));
        if (attempt == nullptr) {
            text += ",,,,,,,,,";
        } else {
            text += utc_time(attempt->started_ms) + ",";
            text += (attempt->ended_ms
                         ? fmt::format(
                               "{},{:.3f}", utc_time(*attempt->ended_ms),
                               static_cast<double>(*attempt->ended_ms - attempt->started_ms) / 1000)
                         : std::string(",")) +
                    ",";
            const auto& usage = attempt->usage;
            text += usage ? fmt::format("{:.6f},{:.6f},{:.6f},{},", seconds_of(usage->wall),
                                        seconds_of(usage->user), seconds_of(usage->system),
                                        usage->memory)
                          : std::string(",,,,");
            text += or_empty(attempt->out.written) + "," + or_empty(attempt->err.written) + ",";
        }
        text += quoted(job.name) + ",";
        return text + quoted(attempt != nullptr ? attempt->command : job.command) + "\r\n";
    };
    if (job.attempts.empty()) return line(nullptr);
    std::string text;
    for (const ListedAttempt& attempt : job.attempts)
        text += line(&attempt);
    return text;
}

std::string run_as_json(const ListedRun& run) {
    JsonWriter json;
    json.begin_object().field("v", kVersion).field("type", "run").field("run", run.run);
    json.field("state", name_of(run.life)).field("queue", run.queue);
    json.field("mode", run.mode).field("machine", run.machine).field("pid", run.pid);
    json.field("version", run.version).field("started_at", utc_time(run.began_ms));
    json.field("under_way", std::uint64_t{run.jobs.size()});
    json.field("ended", std::uint64_t{run.ended}).field("failed", std::uint64_t{run.failed});
    if (run.waiting) json.field("waiting", std::uint64_t{*run.waiting});
    json.end_object();
    return json.text() + "\n";
}

}  // namespace remuda::output
