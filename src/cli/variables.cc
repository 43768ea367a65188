// SPDX-License-Identifier: MIT
#include "cli/variables.h"

#include "remuda/templating/template.h"

#include <set>
#include <utility>
#include <variant>

namespace remuda::cli {

std::vector<std::string> variables_of(const std::vector<queue::Entry>& entries) {
    std::set<std::string> names;
    for (const queue::Entry& entry : entries) {
        for (const auto* texts : {&entry.commands, &entry.option_templates}) {
            for (const queue::Entry::Value& text : *texts) {
                const auto parsed = templating::Template::parse(text.text);
                const auto* made = std::get_if<templating::Template>(&parsed);
                if (made == nullptr) continue;
                for (std::string& name : made->variables())
                    names.insert(std::move(name));
            }
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace remuda::cli
