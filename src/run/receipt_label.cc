// SPDX-License-Identifier: MIT
#include "remuda/run/receipt_label.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace remuda::run {

namespace {

constexpr std::size_t kMostColumns = 200;

std::string in_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [at, error] = std::from_chars(text.begin(), text.end(), number);
    return error == std::errc() && at == text.end() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string label_text(const ReceiptLabel& label) {
    std::string text = elided(in_one_line(label.title), kMostColumns);
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text += fmt::format("\n{}: {}", name, in_one_line(value));
    };
    if (label.has_name) add("has", "name");
    if (label.run) add("run", std::to_string(*label.run));
    if (label.job) add("job", std::to_string(*label.job));
    add("node", label.node);
    add("machine", label.machine);
    add("queue", label.queue);
    return text;
}

ReceiptLabel parse_label(std::string_view text) {
    const auto next_line = [&] {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        return line;
    };
    ReceiptLabel label;
    label.title = next_line();
    while (!text.empty()) {
        const std::string_view line = next_line();
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = line.substr(colon + 2);
        if (name == "has") label.has_name = value == "name";
        if (name == "run") label.run = number_of(value);
        if (name == "job") label.job = number_of(value);
        if (name == "node") label.node = value;
        if (name == "machine") label.machine = value;
        if (name == "queue") label.queue = value;
    }
    return label;
}

}  // namespace remuda::run
