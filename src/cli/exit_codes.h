// SPDX-License-Identifier: MIT
//
// Exit codes of the program: docs/exit-codes.md.
#pragma once

namespace remuda::cli {

inline constexpr int kFailed = 1;
/// A file is at fault, or the command line; nothing was started.
inline constexpr int kFileError = 2;
inline constexpr int kUsageError = 2;
/// A host, or that work is left.
inline constexpr int kUnreachable = 3;
inline constexpr int kWorkIsLeft = 3;
inline constexpr int kLocked = 4;
inline constexpr int kNotAuthorised = 5;
inline constexpr int kOurBug = 70;
/// What a shell says of a signal: 128 and its number.
inline constexpr int kExitOnInterrupt = 130;
inline constexpr int kExitOnTermination = 143;
/// Whoever read our output went away, as by SIGPIPE.
inline constexpr int kOutputClosed = 141;

}  // namespace remuda::cli
