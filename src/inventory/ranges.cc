// SPDX-License-Identifier: MIT
#include "remuda/inventory/inventory.h"

#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace remuda::inventory {

namespace {

Error fault(std::string text) {
    return {Code::invalid_input, std::move(text)};
}

// More digits than these are no index of a machine, and would not fit.
constexpr std::size_t kMostDigits = 15;

Result<std::uint64_t> parse_number(std::string_view digits) {
    const bool is_number = !digits.empty() && digits.size() <= kMostDigits &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number) {
        return fault(digits.empty() ? "a number is missing in the range"
                                    : fmt::format("'{}' in the range is no number", digits));
    }
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Error too_many() {
    return fault(fmt::format("the ranges give more than {} names", kMostNodes));
}

// "03-05" -> 03 04 05, "9" -> 9.
Result<void> append_part(std::string_view part, std::vector<std::string>& numbers) {
    const std::size_t dash = part.find('-');
    const std::string_view first_digits = part.substr(0, dash);
    const auto first = parse_number(first_digits);
    if (!first) return first.error();
    auto last = first;
    if (dash != std::string_view::npos) last = parse_number(part.substr(dash + 1));
    if (!last) return last.error();
    if (*last < *first) return fault(fmt::format("the range {} ends before it begins", part));
    if (*last - *first >= kMostNodes - numbers.size()) return too_many();
    const std::size_t width = first_digits.front() == '0' ? first_digits.size() : 1;
    for (std::uint64_t number = *first; number <= *last; ++number) {
        numbers.push_back(fmt::format("{:0{}}", number, width));
    }
    return {};
}

Result<std::vector<std::string>> parse_range(std::string_view inside) {
    if (inside.empty()) return fault("the range is empty");
    std::vector<std::string> numbers;
    for (;;) {
        const std::size_t comma = inside.find(',');
        if (auto done = append_part(inside.substr(0, comma), numbers); !done) return done.error();
        if (comma == std::string_view::npos) return numbers;
        inside.remove_prefix(comma + 1);
    }
}

// Every one of `names` followed by every one of `tails`, the tails varying fastest.
Result<std::vector<std::string>> multiplied(const std::vector<std::string>& names,
                                            const std::vector<std::string>& tails) {
    if (names.size() > kMostNodes / tails.size()) return too_many();
    std::vector<std::string> product;
    product.reserve(names.size() * tails.size());
    for (const std::string& name : names) {
        for (const std::string& tail : tails)
            product.push_back(name + tail);
    }
    return product;
}

void append_to_all(std::vector<std::string>& names, std::string_view text) {
    for (std::string& name : names)
        name += text;
}

}  // namespace

Result<std::vector<std::string>> expand_ranges(std::string_view pattern) {
    std::vector<std::string> names = {""};
    while (!pattern.empty()) {
        const std::size_t open = pattern.find_first_of("[]");
        append_to_all(names, pattern.substr(0, open));
        if (open == std::string_view::npos) break;
        const std::size_t close = pattern.find_first_of("[]", open + 1);
        if (pattern[open] == ']') return fault("a ']' without '['");
        if (close == std::string_view::npos || pattern[close] == '[') {
            return fault("a '[' without ']'");
        }
        const std::string_view inside = pattern.substr(open + 1, close - open - 1);
        if (inside.find(':') != std::string_view::npos) {
            append_to_all(names, pattern.substr(open, close - open + 1));
        } else {
            const auto numbers = parse_range(inside);
            if (!numbers) return numbers.error();
            auto product = multiplied(names, *numbers);
            if (!product) return product.error();
            names = std::move(*product);
        }
        pattern.remove_prefix(close + 1);
    }
    return names;
}

}  // namespace remuda::inventory
