// SPDX-License-Identifier: MIT
#include "output/colour.h"
#include "output/console.h"
#include "output/fleet_news.h"
#include "output/human.h"
#include "output/matrix.h"
#include "output/node_lines.h"
#include "output/output_lines.h"
#include "output/shown_attempt.h"
#include "output/standing.h"
#include "output/status.h"
#include "output/summary.h"
#include "output/verdict.h"
#include "remuda/base/check.h"
#include "remuda/base/text.h"
#include "remuda/output/output.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace remuda::output {

namespace {

using model::Stream;

constexpr std::size_t kMostColumns = 200;
constexpr std::size_t kMostReason = 1000;

class Plain final : public Reader {
  public:
    Plain(const model::Fleet& fleet, PlainOptions options, Sink& out, Sink& err)
        : fleet_(fleet),
          options_(std::move(options)),
          console_(options_.screen, options_.width_now, out, err),
          lines_(fleet, console_),
          output_(lines_, console_, options_.quiet),
          news_(fleet),
          summary_(fleet),
          matrix_(fleet),
          start_(options_.start) {}

    void read(const model::Event& event, Time now) override {
        if (!start_) start_ = now;
        tally_.read(event, now);
        std::visit([&](const auto& e) { on(e, now); }, event);
    }

    void tick(Time now) override {
        if (is_over_) return;
        for (std::string& line : news_.due(now, console_.has_colour(Stream::err)))
            say_safe(std::move(line));
        if (!options_.quiet) {
            for (auto& [attempt, running] : running_)
                output_.show_unfinished(running, now);
        }
        draw_status(now);
        console_.show_early();
    }

    void flush() override { console_.flush(); }

    void show_standing(Time now) override {
        Standing standing;
        standing.counts = tally_.counts();
        standing.so_far = now - start_.value_or(now);
        standing.running = running_jobs();
        standing.queued = queued();
        standing.nodes = news_.count();
        standing.nodes_ready = news_.ready_count();
        console_.write(Stream::err,
                       standing_text(std::move(standing), now, console_.width(Stream::err)));
        console_.show_early();
    }

    void suspend(bool is_suspended) override { console_.suspend(is_suspended); }

    void note(std::string_view text) override {
        if (options_.quiet) return;
        say("remuda: ", text);
        console_.show_early();
    }

    void warn(std::string_view text) override {
        if (!options_.quiet) console_.write_at_once(lines_behind("remuda: ", text));
    }

  private:
    void on(const model::NodeUp& event, Time /*now*/) {
        summary_.node_up(event.node);
        const std::string news = news_.node_up(event.node);
        if (!options_.quiet) say_safe(news);
    }

    void on(const model::NodeDown& event, Time now) {
        summary_.node_down(event.node, event.reason);
        news_.node_down(event.node, event.reason, now);
    }

    void on(const model::NodeAdded& event, Time /*now*/) {
        const std::string news = news_.node_added(event.node);
        if (!options_.quiet) say_safe(news);
    }

    void on(const model::NodeRetired& event, Time /*now*/) {
        const std::string news = news_.node_retired(event.node);
        matrix_.node_retired();
        if (!options_.quiet) say_safe(news);
    }

    void on(const model::JobTaken& event, Time /*now*/) {
        note_options(event.job);
        if (options_.is_broadcast) matrix_.job_taken(event.job);
    }

    void on(const model::JobLost& event, Time /*now*/) {
        const bool colour = console_.has_colour(Stream::err);
        const std::string where =
            event.node.empty() ? "" : " on " + one_line(event.node, kMostColumns);
        const std::string which = event.number ? fmt::format("job {}", *event.number) : "a job";
        say_safe(fmt::format("{} {} of an earlier run{}: {} ({})", painted("LOST", kRed, colour),
                             which, where, one_line(event.reason, kMostReason),
                             one_line(event.command, kMostColumns)),
                 true);
        std::optional<model::JobId> shown = event.job;
        if (!shown && event.number) shown = model::JobId{*event.number};
        summary_.add({shown, event.node, "lost: " + event.reason, event.command, {}});
        if (options_.is_resumed) matrix_.job_lost(event);
    }

    void on(const model::JobResumed& event, Time /*now*/) { note_options(event.job); }

    void on(const model::JobTooBig& event, Time /*now*/) {
        const bool colour = console_.has_colour(Stream::err);
        say_safe(
            fmt::format("{} job {}: {} ({})", painted("NOT RUN", kRed, colour), event.job.id.value,
                        one_line(event.reason, kMostReason), place_text(event.job.place)),
            true);
        const std::string& name = event.job.options.name;
        const std::string& what = name.empty() ? event.job.command : name;
        summary_.add({event.job.id, "", "never started: " + event.reason, what, {}});
        if (options_.is_broadcast) matrix_.job_too_big(event.job);
    }

    void on(const model::QueueFailed& event, Time /*now*/) {
        // What is left in the file is not known, or not to be had.
        was_stopped_ = true;
        say("error: ", event.reason);
    }

    void on(const model::AttemptStarted& event, Time now) {
        const auto name = names_.find(event.job);
        ShownAttempt running(event, name == names_.end() ? event.command : name->second, now,
                             options_.print_period);
        pace_.attempt_started(now);
        if (!event.slots.empty() || event.is_resumed) summary_.node_used(event.node);
        if (event.is_resumed) {
            running.has_begun = true;
            if (!options_.quiet) {
                lines_.tell_start(running.node, running.job, event.slots, running.what, "goes on");
            }
        }
        running_.insert_or_assign(event.attempt, std::move(running));
        if (event.number > 1) forget_failure(event.job, event.node);
    }

    void on(const model::AttemptBegan& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        if (!at->second.has_begun) at->second.started = now;
        begin(at->second);
    }

    // Once. What shows it by its output or its end alone began at some time since it was sent.
    void begin(ShownAttempt& running) {
        if (std::exchange(running.has_begun, true)) return;
        // Without slots it is what an earlier run knows of it.
        if (!options_.quiet && !running.slots.empty()) {
            lines_.tell_start(running.node, running.job, running.slots, running.what, "started");
        }
    }

    void on(const model::OutputArrived& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        begin(at->second);
        output_.arrived(at->second, event.stream, event.bytes, now);
    }

    void on(const model::AttemptEnded& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        ShownAttempt running = std::move(at->second);
        running_.erase(at);
        pace_.attempt_ended(now);
        if (model::shows_begin(event.outcome)) begin(running);
        output_.finish(running);
        const Verdict verdict = verdict_of(event, running.job, running.time_until(now, event));
        if (event.next_try) {
            if (!options_.quiet) {
                lines_.tell(running.node, verdict.word, verdict.colour, verdict.text, true);
            }
            retrying_[running.job].emplace_back(event.attempt, std::move(running));
            return;
        }
        tell_end(running, event.outcome, verdict, event.cut.total() > 0);
    }

    void on(const model::RetryDropped& event, Time /*now*/) {
        const auto at = retrying_.find(event.job);
        if (at == retrying_.end()) return;
        for (auto& [attempt, running] : at->second) {
            if (attempt != event.attempt) continue;
            Verdict verdict = verdict_of(event.outcome, event.job, {});
            verdict.text = fmt::format("job {} {}, not tried again: {}", event.job.value,
                                       model::describe(event.outcome), event.reason);
            tell_end(running, event.outcome, verdict, false);
        }
        forget_failure(event.job, event.node);
    }

    void on(const model::NodeRested& event, Time /*now*/) {
        // One event for each of the host's nodes.
        const model::HostId host = node(event.node).host;
        const bool is_told =
            last_rested_ && last_rested_->first == host && last_rested_->second == event.reason;
        last_rested_.emplace(host, event.reason);
        if (is_told || options_.quiet) return;
        say_safe(fmt::format("host {} rests {}: {}",
                             one_line(fleet_.hosts[host.value].name, kMostColumns),
                             rough_duration(event.duration), event.reason));
    }

    void on(const model::RunHalted& event, Time /*now*/) {
        halted_ = event.reason;
        if (options_.quiet) return;
        say_safe(fmt::format("halting, since {}: no further job starts, {}", event.reason,
                             event.is_now ? "running ones are ended" : "running ones finish"));
    }

    void on(const model::AttemptRefused& event, Time /*now*/) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        if (!options_.quiet) {
            lines_.tell(at->second.node, "refused", kYellow,
                        fmt::format("job {}: {}", at->second.job.value, event.reason));
        }
        running_.erase(at);
    }

    void on(const model::AttemptLeft& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        pace_.attempt_ended(now);
        output_.finish(at->second);
        lines_.tell(at->second.node, "left", kYellow,
                    fmt::format("job {}: {}; {}{}", at->second.job.value, event.reason,
                                event.is_ending ? "it ends there if its host has heard of it"
                                                : "it goes on there",
                                options_.is_attached ? "" : ", and the next run hears its end"));
        running_.erase(at);
    }

    void on(const model::StopAsked& event, Time /*now*/) {
        was_stopped_ = true;
        StopFacts facts;
        facts.grade = event.grade;
        if (options_.stop_cause) facts.cause = options_.stop_cause();
        // What is left on its host is told one by one.
        const bool leaves =
            facts.grade >= 3 || (facts.grade == 1 && facts.cause == StopCause::hangup);
        facts.running = running_jobs(leaves);
        facts.left_running = running_.size() - facts.running.size();
        facts.has_remote =
            std::any_of(facts.running.begin(), facts.running.end(), [&](const RunningJob& job) {
                const model::Host& host = fleet_.hosts[job.node->host.value];
                return !host.is_local && !(options_.runs_by_shim && options_.runs_by_shim(host));
            });
        if (options_.remaining) facts.left = options_.remaining();
        facts.queue_name = options_.queue_name;
        facts.is_daemon = options_.is_daemon;
        facts.grace = options_.grace;
        facts.has_own_graces = has_own_graces_;
        console_.write(Stream::err, stop_text(std::move(facts)));
        console_.show_early();
    }

    void on(const model::RunEnded& /*event*/, Time now) {
        is_over_ = true;
        for (auto& [attempt, running] : running_)
            output_.finish(running);
        Summary::Facts facts;
        facts.counts = tally_.counts();
        facts.took = now - start_.value_or(now);
        if (options_.remaining) facts.left = options_.remaining();
        facts.queue_name = options_.queue_name;
        facts.was_stopped = was_stopped_;
        facts.is_broadcast = options_.is_broadcast;
        facts.is_attached = options_.is_attached;
        facts.stops_at_failure = options_.stops_at_failure;
        facts.halted = halted_;
        console_.remove_status();
        const std::size_t width = console_.width(Stream::err);
        const bool colour = console_.has_colour(Stream::err);
        std::string text = summary_.text(facts, width, colour);
        if (!options_.quiet || !matrix_.is_all_ok()) text += matrix_.text(width, colour);
        console_.write_report(Stream::err, text);
    }

    // The engine's business alone.
    void on(const model::QueueEmpty& /*event*/, Time /*now*/) {}
    void on(const model::HeadDoesNotFit& /*event*/, Time /*now*/) {}
    void on(const model::QueueChanged& /*event*/, Time /*now*/) {}
    void on(const model::JobCancelled& /*event*/, Time /*now*/) {}
    void on(const model::WaitOver& /*event*/, Time /*now*/) {}

    [[nodiscard]] const model::Node& node(model::NodeId id) const {
        REMUDA_CHECK(id.value < fleet_.nodes.size());
        return fleet_.nodes[id.value];
    }

    // How a job ended for good (in broadcast: on one node).
    void tell_end(ShownAttempt& running, const model::Outcome& outcome, const Verdict& verdict,
                  bool is_output_cut) {
        if (options_.is_broadcast) {
            matrix_.attempt_ended(running.job, running.node, outcome);
        } else {
            names_.erase(running.job);
        }
        const bool ok = model::is_success(outcome);
        if (!ok) add_trouble(running, outcome);
        if (ok && options_.quiet && !is_output_cut) return;
        if (!ok && options_.quiet) {
            output_.show_tail(running);
        }
        lines_.tell(running.node, verdict.word, verdict.colour, verdict.text, true);
    }

    void note_options(const model::Job& job) {
        if (!job.options.name.empty()) names_[job.id] = job.options.name;
        if (job.options.grace.value_or(options_.grace) != options_.grace) has_own_graces_ = true;
    }

    // It is tried again, or not at all.
    void forget_failure(model::JobId job, model::NodeId on_node) {
        const auto at = retrying_.find(job);
        if (at == retrying_.end()) return;
        std::erase_if(at->second, [&](const auto& failed) {
            return !options_.is_broadcast || failed.second.node == on_node;
        });
        if (at->second.empty()) retrying_.erase(at);
    }

    void add_trouble(const ShownAttempt& running, const model::Outcome& outcome) {
        Summary::Trouble trouble;
        trouble.job = running.job;
        trouble.node = node(running.node).label;
        trouble.why = model::describe(outcome);
        trouble.what = running.what;
        // A quiet run shows its end where it fails, and nobody wonders why a cancelled one ended.
        const bool is_cancelled = std::holds_alternative<model::Cancelled>(outcome);
        if (!options_.quiet && !is_cancelled) trouble.tail = running.output.tail();
        summary_.add(std::move(trouble));
    }

    [[nodiscard]] std::vector<RunningJob> running_jobs(bool only_ours = false) const {
        std::vector<RunningJob> jobs;
        jobs.reserve(running_.size());
        for (const auto& [attempt, running] : running_) {
            if (only_ours && running.outlives_us) continue;
            jobs.push_back({running.job, &node(running.node), running.what, running.started,
                            running.has_begun});
        }
        return jobs;
    }

    // Attempts still to come, where known.
    [[nodiscard]] std::optional<std::size_t> queued() const {
        if (!options_.remaining) return std::nullopt;
        return options_.remaining() * options_.attempts_a_job;
    }

    void draw_status(Time now) {
        if (!console_.has_status()) return;
        Status status;
        status.counts = tally_.counts();
        status.running = running_.size();
        status.queued = queued();
        status.nodes = news_.count();
        status.nodes_ready = news_.ready_count();
        status.nodes_down = news_.down_count();
        status.per_second = pace_.per_second(now);
        status.is_stopping = was_stopped_;
        status.is_daemon = options_.is_daemon;
        console_.show_status(status_text(status, console_.has_colour(Stream::err)), now);
    }

    // Foreign text, perhaps several lines, the first behind `head`.
    void say(std::string_view head, std::string_view text) {
        console_.write(Stream::err, lines_behind(head, text));
    }
    // One line that is clean already; none if it is empty.
    void say_safe(std::string line, bool is_report = false) {
        if (line.empty()) return;
        line += '\n';
        if (is_report) {
            console_.write_report(Stream::err, line);
        } else {
            console_.write(Stream::err, line);
        }
    }

    // Set once.
    const model::Fleet& fleet_;
    PlainOptions options_;

    Console console_;
    Tally tally_;
    NodeLines lines_;
    OutputLines output_;
    FleetNews news_;
    Summary summary_;
    Matrix matrix_;
    Pace pace_;
    std::unordered_map<model::AttemptId, ShownAttempt> running_;
    // Attempts that failed and are to be followed by another one.
    std::unordered_map<model::JobId, std::vector<std::pair<model::AttemptId, ShownAttempt>>>
        retrying_;
    std::optional<std::pair<model::HostId, std::string>> last_rested_;
    // Why, if it was.
    std::string halted_;
    // Names of jobs that have one.
    std::unordered_map<model::JobId, std::string> names_;
    bool has_own_graces_ = false;
    std::optional<Time> start_;
    bool was_stopped_ = false;
    bool is_over_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_plain(const model::Fleet& fleet, PlainOptions options, Sink& out,
                                   Sink& err) {
    return std::make_unique<Plain>(fleet, std::move(options), out, err);
}

}  // namespace remuda::output
