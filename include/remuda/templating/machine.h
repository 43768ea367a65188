// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <functional>
#include <optional>
#include <string>

namespace remuda::templating {

/// What helpers may see of the machine on which remuda itself runs.
struct Machine {
    /// An environment variable; nothing if it is not set.
    std::function<std::optional<std::string>(const std::string& name)> variable;
    std::function<std::string()> user_name;
    /// "x86_64", "aarch64" ...
    std::function<std::string()> architecture;
    /// The whole regular file. Code::not_found if there is none.
    std::function<Result<std::string>(const std::string& path)> read_file;
    /// The path without links, `.` and `..`; nothing if it does not exist.
    std::function<std::optional<std::string>(const std::string& path)> real_path;
};

/// This one.
[[nodiscard]] const Machine& real_machine();

}  // namespace remuda::templating
