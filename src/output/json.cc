// SPDX-License-Identifier: MIT
#include "output/fleet_news.h"
#include "output/human.h"
#include "output/json_writer.h"
#include "output/outcome_json.h"
#include "output/standing.h"
#include "remuda/base/check.h"
#include "remuda/base/utf8.h"
#include "remuda/output/output.h"

#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>
#include <variant>

namespace remuda::output {

namespace {

constexpr std::uint64_t kVersion = 1;

// Bytes of one stream that begin a character whose rest is still to come.
struct CutCharacter {
    std::string bytes;

    // The text that is whole now.
    std::string joined(std::string_view chunk) {
        std::string text = std::exchange(bytes, {});
        text += chunk;
        const std::size_t tail = incomplete_utf8_tail(text);
        bytes = text.substr(text.size() - tail);
        text.resize(text.size() - tail);
        return text;
    }
};

struct Running {
    model::JobId job;
    model::NodeId node;
    // Its name, or the command.
    std::string what;
    // Sent, until it has begun.
    Time started;
    // What is told when it begins; null since then.
    std::unique_ptr<const model::AttemptStarted> sent;
    CutCharacter out;
    CutCharacter err;
};

std::string_view stream_name(model::Stream stream) {
    return stream == model::Stream::out ? "stdout" : "stderr";
}

double seconds_between(Time from, Time to) {
    return std::chrono::duration<double>(to - from).count();
}

double seconds_of(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

void add_usage(JsonWriter& json, const model::Usage& usage) {
    constexpr std::uint64_t bytes_in_kib = 1024;
    json.key("usage").begin_object();
    json.key("wall").seconds(seconds_of(usage.wall));
    json.key("user").seconds(seconds_of(usage.user));
    json.key("system").seconds(seconds_of(usage.system));
    json.field("memory", usage.memory * bytes_in_kib);
    json.end_object();
}

void add_parameters(JsonWriter& json, const model::Parameters& parameters) {
    json.key("parameters").begin_object();
    for (const auto& [name, value] : parameters)
        json.field(name, value);
    json.end_object();
}

void add_job(JsonWriter& json, const model::Job& job) {
    json.field("job", job.id.value).field("command", job.command);
    if (!job.options.name.empty()) json.field("name", job.options.name);
    add_parameters(json, job.parameters);
    json.key("slots").value(std::int64_t{job.needs.slots});
    json.field("place", place_text(job.place));
}

void add_node(JsonWriter& json, const model::Node& node) {
    json.field("node", node.label).field("hostname", node.hostname);
    add_parameters(json, node.parameters);
    json.key("slots").value(std::int64_t{node.slots});
    json.field("place", place_text(node.place));
}

class Json final : public Reader {
  public:
    Json(const model::Fleet& fleet, const JsonOptions& options, Sink& out)
        : fleet_(fleet), options_(options), news_(fleet), out_(out) {
        JsonWriter json = begin("run_started", options_.start);
        json.field("started_at", options.started_at)
            .field("mode", options.mode)
            .field("version", options.version);
        json.key("nodes").begin_array();
        for (const model::Node& node : fleet.nodes) {
            json.begin_object();
            add_node(json, node);
            json.end_object();
        }
        json.end_array();
        write(json);
    }

    void read(const model::Event& event, Time now) override {
        last_ = now;
        tally_.read(event, now);
        std::visit([&](const auto& e) { on(e, now); }, event);
    }

    void tick(Time now) override {
        last_ = now;
        out_.show_early();
    }
    void flush() override { out_.flush(); }

    void show_standing(Time now) override {
        if (options_.err == nullptr) return;
        Standing standing;
        standing.counts = tally_.counts();
        standing.so_far = now - options_.start;
        for (const auto& [attempt, running] : running_) {
            standing.running.push_back({running.job, &fleet_.nodes[running.node.value],
                                        running.what, running.started, running.sent == nullptr});
        }
        if (options_.remaining) standing.queued = options_.remaining() * options_.attempts_a_job;
        standing.nodes = news_.count();
        standing.nodes_ready = news_.ready_count();
        options_.err->write(standing_text(std::move(standing), now, 0));
        options_.err->show_early();
    }

    void note(std::string_view text) override {
        JsonWriter json = begin("note", last_.value_or(options_.start));
        json.field("text", text);
        write(json);
        out_.show_early();
    }

  private:
    void on(const model::NodeUp& event, Time now) {
        (void)news_.node_up(event.node);
        JsonWriter json = begin("node_up", now);
        json.field("node", label(event.node));
        write(json);
    }

    void on(const model::NodeDown& event, Time now) {
        news_.node_down(event.node, event.reason, now);
        JsonWriter json = begin("node_down", now);
        json.field("node", label(event.node)).field("reason", event.reason);
        write(json);
    }

    void on(const model::NodeAdded& event, Time now) {
        (void)news_.node_added(event.node);
        JsonWriter json = begin("node_added", now);
        add_node(json, fleet_.nodes[event.node.value]);
        write(json);
    }

    void on(const model::NodeRetired& event, Time now) {
        (void)news_.node_retired(event.node);
        JsonWriter json = begin("node_retired", now);
        json.field("node", label(event.node));
        write(json);
    }

    void on(const model::JobLost& event, Time now) {
        JsonWriter json = begin("job_lost", now);
        if (event.number) json.field("number", *event.number);
        json.field("command", event.command);
        if (!event.node.empty()) json.field("node", event.node);
        json.field("reason", event.reason);
        report(json);
    }

    void add_number(JsonWriter& json, model::JobId job) const {
        const auto number = options_.number_of ? options_.number_of(job) : std::nullopt;
        if (number) json.field("number", *number);
    }

    void on(const model::JobResumed& event, Time now) {
        if (!event.job.options.name.empty()) names_[event.job.id] = event.job.options.name;
        JsonWriter json = begin("job_resumed", now);
        add_job(json, event.job);
        add_number(json, event.job.id);
        write(json);
    }

    void on(const model::JobTaken& event, Time now) {
        if (!event.job.options.name.empty()) names_[event.job.id] = event.job.options.name;
        JsonWriter json = begin("job_taken", now);
        add_job(json, event.job);
        add_number(json, event.job.id);
        write(json);
    }

    void on(const model::JobTooBig& event, Time now) {
        JsonWriter json = begin("job_too_big", now);
        add_job(json, event.job);
        add_number(json, event.job.id);
        json.field("reason", event.reason);
        report(json);
    }

    void on(const model::QueueFailed& event, Time now) {
        JsonWriter json = begin("queue_failed", now);
        json.field("reason", event.reason);
        write(json);
    }

    void on(const model::AttemptStarted& event, Time now) {
        Running running;
        running.job = event.job;
        running.node = event.node;
        const auto name = names_.find(event.job);
        running.what = name == names_.end() ? event.command : name->second;
        running.started = now - event.ran;
        const bool is_sent = !event.slots.empty() && !event.is_resumed;
        if (is_sent) running.sent = std::make_unique<const model::AttemptStarted>(event);
        running_.insert_or_assign(event.attempt, std::move(running));
        if (is_sent) tell_attempt("job_sent", event, now);
        if (event.is_resumed) tell_attempt("job_started", event, now);
    }

    void on(const model::AttemptBegan& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at != running_.end() && at->second.sent != nullptr) at->second.started = now;
        begin_attempt(event.attempt, now);
    }

    // Once. What shows it by its output or its end alone began at some time since it was sent.
    void begin_attempt(model::AttemptId attempt, Time now) {
        const auto at = running_.find(attempt);
        if (at == running_.end() || at->second.sent == nullptr) return;
        const auto sent = std::exchange(at->second.sent, nullptr);
        tell_attempt("job_started", *sent, now);
    }

    void tell_attempt(std::string_view type, const model::AttemptStarted& event, Time now) {
        JsonWriter json = begin(type, now);
        add_attempt(json, event.attempt);
        json.key("slots").begin_array();
        for (const int slot : event.slots)
            json.value(std::int64_t{slot});
        json.end_array().field("command", event.command);
        json.key("try").value(std::int64_t{event.number});
        write(json);
    }

    void on(const model::OutputArrived& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        begin_attempt(event.attempt, now);
        CutCharacter& cut = event.stream == model::Stream::out ? at->second.out : at->second.err;
        write_output(event.attempt, event.stream, cut.joined(event.bytes), now);
    }

    void on(const model::AttemptEnded& event, Time now) {
        if (model::shows_begin(event.outcome)) begin_attempt(event.attempt, now);
        flush_output(event.attempt, now);
        JsonWriter json = begin("job_ended", now);
        add_attempt(json, event.attempt);
        add_outcome(json, event.outcome);
        if (const auto at = running_.find(event.attempt); at != running_.end()) {
            // Its host knows better: the connection may have been away.
            json.key("seconds").seconds(event.usage ? seconds_of(event.usage->wall)
                                                    : seconds_between(at->second.started, now));
        }
        if (event.usage) add_usage(json, *event.usage);
        if (event.cut.total() > 0) json.field("cut_bytes", event.cut.total());
        if (event.next_try) {
            json.key("next_try").value(std::int64_t{event.next_try->number});
            json.key("tries").value(std::int64_t{event.next_try->most});
            json.key("delay").seconds(seconds_of(event.next_try->delay));
        }
        report(json);
        running_.erase(event.attempt);
    }

    void on(const model::RetryDropped& event, Time now) {
        JsonWriter json = begin("retry_dropped", now);
        json.field("attempt", event.attempt.value)
            .field("job", event.job.value)
            .field("node", label(event.node));
        add_outcome(json, event.outcome);
        json.field("why", event.reason);
        report(json);
    }

    void on(const model::NodeRested& event, Time now) {
        JsonWriter json = begin("node_rested", now);
        json.field("node", label(event.node)).field("reason", event.reason);
        json.key("seconds").seconds(seconds_of(event.duration));
        write(json);
    }

    void on(const model::RunHalted& event, Time now) {
        JsonWriter json = begin("run_halted", now);
        json.field("reason", event.reason).field("mode", event.is_now ? "now" : "soon");
        write(json);
    }

    void on(const model::AttemptRefused& event, Time now) {
        JsonWriter json = begin("job_refused", now);
        add_attempt(json, event.attempt);
        json.field("reason", event.reason);
        write(json);
        running_.erase(event.attempt);
    }

    void on(const model::AttemptLeft& event, Time now) {
        flush_output(event.attempt, now);
        JsonWriter json = begin("job_left", now);
        add_attempt(json, event.attempt);
        json.field("reason", event.reason);
        if (event.is_ending) json.field("ending", true);
        write(json);
        running_.erase(event.attempt);
    }

    void on(const model::StopAsked& event, Time now) {
        JsonWriter json = begin("stop_asked", now);
        json.key("grade").value(std::int64_t{event.grade});
        write(json);
    }

    void on(const model::RunEnded& /*event*/, Time now) {
        const Tally::Counts& counts = tally_.counts();
        JsonWriter json = begin("run_ended", now);
        json.field("succeeded", std::uint64_t{counts.succeeded})
            .field("failed", std::uint64_t{counts.failed})
            .field("cancelled", std::uint64_t{counts.cancelled})
            .field("never_started", std::uint64_t{counts.never_started})
            .field("lost", std::uint64_t{counts.lost})
            .field("left_running", std::uint64_t{counts.left_running})
            .field("retried", std::uint64_t{counts.retried})
            .field("nodes_down", std::uint64_t{counts.nodes_down});
        const int exit_code = options_.exit_code ? options_.exit_code() : tally_.exit_code();
        json.key("exit_code").value(std::int64_t{exit_code});
        report(json);
    }

    // The engine's business alone.
    void on(const model::QueueEmpty& /*event*/, Time /*now*/) {}
    void on(const model::HeadDoesNotFit& /*event*/, Time /*now*/) {}
    void on(const model::QueueChanged& /*event*/, Time /*now*/) {}
    void on(const model::JobCancelled& /*event*/, Time /*now*/) {}
    void on(const model::WaitOver& /*event*/, Time /*now*/) {}

    void flush_output(model::AttemptId attempt, Time now) {
        const auto at = running_.find(attempt);
        if (at == running_.end()) return;
        write_output(attempt, model::Stream::out, std::exchange(at->second.out.bytes, {}), now);
        write_output(attempt, model::Stream::err, std::exchange(at->second.err.bytes, {}), now);
    }

    void write_output(model::AttemptId attempt, model::Stream stream, const std::string& text,
                      Time now) {
        if (text.empty()) return;
        JsonWriter json = begin("output", now);
        add_attempt(json, attempt);
        json.field("stream", stream_name(stream)).field("text", text);
        write(json);
    }

    void add_attempt(JsonWriter& json, model::AttemptId attempt) const {
        json.field("attempt", attempt.value);
        const auto at = running_.find(attempt);
        if (at == running_.end()) return;
        json.field("job", at->second.job.value).field("node", label(at->second.node));
    }

    [[nodiscard]] const std::string& label(model::NodeId id) const {
        REMUDA_CHECK(id.value < fleet_.nodes.size());
        return fleet_.nodes[id.value].label;
    }

    JsonWriter begin(std::string_view type, Time now) {
        JsonWriter json;
        json.begin_object().field("v", kVersion).field("seq", sequence_++);
        json.key("ts").seconds(seconds_between(options_.start, now)).field("type", type);
        return json;
    }

    void write(JsonWriter& json) {
        json.end_object();
        out_.write(json.text() + "\n");
    }

    // Of how a job ended, which may not be recorded yet.
    void report(JsonWriter& json) {
        json.end_object();
        out_.write_report(json.text() + "\n");
    }

    // Set once.
    const model::Fleet& fleet_;
    JsonOptions options_;
    FleetNews news_;
    Sink& out_;

    Tally tally_;
    std::unordered_map<model::AttemptId, Running> running_;
    // Of jobs that have one.
    std::unordered_map<model::JobId, std::string> names_;
    std::optional<Time> last_;
    std::uint64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<Reader> make_json(const model::Fleet& fleet, const JsonOptions& options,
                                  Sink& out) {
    return std::make_unique<Json>(fleet, options, out);
}

}  // namespace remuda::output
