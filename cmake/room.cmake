# SPDX-License-Identifier: MIT
include(CheckLinkerFlag)

# A room (docs/design.md, section 4) is one OBJECT library; all rooms form libremuda.

# remuda_room(<room> SOURCES file... [LINKS library...])
# LINKS names the outside libraries that this room, and by the layer table only this room, may use.
function(remuda_room room)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_library(remuda_${room} OBJECT ${ARG_SOURCES})
    target_include_directories(remuda_${room}
        PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
    # fmt and Boost are in every room's reach because base/format and loop/task show their types.
    target_link_libraries(remuda_${room} PUBLIC remuda_flags remuda_fmt remuda_asio ${ARG_LINKS})
    set_property(GLOBAL APPEND PROPERTY REMUDA_ROOMS remuda_${room})
endfunction()

# Gathers the rooms into the target `libremuda`.
function(remuda_library)
    get_property(rooms GLOBAL PROPERTY REMUDA_ROOMS)
    add_library(libremuda STATIC)
    set_target_properties(libremuda PROPERTIES OUTPUT_NAME remuda LINKER_LANGUAGE CXX)
    foreach(room IN LISTS rooms)
        target_sources(libremuda PRIVATE $<TARGET_OBJECTS:${room}>)
        target_link_libraries(libremuda PUBLIC $<TARGET_PROPERTY:${room},INTERFACE_LINK_LIBRARIES>)
    endforeach()
    target_include_directories(libremuda PUBLIC ${PROJECT_SOURCE_DIR}/include)
endfunction()

# Options of an executable that is shipped.
function(remuda_link_options target)
    if(NOT REMUDA_STATIC)
        return()
    endif()
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
    # One bit instead of 24 bytes for each pointer that is relocated: 0.2 MB. Needs glibc 2.36, as the
    # machine that builds this has.
    check_linker_flag(CXX -Wl,-z,pack-relative-relocs REMUDA_HAS_PACKED_RELOCATIONS)
    if(REMUDA_HAS_PACKED_RELOCATIONS AND NOT REMUDA_SELF_CONTAINED)
        target_link_options(${target} PRIVATE -Wl,-z,pack-relative-relocs)
    endif()
endfunction()
