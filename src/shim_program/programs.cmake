# SPDX-License-Identifier: MIT
# Builds the program that remuda pushes to hosts, static and small, once for each machine that there
# is a compiler for, whatever this build's own flags are, and makes the file that embeds them:
# REMUDA_SHIM_PROGRAMS_CC.

set(shim_source_dir ${CMAKE_CURRENT_LIST_DIR})
set(shim_build_dir ${PROJECT_BINARY_DIR}/shim_program)
include(${shim_source_dir}/sources.cmake)

# No exceptions, no run-time types, no locks for statics; templates of libstdc++ are made here
# instead of being taken from its archive, which would bring its exceptions and locales.
set(shim_flags -std=c++20 -Os -g0 -fno-exceptions -fno-rtti -fno-threadsafe-statics
    -fno-unwind-tables -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
    -fstack-protector-strong -D_GLIBCXX_EXTERN_TEMPLATE=0 -D_GNU_SOURCE
    -Wall -Wextra -Wshadow -Wconversion -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/src)
if(REMUDA_WERROR)
    list(APPEND shim_flags -Werror)
endif()
set(shim_link_flags -static -Wl,--gc-sections -Wl,-s -Wl,--build-id=none)

# How to compile for `machine`, in `command`; empty where it cannot be done here.
function(remuda_shim_compiler machine command)
    set(${command} "" PARENT_SCOPE)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL machine)
        set(found ${CMAKE_CXX_COMPILER})
    elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        set(found ${CMAKE_CXX_COMPILER} --target=${machine}-linux-gnu)
    else()
        find_program(REMUDA_SHIM_CXX_${machine} ${machine}-linux-gnu-g++)
        set(found ${REMUDA_SHIM_CXX_${machine}})
        if(NOT found)
            return()
        endif()
    endif()
    # GNU ld links for its own machine alone.
    find_program(REMUDA_LLD NAMES ld.lld-19 ld.lld)
    if(REMUDA_LLD AND NOT CMAKE_SYSTEM_PROCESSOR STREQUAL machine
       AND CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND NOT EXISTS /usr/bin/${machine}-linux-gnu-ld)
        list(APPEND found -fuse-ld=lld)
    endif()
    if(NOT DEFINED REMUDA_SHIM_BUILDS_${machine})
        set(probe ${shim_build_dir}/probe-${machine})
        file(WRITE ${probe}.cc "#include <string>\n#include <pthread.h>\n"
             "int main(int, char** v) { return std::string_view(v[0]).size() == 0; }\n")
        execute_process(
            COMMAND ${found} ${shim_flags} ${shim_link_flags} -o ${probe} ${probe}.cc
            RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
        if(failed)
            set(builds OFF)
        else()
            set(builds ON)
        endif()
        set(REMUDA_SHIM_BUILDS_${machine} ${builds} CACHE BOOL
            "The shim's program can be built for ${machine} here")
    endif()
    if(REMUDA_SHIM_BUILDS_${machine})
        set(${command} ${found} PARENT_SCOPE)
    endif()
endfunction()

set(shim_programs "")
foreach(machine x86_64 aarch64)
    remuda_shim_compiler(${machine} compiler)
    if(NOT compiler)
        message(STATUS "the shim's program is not built for ${machine}: no compiler for it "
                "(Debian: gcc-${machine}-linux-gnu, libc6-dev-*-cross, libstdc++-*-dev-*-cross)")
        continue()
    endif()
    set(objects "")
    foreach(source IN LISTS REMUDA_SHIM_SOURCES)
        set(object ${shim_build_dir}/${machine}/${source}.o)
        add_custom_command(OUTPUT ${object}
            COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${compiler} ${shim_flags} -MD -MF ${object}.d
                    -c -o ${object} ${shim_source_dir}/${source}
            DEPENDS ${shim_source_dir}/${source}
            DEPFILE ${object}.d
            COMMENT "Building shim (${machine}) ${source}" VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(program ${shim_build_dir}/shim-${machine})
    add_custom_command(OUTPUT ${program}
        COMMAND ${compiler} ${shim_link_flags} -o ${program} ${objects}
        DEPENDS ${objects} COMMENT "Linking shim (${machine})" VERBATIM)
    list(APPEND shim_programs ${program})
endforeach()
file(MAKE_DIRECTORY ${shim_build_dir}/x86_64 ${shim_build_dir}/aarch64)

set(REMUDA_SHIM_PROGRAMS_CC ${shim_build_dir}/programs.cc)
add_custom_command(OUTPUT ${REMUDA_SHIM_PROGRAMS_CC}
    COMMAND ${CMAKE_COMMAND} "-DPROGRAMS=${shim_programs}" -DOUTPUT=${REMUDA_SHIM_PROGRAMS_CC}
            -P ${shim_source_dir}/embed.cmake
    DEPENDS ${shim_programs} ${shim_source_dir}/embed.cmake
    COMMENT "Embedding the shim's programs" VERBATIM)
add_custom_target(shim_programs DEPENDS ${REMUDA_SHIM_PROGRAMS_CC})
