// SPDX-License-Identifier: MIT
#include "remuda/queue/template_faults.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace remuda::queue {

namespace {

using templating::Fault;
using templating::Template;
using ParsedTemplate = std::variant<Template, std::vector<Fault>>;

}  // namespace

yaml::Span span_of(const Entry::Value& value, const Fault& fault) {
    if (!value.verbatim_at) return value.span;
    const std::size_t begin = *value.verbatim_at + fault.offset;
    return {begin, begin + fault.length};
}

void report(const Entry::Value& value, const Fault& fault, yaml::Diagnostics& diagnostics) {
    diagnostics.error(span_of(value, fault), fault.message, "", fault.help);
}

void check_templates(const std::vector<Entry>& entries,
                     const std::vector<std::string>& node_variables, yaml::Diagnostics& diagnostics,
                     templating::Unknown unknown) {
    std::vector<std::string> always_known = node_variables;
    always_known.insert(always_known.end(), {"hostname", "slots", "allocation_policy"});
    std::unordered_map<std::string_view, ParsedTemplate> parsed;
    for (const Entry& entry : entries) {
        std::vector<std::string> names;
        const auto check = [&](const Entry::Value& value) {
            if (value.text.find("{{") == std::string::npos) return;
            auto found = parsed.find(value.text);
            if (found == parsed.end()) {
                found = parsed.emplace(value.text, Template::parse(value.text)).first;
            }
            if (names.empty()) {
                for (const Entry::Parameter& parameter : entry.parameters) {
                    names.push_back(parameter.name);
                }
                names.insert(names.end(), always_known.begin(), always_known.end());
            }
            const auto* faults = std::get_if<std::vector<Fault>>(&found->second);
            std::vector<Fault> checked;
            if (faults == nullptr) {
                checked = std::get<Template>(found->second).check(names, unknown);
                faults = &checked;
            }
            for (const Fault& fault : *faults) {
                report(value, fault, diagnostics);
            }
        };
        std::ranges::for_each(entry.commands, check);
        std::ranges::for_each(entry.option_templates, check);
    }
}

}  // namespace remuda::queue
