// SPDX-License-Identifier: MIT
#include "cli/moment.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string_view>
#include <utility>

namespace remuda::cli {

namespace {

std::optional<std::int64_t> parse_date(const std::string& text) {
    for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
                               "%Y-%m-%dT%H:%M:%S"}) {
        std::tm parts{};
        const char* end = ::strptime(text.c_str(), format, &parts);
        if (end == nullptr || *end != '\0') continue;
        parts.tm_isdst = -1;
        const std::time_t time = std::mktime(&parts);
        if (time != -1) return std::int64_t{time} * 1000;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_moment(const std::string& text, std::int64_t now_ms) {
    if (const auto date = parse_date(text)) return date;
    double count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failure != std::errc() || end == text.data() || !std::isfinite(count) || count < 0) {
        return std::nullopt;
    }
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    constexpr std::pair<std::string_view, double> units[] = {
        {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 7 * 86400e3}};
    for (const auto& [name, ms] : units) {
        if (unit == name) {
            const double longest = 1e15;
            return now_ms - static_cast<std::int64_t>(std::min(count * ms, longest));
        }
    }
    return std::nullopt;
}

}  // namespace remuda::cli
