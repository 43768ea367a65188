// SPDX-License-Identifier: MIT
#include "remuda/base/units.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace remuda {

namespace {

constexpr double kLongestSeconds = 366.0 * 24 * 3600;
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 60U;

struct Unit {
    std::string_view name;
    double seconds;
};
// The larger ones first.
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86400.0}, {"h", 3600.0}, {"m", 60.0}, {"s", 1.0}, {"ms", 0.001}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    double seconds = 0;
    std::size_t next_unit = 0;
    bool is_first = true;
    while (!text.empty()) {
        if (!is_digit(text.front())) return std::nullopt;
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number,
                                          std::chars_format::fixed);
        if (read.ec != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        std::size_t length = 0;
        while (length < text.size() && !is_digit(text[length]))
            ++length;
        const std::string_view name = text.substr(0, length);
        if (is_first && name.empty() && text.empty()) {
            seconds = number;
            break;
        }
        std::size_t unit = next_unit;
        while (unit < kUnits.size() && kUnits[unit].name != name)
            ++unit;
        if (unit == kUnits.size()) return std::nullopt;
        seconds += number * kUnits[unit].seconds;
        next_unit = unit + 1;
        is_first = false;
        text.remove_prefix(length);
    }
    if (seconds > kLongestSeconds) return std::nullopt;
    return std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    std::uint64_t factor = 1;
    constexpr std::string_view letters = "KMGT";
    if (!text.empty() && text != "B") {
        const char letter = text.front() == 'k' ? 'K' : text.front();
        const std::size_t power = letters.find(letter);
        if (power == std::string_view::npos) return std::nullopt;
        factor = std::uint64_t{1} << (10 * (power + 1));
        const std::string_view rest = text.substr(1);
        if (!rest.empty() && rest != "B" && rest != "iB") return std::nullopt;
    }
    if (number > kLargestSize / factor) return std::nullopt;
    return number * factor;
}

}  // namespace remuda
