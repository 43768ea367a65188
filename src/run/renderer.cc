// SPDX-License-Identifier: MIT
#include "run/renderer.h"

#include "remuda/base/text.h"
#include "run/input_file.h"

#include <optional>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace remuda::run {

namespace {

constexpr std::size_t kMostTemplates = 64;

RenderFault fault_of(const templating::Fault& fault, const std::string& what) {
    std::string reason = what + fault.message;
    if (!fault.help.empty()) reason += " (" + fault.help + ")";
    return {std::move(reason)};
}

}  // namespace

namespace {

templating::Data data_of(const model::Job& job, const model::Node& node,
                         const std::vector<int>& slots) {
    templating::Data data;
    data.reserve(job.parameters.size() + node.parameters.size() + 3);
    data.insert(data.end(), job.parameters.begin(), job.parameters.end());
    data.insert(data.end(), node.parameters.begin(), node.parameters.end());
    data.emplace_back("hostname", node.hostname);
    data.emplace_back("slots", fmt::format("{}", fmt::join(slots, ",")));
    const bool is_buddy = job.needs.policy == model::AllocationPolicy::buddy;
    data.emplace_back("allocation_policy", is_buddy ? "buddy" : "first_fit");
    return data;
}

}  // namespace

std::variant<std::string, RenderFault> Renderer::render(const model::Job& job,
                                                        const model::Node& node,
                                                        const std::vector<int>& slots) {
    return render_text(job.command, data_of(job, node, slots), "");
}

std::variant<Rendered, RenderFault> Renderer::render_all(const model::Job& job,
                                                         const model::JobOptions& options,
                                                         const model::Node& node,
                                                         const std::vector<int>& slots) {
    const templating::Data data = data_of(job, node, slots);
    Rendered made;
    std::optional<RenderFault> fault;
    const auto fill = [&](std::string& to, const std::string& text, const std::string& what) {
        if (fault) return;
        auto rendered = render_text(text, data, what);
        if (auto* failed = std::get_if<RenderFault>(&rendered)) {
            fault = std::move(*failed);
        } else {
            to = std::move(std::get<std::string>(rendered));
        }
    };
    fill(made.text, job.command, "");
    transport::Command& command = made.command;
    for (const auto& [name, value] : options.environment) {
        std::string text;
        fill(text, value, "env: " + name + ": ");
        command.environment.emplace_back(name, std::move(text));
    }
    if (!options.directory.empty()) fill(command.directory, options.directory, "cwd: ");
    if (options.input) fill(command.input, *options.input, "stdin: ");
    std::string input_file;
    if (!options.input_file.empty()) fill(input_file, options.input_file, "stdin_file: ");
    if (fault) return std::move(*fault);
    if (!input_file.empty()) {
        auto input = load_input(input_file);
        if (!input) return RenderFault{"stdin_file: " + input.error().text()};
        command.input = std::move(*input);
    }
    command.script = made.text;
    command.nice = options.nice.value_or(0);
    command.output_limit = options.output_limit;
    constexpr std::size_t most_columns = 200;
    command.label = options.name.empty() ? elided(made.text, most_columns) : options.name;
    return made;
}

std::variant<std::string, RenderFault> Renderer::render_text(const std::string& text,
                                                             const templating::Data& data,
                                                             const std::string& what) {
    const Parsed& known = parsed(text);
    if (const auto* faults = std::get_if<std::vector<templating::Fault>>(&known)) {
        return faults->empty() ? RenderFault{what + "the template cannot be parsed"}
                               : fault_of(faults->front(), what);
    }
    auto rendered = std::get<templating::Template>(known).render(data, unknown_);
    if (auto* fault = std::get_if<templating::Fault>(&rendered)) return fault_of(*fault, what);
    auto& filled_in = std::get<std::string>(rendered);
    // It would end the command there, silently.
    if (filled_in.find('\0') != std::string::npos) {
        return RenderFault{what + "it holds a NUL byte"};
    }
    return std::move(filled_in);
}

const Renderer::Parsed& Renderer::parsed(const std::string& text) {
    const auto found = templates_.find(text);
    if (found != templates_.end()) return found->second;
    if (order_.size() == kMostTemplates) {
        templates_.erase(order_.front());
        order_.pop_front();
    }
    order_.push_back(text);
    return templates_.emplace(text, templating::Template::parse(text)).first->second;
}

}  // namespace remuda::run
