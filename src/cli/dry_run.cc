// SPDX-License-Identifier: MIT
#include "cli/dry_run.h"

#include "remuda/base/text.h"
#include "remuda/templating/template.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using templating::Data;
using templating::Template;

// One choice of a value for each parameter, the last varying fastest.
class Product {
  public:
    explicit Product(const std::vector<queue::Entry::Parameter>& parameters)
        : parameters_(parameters), chosen_(parameters.size(), 0) {}

    [[nodiscard]] Data values() const {
        Data data;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            data.emplace_back(parameters_[i].name, parameters_[i].values[chosen_[i]].text);
        }
        return data;
    }
    /// False after the last choice.
    bool advance() {
        for (std::size_t i = parameters_.size(); i-- > 0;) {
            if (++chosen_[i] < parameters_[i].values.size()) return true;
            chosen_[i] = 0;
        }
        return false;
    }

  private:
    const std::vector<queue::Entry::Parameter>& parameters_;
    std::vector<std::size_t> chosen_;
};

// Names that nodes give, standing for themselves.
Data placeholders(const model::Fleet& fleet) {
    std::vector<std::string> names = {"hostname", "slots", "allocation_policy"};
    for (const model::Node& node : fleet.nodes) {
        for (const auto& parameter : node.parameters)
            names.push_back(parameter.first);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    Data data;
    for (const std::string& name : names)
        data.emplace_back(name, "<" + name + ">");
    return data;
}

// Further lines of a command stand under its first.
void append_command(std::string& to, const std::string& command) {
    constexpr std::string_view indent = "\n          ";
    std::size_t begin = 0;
    for (;;) {
        const std::size_t end = command.find('\n', begin);
        to += sanitised(std::string_view(command).substr(begin, end - begin), false);
        if (end == std::string::npos || end + 1 == command.size()) break;
        to += indent;
        begin = end + 1;
    }
    to += '\n';
}

std::string nodes_text(const model::Fleet& fleet) {
    std::string text = fmt::format("nodes ({}):\n", fleet.nodes.size());
    for (const model::Node& node : fleet.nodes) {
        text += "  " + sanitised(node.label, false);
        if (node.slots > 1) text += fmt::format("  {} slots", node.slots);
        text += '\n';
    }
    return text;
}

}  // namespace

void show_dry_run(const Files& files, bool is_broadcast, output::Sink& out) {
    out.write(nodes_text(files.fleet));
    std::size_t jobs = 0;
    for (const queue::Entry& entry : files.entries)
        jobs += queue::job_count(entry);
    out.write(fmt::format("jobs ({}){}:\n", jobs, is_broadcast ? ", each on every node" : ""));

    const Data node_data = placeholders(files.fleet);
    std::size_t number = 0;
    for (const queue::Entry& entry : files.entries) {
        for (const queue::Entry::Value& command : entry.commands) {
            const auto parsed = Template::parse(command.text);
            Product product(entry.parameters);
            do {
                Data data = product.values();
                data.insert(data.end(), node_data.begin(), node_data.end());
                std::string line = fmt::format("  {:>6}  ", ++number);
                // A helper may refuse a placeholder; then the template itself is shown.
                std::string text = command.text;
                if (const auto* known = std::get_if<Template>(&parsed)) {
                    auto rendered = known->render(data, files.unknown_variables);
                    if (auto* whole = std::get_if<std::string>(&rendered)) text = *whole;
                }
                append_command(line, text);
                out.write(line);
            } while (product.advance());
        }
    }
}

}  // namespace remuda::cli
