// SPDX-License-Identifier: MIT
#include "ssh/algorithms.h"

#include "remuda/ssh_config/pattern.h"
#include "ssh/known_hosts_line.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace remuda::ssh {

namespace {

using Names = std::vector<std::string_view>;

Names names_of(std::string_view list) {
    Names names;
    while (!list.empty()) {
        const std::string_view name = list.substr(0, list.find(','));
        list.remove_prefix(std::min(name.size() + 1, list.size()));
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

// No version of ssh that is alive offers these by itself.
constexpr std::array<std::string_view, 4> kLegacy{"ssh-rsa", "ssh-dss", "*-cbc",
                                                  "diffie-hellman-*-sha1"};

bool is_legacy(std::string_view name) {
    return std::ranges::any_of(
        kLegacy, [&](std::string_view pattern) { return ssh_config::matches(name, pattern); });
}

bool matches_any(std::string_view name, const Names& patterns) {
    return std::ranges::any_of(
        patterns, [&](std::string_view pattern) { return ssh_config::matches(name, pattern); });
}

std::string joined(const Names& names) {
    return fmt::format("{}", fmt::join(names, ","));
}

}  // namespace

AlgorithmChoice choose_algorithms(std::string_view wanted, std::string_view usual,
                                  bool keeps_order) {
    const char prefix = wanted.empty() ? '=' : wanted.front();
    const bool has_prefix = prefix == '+' || prefix == '-' || prefix == '^';
    const Names patterns = names_of(wanted.substr(has_prefix ? 1 : 0));
    const Names ours = names_of(usual);
    AlgorithmChoice choice;
    if (prefix == '+') {
        const auto has = [&](std::string_view pattern) {
            return std::ranges::any_of(
                ours, [&](std::string_view name) { return ssh_config::matches(name, pattern); });
        };
        const auto missing = std::ranges::find_if_not(patterns, has);
        if (missing != patterns.end()) choice.missing = *missing;
        choice.list = usual;
        return choice;
    }
    if (keeps_order) {
        const auto legacy = std::ranges::find_if(patterns, is_legacy);
        if (legacy != patterns.end()) choice.missing = *legacy;
    }
    Names left;
    // Those that are named, in the order in which they are; a pattern adds all that it matches.
    if (prefix == '-' || keeps_order) {
        std::ranges::copy_if(ours, std::back_inserter(left), [&](std::string_view name) {
            return matches_any(name, patterns) != (prefix == '-');
        });
    } else {
        for (const std::string_view pattern : patterns) {
            for (const std::string_view name : ours) {
                const bool is_new = std::ranges::find(left, name) == left.end();
                if (is_new && ssh_config::matches(name, pattern)) left.push_back(name);
            }
        }
    }
    if (prefix == '^') {
        for (const std::string_view name : ours) {
            if (std::ranges::find(left, name) == left.end()) left.push_back(name);
        }
    }
    choice.list = joined(left);
    return choice;
}

}  // namespace remuda::ssh
