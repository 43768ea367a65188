// SPDX-License-Identifier: MIT
#include "output/standing.h"

#include "output/human.h"
#include "output/table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostRows = 20;
constexpr std::size_t kWidestNode = 32;

void add_count(std::string& text, std::size_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
}

}  // namespace

std::string standing_text(Standing standing, Time now, std::size_t width) {
    const Tally::Counts& counts = standing.counts;
    std::string text = fmt::format("after {}: {} running", human_duration(standing.so_far),
                                   standing.running.size());
    add_count(text, counts.retrying, "to be tried again");
    add_count(text, counts.succeeded, "ok");
    add_count(text, counts.failed, "failed");
    add_count(text, counts.lost, "lost");
    add_count(text, counts.never_started, "never started");
    add_count(text, counts.cancelled, "cancelled");
    if (standing.queued) text += fmt::format(", {} queued", *standing.queued);
    text +=
        fmt::format("; {} of {} ready\n", standing.nodes_ready, counted(standing.nodes, "node"));
    if (standing.running.empty()) return text;

    std::sort(standing.running.begin(), standing.running.end(),
              [](const RunningJob& a, const RunningJob& b) {
                  return std::tuple(a.started, a.job) < std::tuple(b.started, b.job);
              });
    Table table({"JOB", "NODE", "FOR", "COMMAND"});
    for (std::size_t i = 0; i < standing.running.size() && i < kMostRows; ++i) {
        const RunningJob& job = standing.running[i];
        table.add({fmt::format("{}", job.job.value), one_line(job.node->label, kWidestNode),
                   job.has_begun ? human_duration(now - job.started) : "not begun",
                   std::string(job.what)});
    }
    text += table.text(width);
    if (standing.running.size() > kMostRows) {
        text += fmt::format("  ... and {} more\n", standing.running.size() - kMostRows);
    }
    return text;
}

}  // namespace remuda::output
