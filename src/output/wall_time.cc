// SPDX-License-Identifier: MIT
#include "remuda/output/jobs.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

namespace remuda::output {

namespace {

std::string date_and_time(const std::tm& parts, char between) {
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, between, parts.tm_hour, parts.tm_min,
                       parts.tm_sec);
}

}  // namespace

std::string local_time(std::int64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr) return "?";
    return date_and_time(parts, ' ');
}

std::string utc_time(std::int64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    if (::gmtime_r(&seconds, &parts) == nullptr) return "?";
    return fmt::format("{}.{:03}Z", date_and_time(parts, 'T'), ms % 1000);
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace remuda::output
