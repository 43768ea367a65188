// SPDX-License-Identifier: MIT
//
// The passwords of a run: from a file, or from the user before anything is connected.
#pragma once

#include "cli/options.h"
#include "remuda/base/result.h"
#include "remuda/base/secret.h"

#include <memory>
#include <string>

namespace remuda::cli {

struct GivenPassword {
    /// Null if none was asked for. Owned by those who connect.
    std::shared_ptr<const Secret> password;
    /// Absent, or what is wrong. With `exit_code`: a signal ended the question.
    std::string fault;
    int exit_code = 0;
};

/// As --ask-sudo-password says: what sudo asks for on the hosts.
[[nodiscard]] GivenPassword sudo_password_for(const Options& options);

/// As --ask-password and --password-file say.
[[nodiscard]] GivenPassword password_for(const Options& options);

/// The first line of the file, without its line break. invalid_input if others may read the file,
/// or the line is empty.
[[nodiscard]] Result<Secret> load_password(const std::string& path);

}  // namespace remuda::cli
