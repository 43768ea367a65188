// SPDX-License-Identifier: MIT
//
// StatusFrame: how a command's own exit status travels past a program that says 255 for a failure
// of its own.
//
// On the host a frame, a few lines of sh, runs the command, and writes that it begins and with what
// status it ended to stderr, each behind a mark, from which they are taken out here. While the
// command runs the frame reads signal names, one a line, from stdin, and sends each to its process
// group. Where stdin is the command's own, whoever sends signals goes by the group's number.
#pragma once

#include "ssh/command_line.h"

#include <optional>
#include <string>
#include <string_view>

namespace remuda::ssh {

class StatusFrame {
  public:
    /// `mark` is like no other text: plain letters and digits, from a random source.
    explicit StatusFrame(std::string mark) : mark_(std::move(mark)) {}

    /// `script` within the frame. Signals may follow its `stdin_bytes` once it has begun: one that
    /// comes earlier may be lost.
    /// With `reads_input` what follows is the script's stdin instead.
    [[nodiscard]] RemoteCommand command(const std::string& script, bool reads_input = false) const;

    /// What of stderr is the command's own, of all that has come up to and with `bytes`, and was
    /// not given out before. The beginning of what may be the mark is held back.
    [[nodiscard]] std::string add_err(std::string_view bytes);
    /// The rest, once stderr has ended.
    [[nodiscard]] std::string rest();

    [[nodiscard]] bool has_begun() const { return has_begun_; }
    /// The frame's process group on the host, once it has begun; 0: unknown.
    [[nodiscard]] long group() const { return group_; }
    /// As the frame's shell told it: 128 + N for a command that signal N ended. Nothing: no word of
    /// it has come.
    [[nodiscard]] std::optional<int> status() const { return status_; }

  private:
    // What stands behind a mark; false if it is none of the frame's.
    bool take(std::string_view word);

    std::string mark_;
    std::string held_;
    bool has_begun_ = false;
    long group_ = 0;
    std::optional<int> status_;
};

/// A mark for one command.
[[nodiscard]] std::string random_mark();

}  // namespace remuda::ssh
