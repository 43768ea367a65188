// SPDX-License-Identifier: MIT
#pragma once

#include "history/sqlite.h"
#include "history/state_directory.h"
#include "remuda/base/result.h"

#include <string>

namespace remuda::history {

/// Makes what was opened at `path` a store: checks that it is one of ours or new, chooses the
/// journal that its file system allows, and brings the schema up to date. Waits some seconds for
/// others who do the same.
[[nodiscard]] Result<void> set_up(Database& database, const std::string& path,
                                  FileSystem file_system);

}  // namespace remuda::history
