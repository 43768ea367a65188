# SPDX-License-Identifier: MIT
# The compiler, its warnings and its sanitizers.

# g++ 12 silently miscompiles ordinary coroutine code: 41 of 122 small shapes that hold a `co_await`
# beside a brace-initialised temporary, or inside a condition, were built wrong, without a warning.
# g++ 13 is untested. clang 16 and later and g++ 14 and later built all of them right.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR
        "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++20 coroutines (double frees, jumps into nowhere), "
        "silently. Use clang 16 or later, or g++ 14 or later:\n"
        "  cmake -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 ...")
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
    message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old for C++20 coroutines: use 16 or later")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(REMUDA_CCACHE ccache)
if(REMUDA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${REMUDA_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${REMUDA_CCACHE})
endif()

add_library(remuda_flags INTERFACE)
target_compile_options(remuda_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual)
target_compile_options(remuda_flags INTERFACE
    $<$<CONFIG:Debug>:-D_GLIBCXX_ASSERTIONS>
    $<$<NOT:$<CONFIG:Debug>>:-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
if(REMUDA_WERROR)
    target_compile_options(remuda_flags INTERFACE -Werror)
endif()
if(REMUDA_SANITIZE)
    target_compile_options(remuda_flags INTERFACE
        -fsanitize=${REMUDA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(remuda_flags INTERFACE -fsanitize=${REMUDA_SANITIZE})
endif()
if(REMUDA_FUZZ)
    target_compile_options(remuda_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
