// SPDX-License-Identifier: MIT
//
// The criteria of Match.
#pragma once

#include "remuda/ssh_config/ssh_config.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh_config {

struct Criterion {
    enum class Kind {
        all,
        /// The files are read a second time (`final`, and `canonical` without canonicalisation).
        second_pass,
        host,
        originalhost,
        user,
        localuser,
        /// Only ssh can tell.
        unknowable,
    };
    Kind kind = Kind::all;
    bool is_negated = false;
    /// A list of patterns; of `unknowable`, what it is called.
    std::string argument;
};

struct Match {
    std::vector<Criterion> criteria;
    /// Not empty: ssh refuses the file.
    std::string fault;
    /// Not empty: whether ssh refuses the file depends on its version.
    std::string doubt;
    /// Has the files read a second time.
    bool wants_second_pass = false;
};

[[nodiscard]] Match parse_match(const std::string& rest);

/// What criteria are held against, at the place of the line.
struct Circumstances {
    bool is_second_pass = false;
    /// In lower case.
    std::string host;
    std::string_view original_host;
    std::string_view user;
    std::string_view local_user;
};

enum class Verdict { no, yes, unclear };
/// `why`, if unclear: what could not be judged.
[[nodiscard]] Verdict judge(const Match& match, const Circumstances& now, std::string& why);

}  // namespace remuda::ssh_config
