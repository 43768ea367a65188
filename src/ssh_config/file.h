// SPDX-License-Identifier: MIT
//
// One file, parsed: what of it holds for no host in particular.
#pragma once

#include "ssh_config/keyword.h"
#include "ssh_config/match.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace remuda::ssh_config {

/// Why reading cannot go on: ssh refuses, too, or ssh is to be asked.
using Halt = std::variant<Error, Unclear>;

struct Directive {
    /// Null: unknown.
    const Keyword* keyword = nullptr;
    /// As written, in lower case.
    std::string name;
    std::size_t line = 0;
    std::vector<std::string> values;
    /// Not empty: what is unclear for the hosts that get it.
    std::string doubt;
};

struct HostPattern {
    bool is_negated = false;
    std::string pattern;
};

/// The lines up to the next Host or Match.
struct Section {
    /// Nothing: the begin of the file, which holds where the file holds.
    std::variant<std::monostate, std::vector<HostPattern>, Match> header;
    std::size_t line = 0;
    std::vector<Directive> directives;
    /// It has includes or unknown keywords, which count even where the section does not hold.
    bool is_looked_at_always = false;
};

struct File {
    std::string path;
    /// Relative includes of the two are in different folders.
    bool is_users = false;
    std::vector<Section> sections;
    bool wants_second_pass = false;
    /// Set: the file cannot be used, for any host.
    std::optional<Halt> halt;
};

[[nodiscard]] File parse_file(const std::string& path, bool is_users, std::string_view text,
                              const Environment& environment);

}  // namespace remuda::ssh_config
