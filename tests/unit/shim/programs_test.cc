// SPDX-License-Identifier: MIT
#include "remuda/shim/programs.h"

#include <string>

#include <doctest/doctest.h>

using remuda::shim::Program;
using remuda::shim::programs;

TEST_CASE("the shim's programs are ELF files of their machines, at most a megabyte each") {
    if (programs().empty()) MESSAGE("built without any of the shim's programs");
    for (const Program& program : programs()) {
        CAPTURE(std::string(program.machine));
        const std::string_view bytes(reinterpret_cast<const char*>(program.bytes.data()),
                                     program.bytes.size());
        CHECK(
            bytes.starts_with("\x7f"
                              "ELF"));
        constexpr std::size_t machine_offset = 18;
        CHECK(bytes.at(machine_offset) == (program.machine == "x86_64" ? '\x3e' : '\xb7'));
        CHECK(bytes.size() < std::size_t{1} << 20);
        CHECK(program.sha256.size() == 64);
    }
}
