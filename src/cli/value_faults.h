// SPDX-License-Identifier: MIT
//
// What is wrong with a value on the command line, in words; empty if nothing is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace remuda::cli {

/// A number of seconds, at least `least`.
[[nodiscard]] std::string fault_of_seconds(const std::string& text, double least);
/// A whole number, at least `least`.
[[nodiscard]] std::string fault_of_count(const std::string& text, std::uint64_t least);
/// A moment in the past: see parse_moment.
[[nodiscard]] std::string fault_of_moment(const std::string& text);
/// A file that can be read, or "none".
[[nodiscard]] std::string fault_of_ssh_config(const std::string& text);
/// NAME=VALUE.
[[nodiscard]] std::string fault_of_assignment(const std::string& text);
/// A check for one of these words.
[[nodiscard]] std::function<std::string(const std::string&)> one_of(std::vector<std::string> words);

}  // namespace remuda::cli
