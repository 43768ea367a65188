// SPDX-License-Identifier: MIT
#include "engine/health.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <fmt/core.h>

namespace remuda::engine {

namespace {

constexpr Duration kFirstRest = std::chrono::seconds(60);
constexpr Duration kLongestRest = std::chrono::hours(1);

/// Failures in a row of which so many succeeded elsewhere.
constexpr std::size_t kFewFailures = 3;
constexpr std::size_t kFewPassed = 2;
/// Failures in a row where others pass other jobs with such commands.
constexpr std::size_t kManyFailures = 5;
/// Jobs lost in a row.
constexpr std::size_t kFewLosses = 3;
/// Others do well if at most one in so many fails.
constexpr std::size_t kShare = 5;
/// Commands that are remembered.
constexpr std::size_t kMostCommands = 1024;

}  // namespace

Mark Health::failed(model::HostId id, const std::string& command, bool is_lost) {
    Host& host = at(id);
    if (host.failures == 0) {
        host.streak = ++last_streak_;
        host.at_start = all_;
        host.own_at_start = host.own;
    }
    ++host.failures;
    host.losses = is_lost ? host.losses + 1 : 0;
    const auto good = good_.find(std::hash<std::string>{}(command));
    if (good != good_.end() && (good->second.on_several || good->second.host != id)) {
        ++host.known_good;
    }
    for (Totals* totals : {&all_, &host.own}) {
        ++totals->failed;
        if (is_lost) ++totals->lost;
    }
    return {id, host.streak};
}

void Health::succeeded(model::HostId id, const std::string& command,
                       const std::vector<Mark>& marks) {
    Host& host = at(id);
    end_streak(host);
    host.rests = 0;
    ++all_.passed;
    ++host.own.passed;
    for (const Mark& mark : marks) {
        Host& failing = at(mark.host);
        if (mark.host != id && failing.failures > 0 && failing.streak == mark.streak) {
            ++failing.passed_elsewhere;
        }
    }
    if (good_.size() >= kMostCommands) good_.clear();
    const auto [good, is_new] =
        good_.try_emplace(std::hash<std::string>{}(command), Good{id, false});
    if (!is_new && good->second.host != id) good->second.on_several = true;
}

std::string Health::evidence(model::HostId id) const {
    if (id.value >= hosts_.size()) return "";
    const Host& host = hosts_[id.value];
    if (host.failures >= kFewFailures && host.passed_elsewhere >= kFewPassed) {
        return fmt::format("its last {} jobs failed, {} of them passed elsewhere", host.failures,
                           host.passed_elsewhere);
    }
    const Totals others = elsewhere_since_start(host);
    const std::size_t ended = others.passed + others.failed;
    if (host.losses >= kFewLosses) {
        // Where nothing ended elsewhere meanwhile, at least nothing was lost there.
        const std::size_t ended_before = all_.passed - host.own.passed;
        const bool others_keep =
            others.lost == 0 ? ended + ended_before >= kFewLosses : others.lost * kShare <= ended;
        if (others_keep) {
            return fmt::format(
                "it lost its last {} jobs, other hosts lost {}", host.losses,
                others.lost == 0 ? "none" : fmt::format("{} of {}", others.lost, ended));
        }
    }
    if (host.failures >= kManyFailures &&
        host.known_good * kShare >= host.failures * (kShare - 1) &&
        others.failed * kShare <= ended) {
        return fmt::format(
            "its last {} jobs failed, other hosts pass such jobs ({} of {} meanwhile)",
            host.failures, others.passed, ended);
    }
    return "";
}

Duration Health::rest(model::HostId id) {
    Host& host = at(id);
    Duration rest = kFirstRest;
    for (int i = 0; i < host.rests && rest < kLongestRest; ++i)
        rest *= 2;
    ++host.rests;
    end_streak(host);
    return std::min(rest, kLongestRest);
}

Health::Host& Health::at(model::HostId host) {
    if (host.value >= hosts_.size()) hosts_.resize(host.value + 1);
    return hosts_[host.value];
}

Health::Totals Health::elsewhere_since_start(const Host& host) const {
    const auto since = [&](std::size_t Totals::* member) {
        return (all_.*member - host.at_start.*member) -
               (host.own.*member - host.own_at_start.*member);
    };
    return {since(&Totals::passed), since(&Totals::failed), since(&Totals::lost)};
}

void Health::end_streak(Host& host) {
    host.failures = 0;
    host.losses = 0;
    host.passed_elsewhere = 0;
    host.known_good = 0;
}

}  // namespace remuda::engine
