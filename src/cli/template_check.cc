// SPDX-License-Identifier: MIT
#include "cli/template_check.h"

#include "remuda/templating/template.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using templating::Fault;
using templating::Template;

// A parameter that some nodes have and others lack.
struct Partial {
    std::string lacking_node;
    model::Place place;
};

// What the nodes give to templates.
struct NodeVariables {
    std::vector<std::string> on_any;
    std::map<std::string, Partial> on_some;
};

NodeVariables variables_of(const model::Fleet& fleet) {
    std::map<std::string, std::size_t> counts;
    for (const model::Node& node : fleet.nodes) {
        for (const auto& parameter : node.parameters)
            ++counts[parameter.first];
    }
    NodeVariables variables;
    for (const auto& [name, count] : counts) {
        variables.on_any.push_back(name);
        if (count == fleet.nodes.size()) continue;
        const auto lacks = [&](const model::Node& node) {
            return std::none_of(node.parameters.begin(), node.parameters.end(),
                                [&](const auto& parameter) { return parameter.first == name; });
        };
        const auto node = std::find_if(fleet.nodes.begin(), fleet.nodes.end(), lacks);
        if (node != fleet.nodes.end()) variables.on_some[name] = {node->label, node->place};
    }
    return variables;
}

yaml::Span span_of(const queue::Entry::Value& command, const Fault& fault) {
    if (!command.verbatim_at) return command.span;
    const std::size_t begin = *command.verbatim_at + std::min(fault.offset, command.text.size());
    const std::size_t end =
        *command.verbatim_at + std::min(fault.offset + fault.length, command.text.size());
    return {begin, std::max(begin + 1, end)};
}

void check_command(const queue::Entry& entry, const queue::Entry::Value& command,
                   const NodeVariables& nodes, yaml::Diagnostics& diagnostics) {
    const auto report = [&](const std::vector<Fault>& faults) {
        for (const Fault& fault : faults) {
            diagnostics.error(span_of(command, fault), fault.message, "", fault.help);
        }
    };
    const auto parsed = Template::parse(command.text);
    if (const auto* faults = std::get_if<std::vector<Fault>>(&parsed)) return report(*faults);
    const Template& command_template = std::get<Template>(parsed);

    std::vector<std::string> names = {"hostname", "slots"};
    std::set<std::string> of_entry(names.begin(), names.end());
    for (const queue::Entry::Parameter& parameter : entry.parameters) {
        names.push_back(parameter.name);
        of_entry.insert(parameter.name);
    }
    names.insert(names.end(), nodes.on_any.begin(), nodes.on_any.end());
    report(command_template.check(names));

    for (const std::string& name : command_template.variables()) {
        const auto partial = nodes.on_some.find(name);
        if (partial == nodes.on_some.end() || of_entry.contains(name)) continue;
        diagnostics.error(command.span,
                          fmt::format("'{}' is not set on every node: {} lacks it", name,
                                      partial->second.lacking_node),
                          "",
                          fmt::format("set it there ({}:{}), or give it a value in this entry",
                                      partial->second.place.file, partial->second.place.line));
    }
}

}  // namespace

queue::Check template_check(const model::Fleet& fleet) {
    return [nodes = variables_of(fleet)](const std::vector<queue::Entry>& entries,
                                         yaml::Diagnostics& diagnostics) {
        for (const queue::Entry& entry : entries) {
            for (const queue::Entry::Value& command : entry.commands) {
                check_command(entry, command, nodes, diagnostics);
            }
        }
    };
}

}  // namespace remuda::cli
