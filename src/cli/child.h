// SPDX-License-Identifier: MIT
//
// A program that has the terminal while we wait for it: an editor, or the command of `lock`.
#pragma once

#include "remuda/base/result.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace remuda::cli {

struct ChildSettings {
    /// Set in its environment.
    std::vector<std::pair<std::string, std::string>> variables;
    /// A descriptor that it inherits, under the same number; -1: none.
    int inherited = -1;
};

/// Runs `words` (found in PATH) with our stdin, stdout and stderr, in our process group, and waits
/// for its end. Meanwhile ctrl-c and ctrl-\ are its affair alone. Its exit code, or 128 and the
/// number of the signal that ended it. Code::not_found if there is no such program; Code::system if
/// it cannot be run. To be called while no other thread runs.
[[nodiscard]] Result<int> run_child(const std::vector<std::string>& words,
                                    const ChildSettings& settings = {});

/// An editor that returns earlier without a change has probably not waited for its user.
inline constexpr std::chrono::seconds kAtOnce{1};
/// What such a user is told to do.
inline constexpr const char* kWaitingEditors =
    "start it so that it waits for you (such as `code --wait`, `gvim -f`)";

/// Where PATH finds the program `name`; empty if it does not.
[[nodiscard]] std::string found_in_path(const std::string& name);

/// The words that start the user's editor for `path`: `chosen`, else $VISUAL, $EDITOR, vim, vi. The
/// choice may be several words, as a shell takes them. Code::not_found if there is none.
[[nodiscard]] Result<std::vector<std::string>> editor_words(const std::string& chosen,
                                                            const std::string& path);

}  // namespace remuda::cli
