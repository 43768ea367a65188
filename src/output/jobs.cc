// SPDX-License-Identifier: MIT
#include "remuda/output/jobs.h"

#include "output/human.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <string_view>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostColumns = 1000;
constexpr std::size_t kWidestNode = 32;
constexpr std::size_t kWidestStanding = 40;

std::string took(std::int64_t from_ms, std::optional<std::int64_t> to_ms, std::int64_t now_ms) {
    // Clocks are set back at times.
    const std::int64_t ms = std::max<std::int64_t>(0, to_ms.value_or(now_ms) - from_ms);
    return human_duration(std::chrono::milliseconds(ms));
}

std::string standing_of(const ListedAttempt& attempt, const ListedJob& job) {
    if (attempt.is_refused) return "refused: nothing of it ran";
    if (attempt.outcome) {
        const auto* exited = std::get_if<model::Exited>(&*attempt.outcome);
        return exited != nullptr && exited->code == 0 ? "ok" : model::describe(*attempt.outcome);
    }
    switch (job.stage) {
        case ListedJob::Stage::taken:
        case ListedJob::Stage::running:
            return "running";
        case ListedJob::Stage::left:
        case ListedJob::Stage::handed_on:
            return standing_of(job);
        default:
            return "unknown";
    }
}

bool is_left_running(const ListedJob& job) {
    return std::ranges::any_of(job.attempts, [](const ListedAttempt& attempt) {
        return !attempt.outcome && !attempt.is_refused;
    });
}

std::string left_text(const ListedRun& run) {
    const auto all = static_cast<std::ptrdiff_t>(run.jobs.size());
    const std::ptrdiff_t running = std::ranges::count_if(run.jobs, is_left_running);
    std::string text = fmt::format("run {} ended in order, and left", run.run);
    const std::string_view next = run.mode == "broadcast" ? "b" : "q";
    if (running > 0) {
        text += fmt::format(
            " {} running, whose outcome is not known yet; the next `remuda {}` "
            "goes on with {}",
            counted(static_cast<std::size_t>(running), "job"), next, running == 1 ? "it" : "them");
    }
    if (const std::ptrdiff_t others = all - running; others > 0 || all == 0) {
        text += fmt::format("{} {}, which the next `remuda {}` puts back into the queue",
                            running > 0 ? "; and" : "",
                            counted(static_cast<std::size_t>(others), "job"), next);
    }
    return text + "\n";
}

std::string nodes_of(const ListedJob& job) {
    if (job.attempts.empty()) return "-";
    std::vector<std::string_view> nodes;
    for (const ListedAttempt& attempt : job.attempts) {
        if (std::ranges::find(nodes, attempt.node) == nodes.end()) nodes.push_back(attempt.node);
    }
    if (nodes.size() == 1) return one_line(nodes.front(), kWidestNode);
    return one_line(fmt::format("{}, +{}", nodes.front(), nodes.size() - 1), kWidestNode);
}

// When the last of its attempts ended; absent if nobody has seen one end.
std::optional<std::int64_t> end_of(const ListedJob& job) {
    std::optional<std::int64_t> last;
    for (const ListedAttempt& attempt : job.attempts) {
        if (!attempt.ended_ms) return std::nullopt;
        last = std::max(last, attempt.ended_ms);
    }
    return last;
}

struct Row {
    std::string number;
    std::string started;
    std::string took;
    std::string node;
    std::string standing;
    std::string what;
};

Row row_of(const ListedJob& job, std::int64_t now_ms) {
    Row row{std::to_string(job.number), local_time(job.claimed_ms), "-", nodes_of(job), "", ""};
    row.standing = one_line(standing_of(job), kWidestStanding);
    if (job.retried_ms) row.standing += " (put back)";
    if (!job.attempts.empty()) {
        const bool runs = job.stage == ListedJob::Stage::running;
        const std::optional<std::int64_t> end = end_of(job);
        row.started = local_time(job.attempts.front().started_ms);
        if (runs || end) {
            row.took = took(job.attempts.front().started_ms, runs ? std::nullopt : end, now_ms);
        }
    }
    const bool has_one = job.attempts.size() == 1;
    const std::string& command = has_one ? job.attempts.front().command : job.command;
    row.what = one_line(job.name.empty() ? command : job.name, kMostColumns);
    return row;
}

std::string slots_text(const std::vector<int>& slots) {
    return fmt::format("{}", fmt::join(slots, ","));
}

std::string output_text(std::string_view name, const ListedOutput& output) {
    if (output.path.empty() || (output.kept == 0 && output.written.value_or(0) == 0)) return "";
    std::string text =
        fmt::format("  {:<8}{}, {}", name, human_bytes(output.kept), sanitised(output.path, false));
    if (output.written && *output.written > output.kept) {
        text += fmt::format(" (cut: it wrote {})", human_bytes(*output.written));
    }
    return text + "\n";
}

// A foreign text of several lines, each indented.
std::string indented(std::string_view text) {
    std::string all;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        all += "    " + sanitised(line, false) + "\n";
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return all;
}

std::string seconds_text(std::chrono::microseconds time) {
    return fmt::format("{:.2f}s", std::chrono::duration<double>(time).count());
}

bool is_over(const ListedJob& job) {
    return job.stage != ListedJob::Stage::running && job.stage != ListedJob::Stage::taken;
}

std::string attempt_text(const ListedAttempt& attempt, const ListedJob& job, std::int64_t now_ms) {
    std::string text =
        fmt::format("attempt {} on {}: {}\n", attempt.attempt, one_line(attempt.node, kMostColumns),
                    one_line(standing_of(attempt, job), kMostColumns));
    text += fmt::format("  started {}", local_time(attempt.started_ms));
    if (attempt.ended_ms) {
        text += fmt::format(", ended {}, took {}", local_time(*attempt.ended_ms),
                            took(attempt.started_ms, attempt.ended_ms, now_ms));
    } else if (!is_over(job)) {
        text += fmt::format(", {} ago", took(attempt.started_ms, std::nullopt, now_ms));
    }
    text += '\n';
    if (!attempt.slots.empty()) text += fmt::format("  slots   {}\n", slots_text(attempt.slots));
    if (attempt.usage) {
        const model::Usage& usage = *attempt.usage;
        text += fmt::format("  used    {} user, {} system, {} at most\n", seconds_text(usage.user),
                            seconds_text(usage.system), human_bytes(usage.memory * 1024));
    }
    if (!attempt.key.empty()) text += "  key     " + sanitised(attempt.key, false) + "\n";
    text += output_text("stdout", attempt.out) + output_text("stderr", attempt.err);
    return text + "  command\n" + indented(attempt.command);
}

}  // namespace

std::string standing_of(const ListedJob& job) {
    switch (job.stage) {
        case ListedJob::Stage::taken:
            // Which of several nodes are to come is not on record.
            if (job.is_broadcast && !job.attempts.empty()) return "under way";
            for (const ListedAttempt& attempt : std::views::reverse(job.attempts)) {
                if (attempt.outcome)
                    return "to be tried again: " + model::describe(*attempt.outcome);
            }
            return "to be started";
        case ListedJob::Stage::running:
            return job.is_unwanted ? "running, being cancelled" : "running";
        case ListedJob::Stage::given_back:
            return "back in the queue";
        case ListedJob::Stage::handed_on:
            return job.goes_on_as ? fmt::format("goes on as job {}", *job.goes_on_as)
                                  : "goes on in a later run";
        case ListedJob::Stage::left:
            if (!is_left_running(job)) return "to be put back";
            return job.is_unwanted ? "left running, to be cancelled" : "left running";
        case ListedJob::Stage::unsettled:
            return job.is_unwanted ? "unknown: its run was killed; to be cancelled"
                                   : "unknown: its run was killed";
        case ListedJob::Stage::ended:
            break;
    }
    if (!job.outcome) return "unknown";
    return model::is_success(*job.outcome) ? "ok" : model::describe(*job.outcome);
}

std::string jobs_table(const std::vector<ListedJob>& jobs, std::size_t columns,
                       std::int64_t now_ms) {
    if (jobs.empty()) return "";
    std::vector<Row> rows{{"JOB", "STARTED", "TOOK", "NODE", "OUTCOME", "COMMAND"}};
    for (const ListedJob& job : jobs)
        rows.push_back(row_of(job, now_ms));
    const auto widest = [&](std::string Row::* member) {
        std::size_t width = 0;
        for (const Row& row : rows)
            width = std::max(width, display_width(row.*member));
        return width;
    };
    const std::size_t numbers = widest(&Row::number);
    const std::size_t times = widest(&Row::started);
    const std::size_t durations = widest(&Row::took);
    const std::size_t nodes = widest(&Row::node);
    const std::size_t standings = widest(&Row::standing);
    const auto padded = [](const std::string& text, std::size_t width) {
        return text + std::string(width - std::min(width, display_width(text)), ' ');
    };
    std::string text;
    for (const Row& row : rows) {
        std::string line = fmt::format("{:>{}}  ", row.number, numbers) +
                           padded(row.started, times) + "  " +
                           fmt::format("{:>{}}  ", row.took, durations) + padded(row.node, nodes) +
                           "  " + padded(row.standing, standings) + "  " + row.what;
        if (columns > 0 && display_width(line) > columns) {
            line = line.substr(0, prefix_within(line, columns > 1 ? columns - 1 : 1)) + "…";
        }
        text += line + "\n";
    }
    return text;
}

std::string job_whole(const ListedJob& job, std::int64_t now_ms) {
    std::string text =
        fmt::format("job {}: {}\n", job.number, one_line(standing_of(job), kMostColumns));
    if (!job.name.empty()) text += "name    " + one_line(job.name, kMostColumns) + "\n";
    text += fmt::format("run     {} (its job {}), taken {}\n", job.run, job.job,
                        local_time(job.claimed_ms));
    if (job.resumes) text += fmt::format("goes on with job {}\n", *job.resumes);
    if (job.retried_ms) text += "put back into the queue " + local_time(*job.retried_ms) + "\n";
    text += "entry\n" + indented(job.entry);
    for (const ListedAttempt& attempt : job.attempts)
        text += attempt_text(attempt, job, now_ms);
    return text;
}

std::string runs_text(const std::vector<ListedRun>& runs, std::size_t columns,
                      std::int64_t now_ms) {
    std::string text;
    for (const ListedRun& run : runs) {
        if (run.life == ListedRun::Life::left) {
            text += left_text(run);
        } else if (run.life == ListedRun::Life::unsettled) {
            text += fmt::format(
                "run {} was killed (process {} on {}); the next `remuda {}` settles what it left\n",
                run.run, run.pid, one_line(run.machine, kMostColumns),
                run.mode == "broadcast" ? "b" : "q");
        } else {
            text += fmt::format("run {}: {} of {} since {} ({}), process {} on {}\n", run.run,
                                run.mode, one_line(run.queue, kMostColumns),
                                local_time(run.began_ms), took(run.began_ms, std::nullopt, now_ms),
                                run.pid, one_line(run.machine, kMostColumns));
        }
        text += fmt::format("  {} {}, {} ended", counted(run.jobs.size(), "job"),
                            run.life == ListedRun::Life::left ? "left" : "under way", run.ended);
        if (run.failed > 0) text += fmt::format(" ({} not well)", run.failed);
        if (run.waiting) text += fmt::format(", {} in the queue", *run.waiting);
        text += '\n';
        text += jobs_table(run.jobs, columns, now_ms);
    }
    return text;
}

}  // namespace remuda::output
