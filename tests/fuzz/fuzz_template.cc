// SPDX-License-Identifier: MIT
//
// Any template is parsed, checked and rendered in bounded time; faults lie within its text; what
// check() lets pass for the variables that it uses, renders.
#include "remuda/base/check.h"
#include "remuda/templating/template.h"

#include <cstdint>
#include <string_view>
#include <variant>

using remuda::templating::Data;
using remuda::templating::Fault;
using remuda::templating::Template;

namespace {

void check_place(const Fault& fault, std::string_view text) {
    REMUDA_CHECK(fault.offset <= text.size());
    REMUDA_CHECK(fault.length >= 1);
    REMUDA_CHECK(fault.offset + fault.length <= text.size() + 1);
    REMUDA_CHECK(!fault.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    auto parsed = Template::parse(text);
    if (const auto* faults = std::get_if<std::vector<Fault>>(&parsed)) {
        REMUDA_CHECK(!faults->empty());
        for (const Fault& fault : *faults) {
            check_place(fault, text);
        }
        return 0;
    }
    const Template& program = std::get<Template>(parsed);
    for (const Fault& fault : program.check({})) {
        check_place(fault, text);
    }
    const auto names = program.variables();
    Data data;
    for (const auto& name : names) {
        data.emplace_back(name, "a/b.c \"q\"");
    }
    const auto faults = program.check(names);
    const auto rendered = program.render(data);
    // Only a value that grows too large shows no earlier than in rendering.
    if (const auto* fault = std::get_if<Fault>(&rendered)) {
        check_place(*fault, text);
        REMUDA_CHECK(!faults.empty() || fault->message.find("8 MiB") != std::string::npos);
    } else {
        REMUDA_CHECK(faults.empty());
    }
    return 0;
}
