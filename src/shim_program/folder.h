// SPDX-License-Identifier: MIT
//
// The folder of the shim on its host (docs/protocol/shim.md, "Files").
#pragma once

#include "shim_program/system.h"

#include <string>

namespace remuda::shim::program {

/// `${XDG_CACHE_HOME:-~/.cache}/remuda`.
std::string default_folder();

/// Opens `<path>/<host name>/v1`, made where it is missing, and `out` in it. Refuses folders that
/// are not ours alone. On failure the Fd is empty and `fault` says why.
Fd open_folder(const std::string& path, std::string& fault);

/// Removes programs of other versions from `path` that nobody has started for 30 days.
void remove_old_programs(const std::string& path);

}  // namespace remuda::shim::program
