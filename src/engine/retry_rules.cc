// SPDX-License-Identifier: MIT
#include "engine/retry_rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

namespace remuda::engine {

namespace {

// Numbers on Linux. Others, of other systems, count as 128.
constexpr std::array<std::pair<std::string_view, int>, 15> kSignals{{{"HUP", 1},
                                                                     {"INT", 2},
                                                                     {"QUIT", 3},
                                                                     {"ILL", 4},
                                                                     {"TRAP", 5},
                                                                     {"ABRT", 6},
                                                                     {"BUS", 7},
                                                                     {"FPE", 8},
                                                                     {"KILL", 9},
                                                                     {"USR1", 10},
                                                                     {"SEGV", 11},
                                                                     {"USR2", 12},
                                                                     {"PIPE", 13},
                                                                     {"ALRM", 14},
                                                                     {"TERM", 15}}};

int code_of(const model::Signalled& signalled) {
    constexpr int base = 128;
    const auto* const found =
        std::ranges::find(kSignals, signalled.signal, &std::pair<std::string_view, int>::first);
    return found == kSignals.end() ? base : base + found->second;
}

// SplitMix64.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
    return x ^ (x >> 31U);
}

}  // namespace

bool is_named(const model::RetryOn& on, const model::Outcome& outcome) {
    const auto has_code = [&](int code) {
        return std::ranges::any_of(on.codes, [&](const model::CodeRange& range) {
            return range.first <= code && code <= range.last;
        });
    };
    if (const auto* exited = std::get_if<model::Exited>(&outcome)) {
        return exited->code != 0 && has_code(exited->code);
    }
    if (const auto* signalled = std::get_if<model::Signalled>(&outcome)) {
        return has_code(code_of(*signalled));
    }
    if (std::holds_alternative<model::Lost>(outcome)) return on.lost;
    return on.timeout && std::holds_alternative<model::TimedOut>(outcome);
}

Duration delay_before(int number, const model::Retry& retry, std::uint64_t seed,
                      std::uint64_t draw) {
    Duration delay = retry.delay;
    for (int i = 2; i < number && delay < retry.longest_delay && delay > Duration::zero(); ++i)
        delay = std::min(2 * delay, retry.longest_delay);
    const Duration half = delay / 2;
    if (half == Duration::zero()) return delay;
    const std::uint64_t drawn =
        mixed(mixed(seed ^ mixed(draw)) + static_cast<std::uint64_t>(number));
    return half + Duration(static_cast<Duration::rep>(
                      drawn % (static_cast<std::uint64_t>((delay - half).count()) + 1)));
}

}  // namespace remuda::engine
