// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace remuda::cli {

struct KnownOption {
    /// With its dashes.
    std::string name;
    bool takes_value = false;
    /// What the help calls its value: FILE, N; empty without one.
    std::string value;
    std::string description;
};

[[nodiscard]] std::vector<std::string> names_of(const std::vector<KnownOption>& options);

struct KnownCommand {
    /// The name, then the aliases.
    std::vector<std::string> names;
    std::vector<KnownOption> options;
    std::string description;
    /// Words may follow that are no options.
    bool takes_words = false;
};

/// What may stand on the command line.
struct Grammar {
    std::vector<KnownOption> options;
    std::vector<KnownCommand> commands;
};

/// What is wrong with the first word that the grammar does not know: "unknown subcommand 'queu';
/// did you mean 'queue'?". Empty if it knows them all. The parser's own message names words in
/// reversed order, or none.
[[nodiscard]] std::string first_unknown_word(const Grammar& grammar,
                                             const std::vector<std::string>& words);

}  // namespace remuda::cli
