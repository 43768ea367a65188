// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remuda::output {

/// What stands before each line of a node, with its colour and a space behind it.
struct Prefix {
    std::string text;
    std::size_t columns = 0;
};

/// Appends `line` behind `prefix`, ended by a line break. With a `width` it is wrapped, the prefix
/// on each piece, tabs as spaces. Colours in `line` end with each piece and go on in the next, so
/// that none leaks into a prefix or the next line. `line` is clean (see `sanitised`).
void append_prefixed(std::string& to, const Prefix& prefix, std::string_view line,
                     std::size_t width);

}  // namespace remuda::output
