// SPDX-License-Identifier: MIT
#include "cli/dry_run.h"

#include "remuda/base/text.h"
#include "remuda/run/plan.h"
#include "remuda/templating/template.h"

#include <algorithm>
#include <optional>
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

// Of the nodes of a large fleet: as many are asked whether a job can be filled in for them.
constexpr std::size_t kMostAsked = 16;

// What the node gives to a command, with the first slots of it.
Data values_of(const model::Node& node, const model::Needs& needs) {
    Data data(node.parameters.begin(), node.parameters.end());
    data.emplace_back("hostname", node.hostname);
    std::string slots;
    for (int slot = 0; slot < needs.slots; ++slot)
        slots += (slot == 0 ? "" : ",") + std::to_string(slot);
    data.emplace_back("slots", std::move(slots));
    const bool is_buddy = needs.policy == model::AllocationPolicy::buddy;
    data.emplace_back("allocation_policy", is_buddy ? "buddy" : "first_fit");
    return data;
}

// A command as far as it can be filled in.
struct Shown {
    std::string text;
    /// Empty, or why it cannot be run.
    std::string fault;
};

// Fills in commands for no node in particular.
class Draft {
  public:
    explicit Draft(const Files& files) : files_(files), placeholders_(placeholders(files.fleet)) {}

    [[nodiscard]] Shown shown(const Template& made, const std::string& text, const Data& parameters,
                              const model::Needs& needs) const {
        auto rendered = render(made, parameters, placeholders_);
        if (auto* whole = std::get_if<std::string>(&rendered)) return {std::move(*whole), ""};
        // A helper may refuse a placeholder, and take what a node gives.
        for (std::size_t i = 0; i < files_.fleet.nodes.size() && i < kMostAsked; ++i) {
            rendered = render(made, parameters, values_of(files_.fleet.nodes[i], needs));
            if (std::holds_alternative<std::string>(rendered)) return {text, ""};
        }
        const auto& fault = std::get<templating::Fault>(rendered);
        return {text, fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")")};
    }

  private:
    [[nodiscard]] std::variant<std::string, templating::Fault> render(const Template& made,
                                                                      Data data,
                                                                      const Data& of_node) const {
        data.insert(data.end(), of_node.begin(), of_node.end());
        return made.render(data, files_.unknown_variables);
    }

    const Files& files_;
    Data placeholders_;
};

int largest_of(const model::Fleet& fleet) {
    int largest = 0;
    for (const model::Node& node : fleet.nodes)
        largest = std::max(largest, node.slots);
    return largest;
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

void append_remark(std::string& to, const std::string& text) {
    to += "          ^ " + sanitised(text, false) + '\n';
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

// The job as it would run on this node, as far as that can be told before it has its slots.
std::string command_on(const model::Node& node, const model::Job& job, const Files& files) {
    const auto parsed = Template::parse(job.command);
    const auto* made = std::get_if<Template>(&parsed);
    if (made == nullptr) return job.command;
    Data data(job.parameters.begin(), job.parameters.end());
    const Data of_node = values_of(node, job.needs);
    data.insert(data.end(), of_node.begin(), of_node.end());
    auto rendered = made->render(data, files.unknown_variables);
    auto* whole = std::get_if<std::string>(&rendered);
    if (whole == nullptr) return job.command;
    return std::move(*whole);
}

}  // namespace

std::string left_over_text(const run::LeftOver& left, const Files& files) {
    std::string text;
    for (const model::JobLost& lost : left.lost) {
        text += fmt::format("  {}: lost: {} ({})\n", sanitised(lost.node, false),
                            sanitised(lost.reason, false),
                            sanitised(lost.command.substr(0, lost.command.find('\n')), false));
    }
    if (left.items.empty()) return text + "no stopped broadcast has anything left to do\n";
    text += "goes on first with the broadcast that was stopped:\n";
    for (const model::Node& node : files.fleet.nodes) {
        std::size_t jobs = 0;
        std::string commands;
        for (const run::LeftOver::Item& item : left.items) {
            if (std::ranges::find(item.job.only, node.id) == item.job.only.end()) continue;
            ++jobs;
            commands += "          ";
            append_command(commands, command_on(node, item.job, files));
        }
        if (jobs == 0) continue;
        text += fmt::format("  {} ({} job{}):\n{}", sanitised(node.label, false), jobs,
                            jobs == 1 ? "" : "s", commands);
    }
    return text;
}

std::size_t show_dry_run(const Files& files, bool is_broadcast, output::Sink& out) {
    out.write(nodes_text(files.fleet));
    std::size_t jobs = 0;
    for (const queue::Entry& entry : files.entries)
        jobs += queue::job_count(entry);
    out.write(fmt::format("jobs ({}){}:\n", jobs, is_broadcast ? ", each on every node" : ""));

    const Draft draft(files);
    const int largest = largest_of(files.fleet);
    std::size_t number = 0;
    std::size_t faulty = 0;
    for (const queue::Entry& entry : files.entries) {
        std::size_t of_entry = 0;
        for (const queue::Entry::Value& command : entry.commands) {
            const auto parsed = Template::parse(command.text);
            Product product(entry.parameters);
            do {
                std::string line = fmt::format("  {:>6}  ", ++number);
                const model::Needs needs = queue::needs_of_job(entry, of_entry++);
                Shown shown{command.text, ""};
                if (const auto* made = std::get_if<Template>(&parsed)) {
                    shown = draft.shown(*made, command.text, product.values(), needs);
                }
                append_command(line, shown.text);
                if (!shown.fault.empty()) {
                    ++faulty;
                    append_remark(line, "cannot run: " + shown.fault);
                }
                if (const auto too_big = run::why_too_big(needs, largest)) {
                    append_remark(line, "never runs: " + *too_big);
                }
                out.write(line);
            } while (product.advance());
        }
    }
    return faulty;
}

}  // namespace remuda::cli
