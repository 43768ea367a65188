// SPDX-License-Identifier: MIT
//
// The folder that holds the store: making it, for its owner's eyes only, and what its file system
// can do.
#pragma once

#include "remuda/base/result.h"

#include <string>

namespace remuda::history {

/// What decides how the store is written, and whose locks are seen.
struct FileSystem {
    /// Memory cannot be shared with other machines, as SQLite's write-ahead log needs.
    bool is_remote = false;
    /// A flock that another machine holds keeps us out.
    bool shares_locks = true;
};

/// The file system with this magic number (statfs).
[[nodiscard]] FileSystem file_system_of_type(unsigned long magic);
[[nodiscard]] FileSystem file_system_of(const std::string& path);

/// Makes a folder for its owner alone where it is missing.
[[nodiscard]] Result<void> make_folder(const std::string& path);

/// Makes `directory`, `directory/runs` (0700) and `directory/state.db` (0600) where they are
/// missing, whatever the umask says. What is there already keeps its mode.
[[nodiscard]] Result<void> make_state_directory(const std::string& directory);

}  // namespace remuda::history
