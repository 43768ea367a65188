// SPDX-License-Identifier: MIT
#include "output/fold.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::string_view kDigits = "0123456789";
// So that the numbers need no more than 64 bits.
constexpr std::size_t kMostDigits = 15;

enum class Run { first, last };

struct Parts {
    std::string before;
    std::string digits;
    std::string behind;
};

// `name` around a number in it; nothing if it has none that can be counted on.
std::optional<Parts> parts_of(const std::string& name, Run run) {
    std::size_t from = 0;
    std::size_t end = 0;
    if (run == Run::last) {
        const std::size_t last = name.find_last_of(kDigits);
        if (last == std::string::npos) return std::nullopt;
        end = last + 1;
        from = name.find_last_not_of(kDigits, last) + 1;
    } else {
        from = name.find_first_of(kDigits);
        if (from == std::string::npos) return std::nullopt;
        end = std::min(name.size(), name.find_first_not_of(kDigits, from));
    }
    if (end - from > kMostDigits) return std::nullopt;
    return Parts{name.substr(0, from), name.substr(from, end - from), name.substr(end)};
}

// Names that differ in their number alone.
struct Group {
    std::string before;
    std::string behind;
    // Digits of each number, where some begin with 0; else 0.
    std::size_t width = 0;
    std::vector<std::uint64_t> numbers;
};

std::string text_of(Group group) {
    std::sort(group.numbers.begin(), group.numbers.end());
    std::string ranges;
    for (std::size_t i = 0; i < group.numbers.size();) {
        std::size_t last = i;
        while (last + 1 < group.numbers.size() &&
               group.numbers[last + 1] == group.numbers[last] + 1)
            ++last;
        if (!ranges.empty()) ranges += ',';
        ranges += fmt::format("{:0{}}", group.numbers[i], group.width);
        if (last > i) ranges += fmt::format("-{:0{}}", group.numbers[last], group.width);
        i = last + 1;
    }
    if (group.numbers.size() > 1) ranges = "[" + ranges + "]";
    return group.before + ranges + group.behind;
}

// The groups' texts.
std::vector<std::string> folded_by(const std::vector<std::string>& names, Run run) {
    using Key = std::pair<std::string, std::string>;
    std::map<Key, bool> has_leading_zero;
    for (const std::string& name : names) {
        if (const auto parts = parts_of(name, run)) {
            has_leading_zero[{parts->before, parts->behind}] |=
                parts->digits.size() > 1 && parts->digits[0] == '0';
        }
    }
    std::map<std::pair<Key, std::size_t>, std::size_t> places;
    std::vector<Group> groups;
    for (const std::string& name : names) {
        const auto parts = parts_of(name, run);
        if (!parts) {
            groups.push_back({name, "", 0, {}});
            continue;
        }
        const Key key(parts->before, parts->behind);
        const std::size_t width = has_leading_zero[key] ? parts->digits.size() : 0;
        const auto [place, is_new] = places.try_emplace({key, width}, groups.size());
        if (is_new) groups.push_back({parts->before, parts->behind, width, {}});
        groups[place->second].numbers.push_back(std::stoull(parts->digits));
    }
    std::vector<std::string> texts;
    texts.reserve(groups.size());
    for (Group& group : groups)
        texts.push_back(text_of(std::move(group)));
    return texts;
}

}  // namespace

std::string folded_names(const std::vector<std::string>& names) {
    const std::vector<std::string> by_last = folded_by(names, Run::last);
    const std::vector<std::string> by_first = folded_by(names, Run::first);
    return fmt::format("{}", fmt::join(by_first.size() < by_last.size() ? by_first : by_last, ","));
}

}  // namespace remuda::output
