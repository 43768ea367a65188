// SPDX-License-Identifier: MIT
#include "remuda/run/plan.h"

#include "remuda/queue/template_faults.h"
#include "remuda/templating/template.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <map>
#include <string>
#include <variant>

#include <fmt/core.h>

namespace remuda::run {

namespace {

using Names = std::vector<std::string>;

/// The parameters of the fleet's nodes.
struct NodeNames {
    Names of_all;
    Names of_some;
};

NodeNames names_of(const model::Fleet& fleet) {
    std::map<std::string, std::size_t> counts;
    for (const model::Node& node : fleet.nodes) {
        for (const auto& [name, value] : node.parameters)
            ++counts[name];
    }
    NodeNames names;
    for (const auto& [name, count] : counts) {
        (count == fleet.nodes.size() ? names.of_all : names.of_some).push_back(name);
    }
    return names;
}

/// A node without the parameter `name`, and how many there are.
std::string lacking(const model::Fleet& fleet, const std::string& name) {
    const model::Node* first = nullptr;
    std::size_t count = 0;
    for (const model::Node& node : fleet.nodes) {
        const bool has_it = std::ranges::any_of(
            node.parameters, [&](const auto& parameter) { return parameter.first == name; });
        if (has_it) continue;
        if (first == nullptr) first = &node;
        ++count;
    }
    const std::string& label = first->label.empty() ? first->hostname : first->label;
    if (count == 1) return fmt::format("node '{}' does not have it", label);
    return fmt::format("{} of {} nodes do not have it, '{}' for one", count, fleet.nodes.size(),
                       label);
}

void append(Names& names, const Names& more) {
    names.insert(names.end(), more.begin(), more.end());
}

/// Reports the variables of `command` that only some nodes have. `known`: all other names.
void check_some(const queue::Entry::Value& command, const Names& known, const Names& of_some,
                const model::Fleet& fleet, yaml::Diagnostics& diagnostics) {
    const auto parsed = templating::Template::parse(command.text);
    const auto* made = std::get_if<templating::Template>(&parsed);
    if (made == nullptr) return;
    const Names used = made->variables();
    for (const std::string& name : of_some) {
        if (std::ranges::find(used, name) == used.end()) continue;
        if (std::ranges::find(known, name) != known.end()) continue;
        // With all names but this one known, what is at fault is where this one stands.
        Names others = known;
        for (const std::string& other : of_some) {
            if (other != name) others.push_back(other);
        }
        Names all = others;
        all.push_back(name);
        const std::vector<templating::Fault> faults_with = made->check(all);
        for (templating::Fault& fault : made->check(others)) {
            const bool is_about_it =
                std::ranges::none_of(faults_with, [&](const templating::Fault& other) {
                    return other.offset == fault.offset && other.message == fault.message;
                });
            if (!is_about_it) continue;
            fault.message = fmt::format("only some nodes have the parameter '{}'", name);
            fault.help = lacking(fleet, name) +
                         "; any node may get the job, so give it to every node or to the entry";
            queue::report(command, fault, diagnostics);
        }
    }
}

}  // namespace

void check_plan(const std::vector<queue::Entry>& entries, const model::Fleet& fleet,
                yaml::Diagnostics& diagnostics, templating::Unknown unknown) {
    const NodeNames names = names_of(fleet);
    Names of_any = names.of_all;
    append(of_any, names.of_some);
    queue::check_templates(entries, of_any, diagnostics, unknown);
    if (names.of_some.empty() || unknown == templating::Unknown::is_empty) return;
    for (const queue::Entry& entry : entries) {
        Names known = names.of_all;
        known.emplace_back("hostname");
        known.emplace_back("slots");
        known.emplace_back("allocation_policy");
        for (const auto& parameter : entry.parameters)
            known.push_back(parameter.name);
        for (const auto* texts : {&entry.commands, &entry.option_templates}) {
            for (const queue::Entry::Value& text : *texts)
                check_some(text, known, names.of_some, fleet, diagnostics);
        }
    }
}

queue::Check plan_check(const model::Fleet& fleet, templating::Unknown unknown) {
    return [&fleet, unknown](const std::vector<queue::Entry>& entries,
                             yaml::Diagnostics& diagnostics) {
        check_plan(entries, fleet, diagnostics, unknown);
    };
}

std::optional<std::string> why_too_big(const model::Needs& needs, int largest) {
    if (needs.slots > largest) {
        return fmt::format("it needs {} slots, the largest node has {}", needs.slots, largest);
    }
    const bool is_buddy = needs.policy == model::AllocationPolicy::buddy;
    if (is_buddy && needs.slots > 0 && !std::has_single_bit(static_cast<unsigned>(needs.slots))) {
        return fmt::format("buddy allocation needs a power of two, not {} slots", needs.slots);
    }
    return std::nullopt;
}

}  // namespace remuda::run
