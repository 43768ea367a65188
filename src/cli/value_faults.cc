// SPDX-License-Identifier: MIT
#include "cli/value_faults.h"

#include "cli/moment.h"
#include "remuda/base/result.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

namespace remuda::cli {

std::string fault_of_seconds(const std::string& text, double least) {
    constexpr double most = 86'400;
    double seconds = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    const bool is_good =
        read.ec == std::errc() && read.ptr == end && seconds >= least && seconds <= most;
    if (is_good) return "";
    return fmt::format("'{}' is no number of seconds from {} to {}", text, least, most);
}

std::string fault_of_count(const std::string& text, std::uint64_t least) {
    constexpr std::uint64_t most = 1'000'000'000;
    std::uint64_t count = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    const bool is_good =
        read.ec == std::errc() && read.ptr == end && count >= least && count <= most;
    if (is_good) return "";
    return fmt::format("'{}' is no whole number from {} to {}", text, least, most);
}

std::function<std::string(const std::string&)> one_of(std::vector<std::string> words) {
    return [words = std::move(words)](const std::string& text) -> std::string {
        if (std::ranges::find(words, text) != words.end()) return "";
        return fmt::format("'{}' is none of {}", text, fmt::join(words, ", "));
    };
}

std::string fault_of_moment(const std::string& text) {
    if (parse_moment(text, 0)) return "";
    return fmt::format("'{}' is no time: 90s, 10m, 2h, 3d and 1w ago, or 2026-11-20", text);
}

std::string fault_of_ssh_config(const std::string& text) {
    if (text == "none" || ::access(text.c_str(), R_OK) == 0) return "";
    return sys_error(fmt::format("cannot read '{}'", text)).text();
}

std::string fault_of_assignment(const std::string& text) {
    const std::size_t at = text.find('=');
    if (at != std::string::npos && at > 0) return "";
    return fmt::format("'{}' is not NAME=VALUE", text);
}

}  // namespace remuda::cli
