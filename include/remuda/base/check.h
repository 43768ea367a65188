// SPDX-License-Identifier: MIT
//
// REMUDA_CHECK(condition): a broken invariant ends the program, in release builds too, with the
// expression and its place. For bugs of ours only, never for what a user, a file or a peer can
// cause.
#pragma once

namespace remuda::base {

/// Prints the place and the expression and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace remuda::base

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the expression's text and place need a macro.
#define REMUDA_CHECK(condition) \
    ((condition) ? void() : ::remuda::base::check_failed(#condition, __FILE__, __LINE__))
