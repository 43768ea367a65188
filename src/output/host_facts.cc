// SPDX-License-Identifier: MIT
#include "remuda/output/host_facts.h"

#include "output/grid.h"
#include "output/json_writer.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

using yaml::Node;

bool is_number(const Node& node) {
    if (node.style != Node::Style::plain || node.text.empty()) return false;
    // JSON knows no "+1", ".5", "0x1" or "1_000".
    const std::string_view text = node.text;
    const std::size_t digits = text.starts_with('-') ? 1 : 0;
    if (text.size() == digits || text[digits] < '0' || text[digits] > '9') return false;
    if (text.size() > digits + 1 && text[digits] == '0' && text[digits + 1] != '.') return false;
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
           text.back() != '.';
}

void append_json(std::string& to, const Node& node) {
    std::string_view comma;
    switch (node.kind) {
        case Node::Kind::scalar:
            if (is_number(node)) {
                to += node.text;
            } else {
                append_json_string(to, node.text);
            }
            return;
        case Node::Kind::sequence:
            to += '[';
            for (const Node& item : node.items) {
                to += std::exchange(comma, ",");
                append_json(to, item);
            }
            to += ']';
            return;
        case Node::Kind::mapping:
            to += '{';
            for (const auto& [key, value] : node.pairs) {
                to += std::exchange(comma, ",");
                append_json_string(to, key.text);
                to += ':';
                append_json(to, value);
            }
            to += '}';
            return;
    }
}

std::string text_of(const Node& facts, std::string_view key) {
    const Node* value = facts.find(key);
    return value == nullptr ? "" : sanitised(value->text, false);
}

std::optional<std::uint64_t> number_of(const Node& facts, std::string_view key) {
    const Node* value = facts.find(key);
    if (value == nullptr) return std::nullopt;
    std::uint64_t number = 0;
    const char* end = value->text.data() + value->text.size();
    const auto parsed = std::from_chars(value->text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

constexpr double kGibi = 1024.0 * 1024 * 1024;

std::string gibibytes(std::uint64_t bytes) {
    const double amount = static_cast<double>(bytes) / kGibi;
    return amount < 100 ? fmt::format("{:.1f}", amount) : fmt::format("{:.0f}", amount);
}

// "12.1 of 31.2 GiB".
std::string share(const Node& facts, std::string_view free, std::string_view total) {
    const auto left = number_of(facts, free);
    const auto all = number_of(facts, total);
    return left && all ? fmt::format("{} of {} GiB", gibibytes(*left), gibibytes(*all)) : "";
}

std::string load_of(const Node& facts) {
    const Node* load = facts.find("load");
    return load == nullptr || load->items.empty() ? "" : sanitised(load->items[0].text, false);
}

std::string up_time(const Node& facts) {
    const auto seconds = number_of(facts, "uptime");
    if (!seconds) return "";
    constexpr std::uint64_t hour = 3600;
    constexpr std::uint64_t day = 24 * hour;
    return *seconds >= day ? fmt::format("{} d", *seconds / day)
                           : fmt::format("{} h", *seconds / hour);
}

// "2 x NVIDIA A100 (40 GiB)", each kind once.
std::string gpus_of(const Node& facts) {
    const Node* gpus = facts.find("gpus");
    if (gpus == nullptr) return "";
    std::vector<std::pair<std::string, int>> kinds;
    for (const Node& gpu : gpus->items) {
        std::string kind = text_of(gpu, "name");
        if (const auto memory = number_of(gpu, "memory_total")) {
            kind += fmt::format(" ({} GiB)", gibibytes(*memory));
        }
        const auto known = std::ranges::find(kinds, kind, &std::pair<std::string, int>::first);
        if (known == kinds.end()) {
            kinds.emplace_back(std::move(kind), 1);
        } else {
            ++known->second;
        }
    }
    std::string text;
    for (const auto& [kind, count] : kinds) {
        text += text.empty() ? "" : ", ";
        text += count == 1 ? kind : fmt::format("{} x {}", count, kind);
    }
    return text;
}

}  // namespace

HostFacts read_facts(std::string host, const std::string& text) {
    // JSON is YAML.
    const yaml::Source source("facts", text);
    yaml::Diagnostics diagnostics;
    yaml::Document document = yaml::parse(source, diagnostics);
    const bool is_good =
        document.has_root && !diagnostics.has_errors() && document.root.kind == Node::Kind::mapping;
    if (!is_good) return no_facts(std::move(host), "what it says of itself is no JSON");
    return {std::move(host), "", std::move(document.root)};
}

HostFacts no_facts(std::string host, std::string fault) {
    return {std::move(host), std::move(fault), {}};
}

std::string facts_table(const std::vector<HostFacts>& hosts, std::size_t columns) {
    Grid grid({"HOST", "MACHINE", "CPUS", "LOAD", "MEMORY FREE", "DISK FREE", "UP", "GPUS"});
    std::size_t count = 0;
    for (const HostFacts& host : hosts) {
        if (!host.fault.empty()) continue;
        ++count;
        const Node& facts = host.facts;
        grid.add({sanitised(host.host, false), text_of(facts, "machine"), text_of(facts, "cpus"),
                  load_of(facts), share(facts, "memory_available", "memory_total"),
                  share(facts, "disk_free", "disk_total"), up_time(facts), gpus_of(facts)});
    }
    if (count == 0) return "";
    std::string text = grid.head(columns);
    for (std::size_t i = 0; i < count; ++i)
        text += grid.row(i, columns);
    return text;
}

std::string facts_as_json(const std::vector<HostFacts>& hosts) {
    std::string text;
    for (const HostFacts& host : hosts) {
        text += R"({"v":1,"type":"host_facts","host":)";
        append_json_string(text, host.host);
        if (host.fault.empty()) {
            text += R"(,"facts":)";
            append_json(text, host.facts);
        } else {
            text += R"(,"reason":)";
            append_json_string(text, host.fault);
        }
        text += "}\n";
    }
    return text;
}

}  // namespace remuda::output
