// SPDX-License-Identifier: MIT
#include "output/colour.h"
#include "output/console.h"
#include "output/human.h"
#include "output/line_splitter.h"
#include "output/prefixed.h"
#include "output/status.h"
#include "output/summary.h"
#include "remuda/base/check.h"
#include "remuda/base/text.h"
#include "remuda/output/output.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace remuda::output {

namespace {

using model::Stream;

// Command and reason beside a word and a job number, where no terminal sets a limit.
constexpr std::size_t kWidthOffTerminal = 200;
constexpr std::size_t kFewestColumns = 8;
constexpr std::size_t kMostReason = 1000;

// The last lines of an attempt's output, kept where only failures are shown.
class Tail {
  public:
    void add(Stream stream, std::string_view line) {
        constexpr std::size_t most_lines = 50;
        constexpr std::size_t most_bytes = std::size_t{16} * 1024;
        lines_.emplace_back(stream, line.substr(0, most_bytes));
        bytes_ += lines_.back().second.size();
        while (lines_.size() > most_lines || bytes_ > most_bytes) {
            bytes_ -= lines_.front().second.size();
            lines_.pop_front();
        }
    }
    [[nodiscard]] const std::deque<std::pair<Stream, std::string>>& lines() const { return lines_; }

  private:
    std::deque<std::pair<Stream, std::string>> lines_;
    std::size_t bytes_ = 0;
};

// An attempt that runs.
struct Running {
    model::JobId job;
    model::NodeId node;
    // The command, or the job's name.
    std::string what;
    Time started;
    LineSplitter out;
    LineSplitter err;
    Tail tail;
};

// What is said of an attempt that ended.
struct Verdict {
    std::string_view word;
    std::string_view colour;
    std::string text;
};

Verdict verdict_of(const model::Outcome& outcome, const std::string& job, const std::string& took) {
    if (model::is_success(outcome)) return {"ok", kGreen, fmt::format("{} in {}", job, took)};
    if (const auto* lost = std::get_if<model::Lost>(&outcome)) {
        return {"LOST", kRed, fmt::format("{} after {}: {}", job, took, lost->reason)};
    }
    if (const auto* never = std::get_if<model::NeverStarted>(&outcome)) {
        return {"NOT RUN", kRed, fmt::format("{}: {}", job, never->reason)};
    }
    if (std::holds_alternative<model::Cancelled>(outcome)) {
        return {"ended", kYellow, fmt::format("{} cancelled after {}", job, took)};
    }
    return {"FAILED", kRed, fmt::format("{} {} after {}", job, model::describe(outcome), took)};
}

class Plain final : public Reader {
  public:
    Plain(const model::Fleet& fleet, PlainOptions options, Sink& out, Sink& err)
        : fleet_(fleet),
          options_(std::move(options)),
          console_(options_.screen, options_.width_now, out, err),
          summary_(fleet),
          is_up_(fleet.nodes.size()),
          start_(options_.start) {}

    void read(const model::Event& event, Time now) override {
        if (!start_) start_ = now;
        tally_.read(event, now);
        std::visit([&](const auto& e) { on(e, now); }, event);
    }

    void tick(Time now) override {
        if (!console_.has_status() || is_over_) return;
        Status status;
        status.counts = tally_.counts();
        status.running = running_.size();
        if (options_.remaining) {
            status.queued = options_.remaining() * options_.attempts_a_job;
        }
        status.nodes = fleet_.nodes.size();
        status.nodes_ready = ready_nodes_;
        status.per_second = pace_.per_second(now);
        status.is_stopping = was_stopped_;
        console_.show_status(status_text(status, console_.has_colour(Stream::err)), now);
    }

    void note(std::string_view text) override {
        if (!options_.quiet) say("remuda: ", text);
    }

  private:
    void on(const model::NodeUp& event, Time /*now*/) {
        if (!is_up_[event.node.value]) ++ready_nodes_;
        is_up_[event.node.value] = true;
        if (std::erase(down_, event.node) > 0) {
            summary_.node_up(event.node);
            if (!options_.quiet)
                say("", one_line(node(event.node).label, kWidthOffTerminal) + ": up again");
        }
    }

    void on(const model::NodeDown& event, Time /*now*/) {
        if (is_up_[event.node.value]) --ready_nodes_;
        is_up_[event.node.value] = false;
        if (std::find(down_.begin(), down_.end(), event.node) == down_.end()) {
            down_.push_back(event.node);
        }
        summary_.node_down(event.node, event.reason);
        const bool colour = console_.has_colour(Stream::err);
        say_safe(fmt::format("{}: {}: {} ({})", one_line(node(event.node).label, kWidthOffTerminal),
                             painted("down", kRed, colour), one_line(event.reason, kMostReason),
                             place_text(node(event.node).place)));
    }

    void on(const model::JobTaken& event, Time /*now*/) {
        if (!event.job.options.name.empty()) names_[event.job.id] = event.job.options.name;
    }

    void on(const model::JobTooBig& event, Time /*now*/) {
        const bool colour = console_.has_colour(Stream::err);
        say_safe(fmt::format("{} job {}: {} ({})", painted("NOT RUN", kRed, colour),
                             event.job.id.value, one_line(event.reason, kMostReason),
                             place_text(event.job.place)));
        const std::string& name = event.job.options.name;
        summary_.add({event.job.id, "", "never started: " + event.reason,
                      name.empty() ? event.job.command : name});
    }

    void on(const model::QueueFailed& event, Time /*now*/) {
        // What is left in the file is not known, or not to be had.
        was_stopped_ = true;
        say("error: ", event.reason);
    }

    void on(const model::AttemptStarted& event, Time now) {
        Running running;
        running.job = event.job;
        running.node = event.node;
        running.started = now;
        const auto name = names_.find(event.job);
        running.what = name == names_.end() ? event.command : name->second;
        pace_.attempt_started(now);
        if (!event.slots.empty()) {
            summary_.node_used(event.node);
            if (!options_.quiet) tell_start(running, event.slots);
        }
        running_.insert_or_assign(event.attempt, std::move(running));
    }

    void on(const model::OutputArrived& event, Time /*now*/) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        Running& running = at->second;
        LineSplitter& splitter = event.stream == Stream::out ? running.out : running.err;
        const Layout layout = layout_of(running.node, event.stream);
        std::string lines;
        splitter.feed(event.bytes, [&](std::string_view line) {
            show_line(lines, running, event.stream, layout, line);
        });
        console_.write(event.stream, lines);
    }

    void on(const model::AttemptEnded& event, Time now) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        Running running = std::move(at->second);
        running_.erase(at);
        pace_.attempt_ended(now);
        finish_output(running);
        const bool ok = model::is_success(event.outcome);
        if (!ok) {
            summary_.add({running.job, node(running.node).label, model::describe(event.outcome),
                          running.what});
        }
        if (ok && options_.quiet) return;
        for (const auto& [stream, line] : running.tail.lines()) {
            std::string text;
            append_output(text, layout_of(running.node, stream), line);
            console_.write(stream, text);
        }
        const Verdict verdict = verdict_of(event.outcome, fmt::format("job {}", running.job.value),
                                           human_duration(now - running.started));
        tell(running.node, verdict.word, verdict.colour, verdict.text);
    }

    void on(const model::AttemptRefused& event, Time /*now*/) {
        const auto at = running_.find(event.attempt);
        if (at == running_.end()) return;
        if (!options_.quiet) {
            tell(at->second.node, "refused", kYellow,
                 fmt::format("job {}: {}", at->second.job.value, event.reason));
        }
        running_.erase(at);
    }

    void on(const model::StopAsked& event, Time /*now*/) {
        was_stopped_ = true;
        if (event.grade >= 3) return say("", "leaving at once");
        if (event.grade == 2) {
            return say("", fmt::format("ending {}. Once more leaves at once.",
                                       counted(running_.size(), "job")));
        }
        if (running_.empty()) return say("", "stopping: nothing is running");
        const bool one = running_.size() == 1;
        say("", fmt::format("stopping: no further job starts, {} {} finishing. Once more ends {}.",
                            running_.size(), one ? "is" : "are", one ? "it" : "them"));
    }

    void on(const model::RunEnded& /*event*/, Time now) {
        is_over_ = true;
        for (auto& [attempt, running] : running_)
            finish_output(running);
        Summary::Facts facts;
        facts.counts = tally_.counts();
        facts.took = now - start_.value_or(now);
        if (options_.remaining) facts.left = options_.remaining();
        facts.queue_name = options_.queue_name;
        facts.was_stopped = was_stopped_;
        facts.stops_at_failure = options_.stops_at_failure;
        console_.remove_status();
        console_.write(Stream::err, summary_.text(facts, console_.width(Stream::err),
                                                  console_.has_colour(Stream::err)));
    }

    // The engine's business alone.
    void on(const model::QueueEmpty& /*event*/, Time /*now*/) {}
    void on(const model::HeadDoesNotFit& /*event*/, Time /*now*/) {}
    void on(const model::QueueChanged& /*event*/, Time /*now*/) {}
    void on(const model::NodeAdded& /*event*/, Time /*now*/) {}
    void on(const model::NodeRetired& /*event*/, Time /*now*/) {}
    void on(const model::JobLost& /*event*/, Time /*now*/) {}

    [[nodiscard]] const model::Node& node(model::NodeId id) const {
        REMUDA_CHECK(id.value < fleet_.nodes.size());
        return fleet_.nodes[id.value];
    }

    // `[label] ` for stdout and notes, `[label]! ` for stderr. A label takes half the width at
    // most.
    [[nodiscard]] Prefix prefix(model::NodeId id, Stream shown_on, bool is_stderr) const {
        const std::size_t width = console_.width(shown_on);
        constexpr std::size_t brackets = 4;
        const std::size_t most = width == 0 ? kWidthOffTerminal : width / 2;
        const std::string label = one_line(node(id).label, most > brackets ? most - brackets : 1);
        const std::string text = fmt::format("[{}]{}", label, is_stderr ? "!" : "");
        const bool colour = console_.has_colour(shown_on);
        return {painted(text, node_colour(id), colour) + " ", display_width(text) + 1};
    }

    // How lines of one stream of a node are shown: worked out once for many lines.
    struct Layout {
        Prefix prefix;
        std::size_t width = 0;
        bool colour = false;
    };

    [[nodiscard]] Layout layout_of(model::NodeId id, Stream stream) const {
        return {prefix(id, stream, stream == Stream::err), console_.width(stream),
                console_.has_colour(stream)};
    }

    static void append_output(std::string& to, const Layout& layout, std::string_view line) {
        append_prefixed(to, layout.prefix, sanitised(line, layout.colour), layout.width);
    }

    void show_line(std::string& to, Running& running, Stream stream, const Layout& layout,
                   std::string_view line) const {
        if (options_.quiet) {
            running.tail.add(stream, line);
        } else {
            append_output(to, layout, line);
        }
    }

    void finish_output(Running& running) {
        for (const Stream stream : {Stream::out, Stream::err}) {
            std::string lines;
            LineSplitter& splitter = stream == Stream::out ? running.out : running.err;
            const Layout layout = layout_of(running.node, stream);
            splitter.finish(
                [&](std::string_view line) { show_line(lines, running, stream, layout, line); });
            console_.write(stream, lines);
        }
    }

    void tell_start(const Running& running, const std::vector<int>& slots) {
        const Prefix before = prefix(running.node, Stream::err, false);
        std::string head = fmt::format("job {}", running.job.value);
        if (node(running.node).slots > 1) {
            head += fmt::format(" on {} {}", slots.size() == 1 ? "slot" : "slots",
                                fmt::join(slots, ","));
        }
        head += ": ";
        constexpr std::size_t word_columns = 9;
        const std::size_t width = console_.width(Stream::err);
        const std::size_t used = before.columns + word_columns + head.size();
        const std::size_t room = width == 0
                                     ? kWidthOffTerminal
                                     : std::max(kFewestColumns, width > used ? width - used : 0);
        tell(running.node, "started", kDim, head + one_line(running.what, room));
    }

    // A line about an attempt: the word in its own column, so that it is found by eye.
    void tell(model::NodeId id, std::string_view word, std::string_view colour,
              std::string_view text) {
        const std::string padded = fmt::format("{:<8}", word);
        std::string line = painted(padded, colour, console_.has_colour(Stream::err)) + " ";
        line += one_line(text, 4 * kWidthOffTerminal);
        std::string lines;
        append_prefixed(lines, prefix(id, Stream::err, false), line, console_.width(Stream::err));
        console_.write(Stream::err, lines);
    }

    // Foreign text, perhaps several lines, the first behind `head`.
    void say(std::string_view head, std::string_view text) {
        std::string lines;
        LineSplitter splitter;
        const auto add = [&](std::string_view line) {
            if (lines.empty()) lines += head;
            lines += sanitised(line, false);
            lines += '\n';
        };
        splitter.feed(text, add);
        splitter.finish(add);
        console_.write(Stream::err, lines);
    }

    // One line that is clean already.
    void say_safe(std::string line) {
        line += '\n';
        console_.write(Stream::err, line);
    }

    // Set once.
    const model::Fleet& fleet_;
    PlainOptions options_;

    Console console_;
    Tally tally_;
    Summary summary_;
    Pace pace_;
    std::unordered_map<model::AttemptId, Running> running_;
    // Names of jobs that have one.
    std::unordered_map<model::JobId, std::string> names_;
    std::vector<bool> is_up_;
    std::vector<model::NodeId> down_;
    std::size_t ready_nodes_ = 0;
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
