// SPDX-License-Identifier: MIT
//
// Listing: the entries of a queue as `remuda list` shows them, for people and for programs.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace remuda::output {

struct ListedEntry {
    /// From 1.
    std::size_t number = 1;
    std::string id;
    std::size_t jobs = 1;
    /// At least one.
    std::vector<std::string> commands;
    /// In the order of the file.
    std::vector<std::pair<std::string, std::vector<std::string>>> parameters;
    /// One number, or one for each job of a list.
    std::vector<int> slots = {1};
    std::string name;
    /// Where it begins in the file, from 1.
    std::size_t line = 1;
};

/// One line for each entry: number, id, number of jobs where any entry has several, the first line
/// of the command, parameters, slots and name in short. `columns`: the width of the terminal, or 0
/// for no limit.
[[nodiscard]] std::string listing(const std::vector<ListedEntry>& entries, std::size_t columns);

/// One JSON object with its line break (docs/json.md).
[[nodiscard]] std::string entry_as_json(const ListedEntry& entry);

}  // namespace remuda::output
