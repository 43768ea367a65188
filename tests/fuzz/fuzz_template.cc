// SPDX-License-Identifier: MIT
//
// Any template is parsed, checked and rendered in bounded time and size, strict and lenient, with
// variables that hold nothing, text or JSON; faults lie within its text; a fault of rendering that
// no value can be blamed for has been found by check().
#include "remuda/base/check.h"
#include "remuda/templating/template.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

using remuda::templating::Data;
using remuda::templating::Fault;
using remuda::templating::Machine;
using remuda::templating::Template;
using remuda::templating::Unknown;

namespace {

constexpr std::size_t kLongest = std::size_t{16} << 20;

// What is found must not depend on the machine.
const Machine kNoMachine{
    [](const std::string&) { return std::optional<std::string>("value"); },
    [] { return std::string("user"); }, [] { return std::string("x86_64"); },
    [](const std::string& path) { return remuda::Result<std::string>(path); },
    [](const std::string& path) { return std::optional<std::string>("/" + path); }};

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
    const auto names = program.variables();
    for (const Unknown unknown : {Unknown::is_fault, Unknown::is_empty}) {
        for (const Fault& fault : program.check({}, unknown)) {
            check_place(fault, text);
        }
        const auto faults = program.check(names, unknown);
        for (const char* value : {"", "a/b.c \"q\"", "7", "[{\"a\": [1, \"x\"]}, null, 2.5]"}) {
            Data data;
            for (const auto& name : names) {
                data.emplace_back(name, value);
            }
            const auto rendered = program.render(data, unknown, kNoMachine);
            if (const auto* fault = std::get_if<Fault>(&rendered)) {
                check_place(*fault, text);
            } else {
                REMUDA_CHECK(std::get<std::string>(rendered).size() <= kLongest);
            }
        }
        // Without blocks and helpers nothing depends on values.
        if (text.find_first_of("#^([\"' \t\r\n\v\f") == std::string_view::npos) {
            Data data;
            for (const auto& name : names) {
                data.emplace_back(name, "x");
            }
            const auto rendered = program.render(data, unknown, kNoMachine);
            REMUDA_CHECK(std::holds_alternative<std::string>(rendered) || !faults.empty());
        }
    }
    return 0;
}
