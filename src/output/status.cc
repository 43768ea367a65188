// SPDX-License-Identifier: MIT
#include "output/status.h"

#include "output/colour.h"
#include "output/human.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kJudgedBy = 100;
constexpr std::size_t kTooFew = 3;

std::string pace_text(double per_second) {
    if (per_second >= 1) return fmt::format("{:.1f} jobs/s", per_second);
    return fmt::format("{:.1f} jobs/min", per_second * 60);
}

}  // namespace

void Pace::attempt_started(Time now) {
    if (!first_start_) first_start_ = now;
}

void Pace::attempt_ended(Time now) {
    ends_.push_back(now);
    if (ends_.size() > kJudgedBy) ends_.pop_front();
}

double Pace::per_second(Time now) const {
    if (!first_start_ || ends_.size() < kTooFew) return 0;
    // With the window full its first end is where the clock starts, and is not counted.
    const bool is_full = ends_.size() == kJudgedBy;
    const Time since = is_full ? ends_.front() : *first_start_;
    const double seconds = std::chrono::duration<double>(now - since).count();
    if (seconds < 1) return 0;
    return static_cast<double>(ends_.size() - (is_full ? 1 : 0)) / seconds;
}

std::string status_text(const Status& status, bool colour) {
    const Tally::Counts& counts = status.counts;
    const std::size_t ended =
        counts.succeeded + counts.failed + counts.cancelled + counts.never_started + counts.lost;
    const std::string down =
        status.nodes_down == 0
            ? ""
            : ", " +
                  painted(fmt::format("{} down", counted(status.nodes_down, "node")), kRed, colour);
    if (ended == 0 && status.running == 0 &&
        status.nodes_ready + status.nodes_down < status.nodes) {
        return fmt::format("connecting: {} of {} ready", status.nodes_ready,
                           counted(status.nodes, "node"));
    }
    if (status.is_stopping) {
        return fmt::format("[{}] {} running, stopping", ended, status.running);
    }
    if (status.is_daemon && status.running == 0 && status.queued.value_or(1) == 0) {
        const std::size_t failed = counts.failed + counts.lost + counts.never_started;
        std::string text = fmt::format("[{}] waiting for jobs", ended);
        if (failed > 0) text += ", " + painted(fmt::format("{} failed", failed), kRed, colour);
        return text + down;
    }
    const std::size_t to_come = status.running + status.queued.value_or(0);
    std::string text =
        status.queued ? fmt::format("[{}/{}]", ended, ended + to_come) : fmt::format("[{}]", ended);
    text += fmt::format(" {} running", status.running);
    const std::size_t bad = counts.failed + counts.lost + counts.never_started;
    if (bad > 0) text += ", " + painted(fmt::format("{} failed", bad), kRed, colour);
    if (status.queued) text += fmt::format(", {} queued", *status.queued);
    // In a broadcast the next command waits for them.
    if (const std::size_t known = status.nodes_ready + status.nodes_down; known < status.nodes) {
        text += fmt::format(", {} connecting", counted(status.nodes - known, "node"));
    }
    text += down;
    if (status.per_second > 0) {
        text += "  " + pace_text(status.per_second);
        constexpr double most_seconds = 30.0 * 24 * 3600;
        const double left = static_cast<double>(to_come) / status.per_second;
        // How long the last ones take is not told by the pace of those before.
        if (status.queued.value_or(0) > 0 && left < most_seconds) {
            const auto duration = std::chrono::duration<double>(left);
            text += fmt::format("  about {} left",
                                rough_duration(std::chrono::duration_cast<Duration>(duration)));
        }
    }
    return text;
}

}  // namespace remuda::output
