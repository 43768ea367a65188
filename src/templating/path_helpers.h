// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

namespace remuda::templating {

// A path that exists on the machine is made canonical first; any other is only text. Slashes at the
// end and `.` components do not count.

/// The path without its last component; empty if nothing remains.
Result<Value> parent(const Inputs& inputs);
/// The last component; empty for `/`, `..` and the empty path.
Result<Value> file_name(const Inputs& inputs);
/// Behind the last dot of the file name, if that is not its first byte.
Result<Value> extension(const Inputs& inputs);
/// The path without links, `.` and `..`; empty if it does not exist.
Result<Value> canonicalize(const Inputs& inputs);

/// The file as it is; empty if there is none.
Result<Value> read_to_str(const Inputs& inputs);
/// An environment variable; empty if it is not set. A few names stand for facts of the machine.
Result<Value> env_var(const Inputs& inputs);

}  // namespace remuda::templating
