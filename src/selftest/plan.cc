// SPDX-License-Identifier: MIT
#include "selftest/plan.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>

#include <fmt/format.h>

namespace remuda::selftest {

using std::chrono::milliseconds;

namespace {

constexpr std::array<std::string_view, kFaults> kNames{
    "controller killed",  "second controller", "shim killed",    "supervisor killed",
    "nanny killed",       "both killed",       "connection cut", "server killed",
    "connection stalled", "host rebooted",     "disk full here", "disk full there"};

/// Draws that are the same with every standard library.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    /// From `least` to `most`.
    int number(int least, int most) {
        const auto span = static_cast<std::uint64_t>(most - least) + 1;
        return least + static_cast<int>(engine_() % span);
    }
    bool one_in(int many) { return number(1, many) == 1; }
    Duration time(int least_ms, int most_ms) { return milliseconds(number(least_ms, most_ms)); }

  private:
    std::mt19937_64 engine_;
};

bool needs_shim(Fault fault) {
    return fault == Fault::shim_killed || fault == Fault::supervisor_killed ||
           fault == Fault::nanny_killed || fault == Fault::keepers_killed;
}

PlannedJob draw_job(Dice& dice, int number) {
    PlannedJob job;
    job.number = number;
    job.takes = dice.time(0, 160);
    job.lines = dice.one_in(8) ? dice.number(500, 2000) : dice.number(0, 5);
    if (dice.one_in(8)) {
        // The first execution fails, and the user wants another.
        job.retries = 2;
        job.ends = {std::to_string(dice.number(1, 9)), "0"};
    } else if (dice.one_in(3)) {
        job.ends = {std::to_string(dice.number(1, 120))};
    } else if (dice.one_in(12)) {
        job.ends = {dice.one_in(2) ? "TERM" : "USR1"};
    } else {
        job.ends = {"0"};
    }
    job.is_elsewhere = dice.one_in(3);
    return job;
}

Strike draw_strike(Dice& dice, const std::vector<Fault>& faults, std::size_t hosts) {
    constexpr int window_ms = 700;
    Strike strike;
    strike.fault =
        faults[static_cast<std::size_t>(dice.number(0, static_cast<int>(faults.size()) - 1))];
    strike.host = static_cast<std::size_t>(dice.number(0, static_cast<int>(hosts) - 1));
    strike.at = dice.time(0, window_ms);
    strike.lasts = dice.time(0, 300);
    // Some stand still for longer than is waited for them: ServerAliveInterval is in seconds.
    if (strike.fault == Fault::stalled && dice.one_in(6)) strike.lasts = milliseconds(2500);
    return strike;
}

}  // namespace

std::string_view name_of(Fault fault) {
    return kNames[index_of(fault)];
}

bool strikes_host(Fault fault) {
    return fault != Fault::controller_killed && fault != Fault::second_controller &&
           fault != Fault::disk_full_here;
}

Plan draw_plan(std::uint64_t seed, bool can_fill) {
    Dice dice(seed);
    Plan plan;
    plan.seed = seed;
    plan.hosts = static_cast<std::size_t>(dice.number(2, 4));
    plan.slots = dice.number(1, 4);
    plan.with_shim = !dice.one_in(8);
    const int jobs = dice.number(20, 40);
    for (int number = 1; number <= jobs; ++number)
        plan.jobs.push_back(draw_job(dice, number));
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < kFaults; ++i) {
        const auto fault = static_cast<Fault>(i);
        const bool fills = fault == Fault::disk_full_here || fault == Fault::disk_full_there;
        if ((fills && !can_fill) || (needs_shim(fault) && !plan.with_shim)) continue;
        faults.push_back(fault);
    }
    const int strikes = dice.number(1, 4);
    for (int i = 0; i < strikes; ++i)
        plan.strikes.push_back(draw_strike(dice, faults, plan.hosts));
    std::ranges::sort(plan.strikes, {}, &Strike::at);
    return plan;
}

Plan quiet_plan(bool with_shim) {
    Plan plan;
    plan.hosts = 2;
    plan.slots = 2;
    plan.with_shim = with_shim;
    constexpr int jobs = 8;
    for (int number = 1; number <= jobs; ++number) {
        PlannedJob job;
        job.number = number;
        job.takes = milliseconds(10);
        job.lines = number;
        job.ends = {number % 4 == 0 ? "3" : "0"};
        plan.jobs.push_back(std::move(job));
    }
    return plan;
}

std::string job_script(const std::string& records) {
    // Only what a POSIX shell has; printf writes each line with one write.
    std::string script = "record=";
    script += shell_quote(records + "/");
    script += R"sh($1
key=${REMUDA_KEY:--}
printf 'start %s\n' "$key" >>"$record"
turn=$(grep -c start "$record")
i=0
while [ "$i" -lt "$3" ]; do i=$((i + 1)); echo "job $1 says $i"; done
[ "$2" = 0 ] || sleep "$2"
shift 3
while [ "$turn" -gt 1 ] && [ $# -gt 1 ]; do turn=$((turn - 1)); shift; done
printf 'end %s %s\n' "$key" "$1" >>"$record"
case $1 in
[0-9]*) exit "$1" ;;
*) kill -s "$1" $$ ;;
esac
)sh";
    return script;
}

std::string queue_text(const Plan& plan, const std::string& script) {
    std::string text = "# the drill's jobs\n";
    for (const PlannedJob& job : plan.jobs) {
        const auto ms = std::chrono::duration_cast<milliseconds>(job.takes).count();
        const std::string seconds = ms == 0 ? "0" : fmt::format("{}.{:03}", ms / 1000, ms % 1000);
        const std::string command = fmt::format("exec sh {} {} {} {} {}", script, job.number,
                                                seconds, job.lines, fmt::join(job.ends, " "));
        std::vector<std::string> options;
        if (job.retries > 0)
            options.push_back(fmt::format("retries: {}, retry_delay: 0s", job.retries));
        if (job.is_elsewhere) options.emplace_back("cwd: /");
        if (options.empty()) {
            text += fmt::format("- {}\n", command);
        } else {
            text +=
                fmt::format("- command: {}\n  job: {{{}}}\n", command, fmt::join(options, ", "));
        }
    }
    return text;
}

std::optional<int> job_in(std::string_view text, const std::string& script) {
    const std::size_t at = text.find(script + " ");
    if (at == std::string_view::npos) return std::nullopt;
    const char* begin = text.data() + at + script.size() + 1;
    int number = 0;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
    if (error != std::errc() || end == begin) return std::nullopt;
    return number;
}

std::string output_of(const PlannedJob& job) {
    std::string text;
    for (int i = 1; i <= job.lines; ++i)
        text += fmt::format("job {} says {}\n", job.number, i);
    return text;
}

}  // namespace remuda::selftest
