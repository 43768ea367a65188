# SPDX-License-Identifier: MIT
# Outside libraries. Which room may use which: docs/design.md, sections 4 and 9.

# Self-contained: take every library as an archive, so that the binary needs libc and libm alone.
if(REMUDA_SELF_CONTAINED)
    set(REMUDA_STATIC ON)
    set(OPENSSL_USE_STATIC_LIBS ON)
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(Boost 1.81 REQUIRED)
# Of an archive only what is used comes into memory. libcrypto is another matter: sshd and ssh have it
# there already, and its security updates should not need a new remuda.
if(REMUDA_STATIC)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    # A build folder may remember what it found before it was asked for archives. A shared library in
    # C++ beside our own copy of libstdc++ would have a second one.
    foreach(library YAML_CPP LIBYAML UTF8PROC SQLITE)
        if(NOT "${REMUDA_${library}_LIBRARY}" MATCHES "\\.a$")
            unset(REMUDA_${library}_LIBRARY CACHE)
        endif()
    endforeach()
endif()
# Asio is compiled once, in the room `loop`; it uses no other Boost library.
add_library(remuda_asio INTERFACE)
target_link_libraries(remuda_asio INTERFACE Boost::headers)
target_compile_definitions(remuda_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION)

find_package(fmt REQUIRED)
add_library(remuda_fmt INTERFACE)
if(REMUDA_STATIC)
    # Debian ships no libfmt.a: src/base/fmt_library.cc takes its place.
    target_include_directories(remuda_fmt SYSTEM INTERFACE
        $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
else()
    target_link_libraries(remuda_fmt INTERFACE fmt::fmt)
endif()

# yaml-cpp: its package file names the shared library only.
find_package(yaml-cpp REQUIRED)
find_path(REMUDA_YAML_CPP_INCLUDE yaml-cpp/yaml.h REQUIRED)
find_library(REMUDA_YAML_CPP_LIBRARY yaml-cpp REQUIRED)
add_library(remuda_yaml_cpp INTERFACE)
target_include_directories(remuda_yaml_cpp SYSTEM INTERFACE ${REMUDA_YAML_CPP_INCLUDE})
target_link_libraries(remuda_yaml_cpp INTERFACE ${REMUDA_YAML_CPP_LIBRARY})

find_path(REMUDA_LIBYAML_INCLUDE yaml.h REQUIRED)
find_library(REMUDA_LIBYAML_LIBRARY yaml REQUIRED)
add_library(remuda_libyaml INTERFACE)
target_include_directories(remuda_libyaml SYSTEM INTERFACE ${REMUDA_LIBYAML_INCLUDE})
target_link_libraries(remuda_libyaml INTERFACE ${REMUDA_LIBYAML_LIBRARY})

# Its headers alone, not the library of the same name: one file includes them.
find_path(REMUDA_TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(remuda_tomlplusplus INTERFACE)
target_include_directories(remuda_tomlplusplus SYSTEM INTERFACE ${REMUDA_TOMLPLUSPLUS_INCLUDE})

find_path(REMUDA_UTF8PROC_INCLUDE utf8proc.h REQUIRED)
find_library(REMUDA_UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(remuda_utf8proc INTERFACE)
target_include_directories(remuda_utf8proc SYSTEM INTERFACE ${REMUDA_UTF8PROC_INCLUDE})
target_link_libraries(remuda_utf8proc INTERFACE ${REMUDA_UTF8PROC_LIBRARY})

find_path(REMUDA_SQLITE_INCLUDE sqlite3.h REQUIRED)
find_library(REMUDA_SQLITE_LIBRARY sqlite3 REQUIRED)
add_library(remuda_sqlite INTERFACE)
target_include_directories(remuda_sqlite SYSTEM INTERFACE ${REMUDA_SQLITE_INCLUDE})
target_link_libraries(remuda_sqlite INTERFACE ${REMUDA_SQLITE_LIBRARY} ${CMAKE_DL_LIBS})

find_path(REMUDA_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(remuda_cli11 INTERFACE)
target_include_directories(remuda_cli11 SYSTEM INTERFACE ${REMUDA_CLI11_INCLUDE})

# libssh2: ours, from Debian's patched source with our patches; never the system's (too old, and it
# reports exit status 0 when none ever came).
find_library(REMUDA_LIBSSH2_LIBRARY libssh2.a PATHS ${REMUDA_DEPS}/lib ${REMUDA_DEPS}/lib64 NO_DEFAULT_PATH)
if(NOT REMUDA_LIBSSH2_LIBRARY)
    message(FATAL_ERROR
        "our libssh2 is not in ${REMUDA_DEPS}. Build it with:\n  scripts/build-libssh2 ${REMUDA_DEPS}")
endif()
add_library(remuda_libssh2 INTERFACE)
target_include_directories(remuda_libssh2 SYSTEM INTERFACE ${REMUDA_DEPS}/include)
target_link_libraries(remuda_libssh2 INTERFACE ${REMUDA_LIBSSH2_LIBRARY} OpenSSL::Crypto)
