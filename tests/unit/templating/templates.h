// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"

#include <optional>
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

inline std::vector<std::string> faults_of(
    std::string_view text, const std::vector<std::string>& names = {},
    templating::Unknown unknown = templating::Unknown::is_fault) {
    std::vector<std::string> result;
    auto parsed = templating::Template::parse(text);
    const auto* faults = std::get_if<1>(&parsed);
    std::vector<templating::Fault> checked;
    if (faults == nullptr) {
        checked = std::get<0>(parsed).check(names, unknown);
        faults = &checked;
    }
    for (const auto& fault : *faults) {
        result.push_back(described(fault));
    }
    return result;
}

/// A machine with a few variables and files in memory.
inline templating::Machine small_machine() {
    templating::Machine machine;
    machine.variable = [](const std::string& name) {
        return name == "HOME" ? std::optional<std::string>("/home/me") : std::nullopt;
    };
    machine.user_name = [] { return std::string("me"); };
    machine.architecture = [] { return std::string("x86_64"); };
    machine.read_file = [](const std::string& path) -> Result<std::string> {
        if (path == "/data/a.json") return std::string("{\"lr\": 0.1}\n");
        if (path == "/data") return Error(Code::invalid_input, "'/data' is no regular file");
        return Error(Code::not_found, "no such file");
    };
    machine.real_path = [](const std::string& path) {
        return path == "link/to/data" ? std::optional<std::string>("/data/a.json") : std::nullopt;
    };
    return machine;
}

inline std::string rendered(std::string_view text, const templating::Data& data = {},
                            templating::Unknown unknown = templating::Unknown::is_fault) {
    auto parsed = templating::Template::parse(text);
    if (const auto* faults = std::get_if<1>(&parsed)) return "fault " + described(faults->front());
    auto result = std::get<0>(parsed).render(data, unknown, small_machine());
    if (const auto* fault = std::get_if<1>(&result)) return "fault " + described(*fault);
    return std::get<0>(result);
}

}  // namespace remuda::test
