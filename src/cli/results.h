// SPDX-License-Identifier: MIT
#pragma once

#include "cli/fd_sink.h"
#include "cli/options.h"

#include <cstddef>
#include <string_view>

namespace remuda::cli {

/// What a command that only shows something writes on stdout, and the exit code that follows.
class Results {
  public:
    explicit Results(const Options& options);
    void write(std::string_view text) { out_.write(text); }
    /// Nothing more can be written.
    [[nodiscard]] bool is_closed() const { return out_.failure() != 0; }
    /// Of the terminal; 0: there is none.
    [[nodiscard]] std::size_t columns() const { return columns_; }
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    [[nodiscard]] bool has_colour() const { return has_colour_; }
    /// 0, or that of output that could not be written, after that was said.
    [[nodiscard]] int exit_code() const;

  private:
    FdSink out_;
    std::size_t columns_ = 0;
    bool is_terminal_ = false;
    bool has_colour_ = false;
};

}  // namespace remuda::cli
