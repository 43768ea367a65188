// SPDX-License-Identifier: MIT
#include "output/human.h"

#include "output/line_splitter.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::string long_duration(std::int64_t seconds) {
    if (seconds < kDay) return fmt::format("{}h{:02}m", seconds / kHour, seconds % kHour / kMinute);
    return fmt::format("{}d{:02}h", seconds / kDay, seconds % kDay / kHour);
}

}  // namespace

std::string human_duration(Duration duration) {
    using Tenths = std::chrono::duration<std::int64_t, std::deci>;
    const std::int64_t tenths =
        std::max<std::int64_t>(0, std::chrono::round<Tenths>(duration).count());
    const std::int64_t seconds = tenths / 10;
    if (seconds < kMinute) return fmt::format("{}.{}s", seconds, tenths % 10);
    if (seconds < kHour) return fmt::format("{}m{:02}s", seconds / kMinute, seconds % kMinute);
    return long_duration(seconds);
}

std::string rough_duration(Duration duration) {
    const std::int64_t seconds =
        std::max<std::int64_t>(1, std::chrono::round<std::chrono::seconds>(duration).count());
    if (seconds < kMinute) return fmt::format("{}s", seconds);
    if (seconds < kHour) return fmt::format("{}m", (seconds + kMinute / 2) / kMinute);
    return long_duration(seconds);
}

std::string counted(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string one_line(std::string_view text, std::size_t columns) {
    // Nobody reads more; a megabyte of command is not cleaned for its first hundred columns.
    constexpr std::size_t most_bytes = 4096;
    std::string line(text.substr(0, most_bytes));
    for (char& c : line) {
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    }
    return elided(sanitised(line, false), columns);
}

std::string place_text(const model::Place& place) {
    return fmt::format("{}:{}", place.file, place.line);
}

std::string lines_behind(std::string_view head, std::string_view text) {
    std::string lines;
    LineSplitter splitter;
    const auto add = [&](std::string_view line, bool /*begins_line*/) {
        if (lines.empty()) lines += head;
        lines += sanitised(line, false);
        lines += '\n';
    };
    splitter.feed(text, add);
    splitter.finish(add);
    return lines;
}

}  // namespace remuda::output
