// SPDX-License-Identifier: MIT
#include "cli/policy_values.h"

#include "remuda/base/result.h"
#include "remuda/base/units.h"
#include "remuda/queue/retry_words.h"
#include "remuda/templating/template.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

using engine::Halt;

constexpr double kWhole = 100;

// A whole `text` as a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* begin = text.data();
    const auto read = std::from_chars(begin, begin + text.size(), number);
    return read.ec == std::errc() && read.ptr == begin + text.size() ? std::optional(number)
                                                                     : std::nullopt;
}

}  // namespace

std::optional<HaltWish> parse_halt(const std::string& text) {
    HaltWish wish;
    if (text == "never") return wish;
    const std::size_t comma = text.find(',');
    const std::size_t equals = text.find('=');
    if (comma == std::string::npos || equals == std::string::npos || equals < comma) {
        return std::nullopt;
    }
    const std::string_view all = text;
    const std::string_view when = all.substr(0, comma);
    const std::string_view what = all.substr(comma + 1, equals - comma - 1);
    std::string_view number = all.substr(equals + 1);
    if (when == "now") {
        wish.when = Halt::When::now;
    } else if (when == "soon") {
        wish.when = Halt::When::soon;
    } else {
        return std::nullopt;
    }
    if (what == "success") {
        wish.of = Halt::Of::successes;
    } else if (what == "done") {
        wish.of = Halt::Of::ends;
    } else if (what != "fail") {
        return std::nullopt;
    }
    if (number.ends_with('%')) {
        number.remove_suffix(1);
        wish.percent = number_of<double>(number);
        const bool is_good = wish.percent && *wish.percent > 0 && *wish.percent <= kWhole;
        return is_good ? std::optional(wish) : std::nullopt;
    }
    wish.count = number_of<std::size_t>(number);
    return wish.count && *wish.count > 0 ? std::optional(wish) : std::nullopt;
}

engine::Halt halt_of(const HaltWish& wish, std::size_t jobs) {
    Halt halt{wish.when, wish.of, wish.count.value_or(1)};
    if (wish.percent) {
        const double share = std::ceil(static_cast<double>(jobs) * *wish.percent / kWhole);
        halt.count = std::max<std::size_t>(1, static_cast<std::size_t>(share));
    }
    return halt;
}

std::string fault_of_halt(const std::string& text) {
    if (parse_halt(text)) return "";
    return fmt::format(
        "'{}' is not `never`, nor like `soon,fail=3` or `now,success=1`, `soon,done=10%`: `now` or "
        "`soon`, then `fail`, `success` or `done` with a number or a percentage",
        text);
}

std::optional<model::RetryOn> parse_retry_on(const std::string& text) {
    model::RetryOn on{{}, false, false};
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (!queue::add_retry_word(std::string_view(text).substr(begin, end - begin), on)) {
            return std::nullopt;
        }
        begin = end + 1;
    }
    return on;
}

std::string fault_of_retry_on(const std::string& text) {
    if (parse_retry_on(text)) return "";
    return fmt::format("'{}' is no list of {}, with commas", text, queue::retry_on_help());
}

std::string fault_of_duration(const std::string& text, bool may_be_zero) {
    const auto duration = parse_duration(text);
    if (!duration) return fmt::format("'{}' is no duration, like 90s, 12h or 1h30m", text);
    if (*duration == Duration::zero() && !may_be_zero) return "it must be more than 0";
    return "";
}

std::string fault_of_size(const std::string& text) {
    return parse_size(text) ? "" : fmt::format("'{}' is no size, like 10M, 1G or 4096", text);
}

std::string fault_of_number(const std::string& text, int least, int most) {
    const auto number = number_of<int>(text);
    if (number && *number >= least && *number <= most) return "";
    return fmt::format("'{}' is no whole number from {} to {}", text, least, most);
}

std::string fault_of_template(const std::string& text) {
    if (text.empty()) return "it is empty";
    const auto parsed = templating::Template::parse(text);
    const auto* faults = std::get_if<std::vector<templating::Fault>>(&parsed);
    if (faults == nullptr) return "";
    return fmt::format("'{}': {}", text,
                       faults->empty() ? "it cannot be parsed" : faults->front().message);
}

std::string fault_of_input_file(const std::string& text) {
    if (auto fault = fault_of_template(text); !fault.empty()) return fault;
    const bool is_fixed = text.find("{{") == std::string::npos && !text.starts_with("~/");
    if (!is_fixed || ::access(text.c_str(), R_OK) == 0) return "";
    return sys_error(fmt::format("cannot read '{}'", text)).text();
}

std::string fault_of_variable(const std::string& text) {
    const std::size_t at = text.find('=');
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (c >= '0' && c <= '9');
    };
    const std::string name = text.substr(0, at);
    const bool is_name = !name.empty() && (name.front() < '0' || name.front() > '9') &&
                         std::ranges::all_of(name, is_good);
    if (at == std::string::npos || !is_name) return fmt::format("'{}' is not NAME=VALUE", text);
    return at + 1 == text.size() ? "" : fault_of_template(text.substr(at + 1));
}

}  // namespace remuda::cli
