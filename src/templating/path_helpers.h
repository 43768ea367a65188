// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

namespace remuda::templating {

// Paths are text here: nothing looks at a file system. Slashes at the end and `.` components do not
// count.

/// The path without its last component; empty if nothing remains.
Result<std::string> parent(Arguments arguments);
/// The last component; empty for `/`, `..` and the empty path.
Result<std::string> file_name(Arguments arguments);
/// Behind the last dot of the file name, if that is not its first byte.
Result<std::string> extension(Arguments arguments);

}  // namespace remuda::templating
