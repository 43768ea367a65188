# SPDX-License-Identifier: MIT
# cmake -DPROGRAMS=file... -DOUTPUT=file.cc -P embed.cmake: a C++ file that holds the programs, with
# their hashes (remuda/shim/programs.h).
set(blobs "")
set(entries "")
set(number 0)
foreach(program IN LISTS PROGRAMS)
    file(SHA256 ${program} hash)
    string(REGEX REPLACE "^.*/shim-" "" machine ${program})
    string(APPEND blobs
"// ${hash}
asm(R\"(
    .pushsection .rodata.remuda_shim_${number}, \"a\"
    .balign 16
    .globl remuda_shim_begin_${number}
    .globl remuda_shim_end_${number}
remuda_shim_begin_${number}:
    .incbin \"${program}\"
remuda_shim_end_${number}:
    .popsection
)\");
extern \"C\" {
extern const std::byte remuda_shim_begin_${number}[];
extern const std::byte remuda_shim_end_${number}[];
}
")
    string(APPEND entries
"        Program{\"${machine}\", {remuda_shim_begin_${number}, remuda_shim_end_${number}},
                \"${hash}\"},
")
    math(EXPR number "${number} + 1")
endforeach()

if(number EQUAL 0)
    set(body "    return {};\n")
else()
    set(body
"    static const std::array list{
${entries}    };
    return list;
")
endif()
file(WRITE ${OUTPUT}
"// Made by src/shim_program/embed.cmake.
#include \"remuda/shim/programs.h\"

#include <array>

${blobs}
namespace remuda::shim {

std::span<const Program> programs() {
${body}}

}  // namespace remuda::shim
")
