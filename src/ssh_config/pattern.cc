// SPDX-License-Identifier: MIT
#include "remuda/ssh_config/pattern.h"

#include "ssh_config/words.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace remuda::ssh_config {

namespace {

// ssh takes a list with a longer pattern for one that does not match.
constexpr std::size_t kLongestPattern = 1022;

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    // Where to go on if what follows the last `*` turns out not to fit.
    std::size_t star = std::string_view::npos;
    std::size_t after_star = 0;
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            after_star = at;
        } else if (in_pattern < pattern.size() &&
                   (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool matches_list(std::string_view text, std::string_view list, bool lowers) {
    bool matched = false;
    while (!list.empty()) {
        const bool is_negated = list.front() == '!';
        if (is_negated) list.remove_prefix(1);
        const std::size_t length = std::min(list.find(','), list.size());
        if (length > kLongestPattern) return false;
        const std::string_view pattern = list.substr(0, length);
        list.remove_prefix(std::min(length + 1, list.size()));
        if (!matches(text, lowers ? lowered(pattern) : std::string(pattern))) continue;
        if (is_negated) return false;
        matched = true;
    }
    return matched;
}

}  // namespace remuda::ssh_config
