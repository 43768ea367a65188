// SPDX-License-Identifier: MIT
#include "run/renderer.h"

#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace remuda::run {

namespace {

constexpr std::size_t kMostTemplates = 64;

RenderFault fault_of(const templating::Fault& fault) {
    std::string reason = fault.message;
    if (!fault.help.empty()) reason += " (" + fault.help + ")";
    return {std::move(reason)};
}

}  // namespace

std::variant<std::string, RenderFault> Renderer::render(const model::Job& job,
                                                        const model::Node& node,
                                                        const std::vector<int>& slots) {
    const Parsed& known = parsed(job.command);
    if (const auto* faults = std::get_if<std::vector<templating::Fault>>(&known)) {
        return faults->empty() ? RenderFault{"the command cannot be parsed"}
                               : fault_of(faults->front());
    }
    templating::Data data;
    data.reserve(job.parameters.size() + node.parameters.size() + 3);
    data.insert(data.end(), job.parameters.begin(), job.parameters.end());
    data.insert(data.end(), node.parameters.begin(), node.parameters.end());
    data.emplace_back("hostname", node.hostname);
    data.emplace_back("slots", fmt::format("{}", fmt::join(slots, ",")));
    const bool is_buddy = job.needs.policy == model::AllocationPolicy::buddy;
    data.emplace_back("allocation_policy", is_buddy ? "buddy" : "first_fit");
    auto rendered = std::get<templating::Template>(known).render(data, unknown_);
    if (auto* fault = std::get_if<templating::Fault>(&rendered)) return fault_of(*fault);
    auto& text = std::get<std::string>(rendered);
    // It would end the command there, silently.
    if (text.find('\0') != std::string::npos) return RenderFault{"it holds a NUL byte"};
    return std::move(text);
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
