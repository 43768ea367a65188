// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::test {

/// The rendered text, or the first fault as `offset+length: message | help`.
inline std::string described(const templating::Fault& fault) {
    return std::to_string(fault.offset) + "+" + std::to_string(fault.length) + ": " +
           fault.message + (fault.help.empty() ? "" : " | " + fault.help);
}

inline std::vector<std::string> faults_of(std::string_view text,
                                          const std::vector<std::string>& names = {}) {
    std::vector<std::string> result;
    auto parsed = templating::Template::parse(text);
    const auto* faults = std::get_if<1>(&parsed);
    std::vector<templating::Fault> checked;
    if (faults == nullptr) {
        checked = std::get<0>(parsed).check(names);
        faults = &checked;
    }
    for (const auto& fault : *faults) {
        result.push_back(described(fault));
    }
    return result;
}

inline std::string rendered(std::string_view text, const templating::Data& data = {}) {
    auto parsed = templating::Template::parse(text);
    if (const auto* faults = std::get_if<1>(&parsed)) return "fault " + described(faults->front());
    auto result = std::get<0>(parsed).render(data);
    if (const auto* fault = std::get_if<1>(&result)) return "fault " + described(*fault);
    return std::get<0>(result);
}

}  // namespace remuda::test
