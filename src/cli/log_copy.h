// SPDX-License-Identifier: MIT
//
// LogCopy: the log of one stream, from where it was left to its present end, as it is or made safe
// for a terminal.
#pragma once

#include "cli/fd_sink.h"
#include "remuda/base/fd.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remuda::cli {

class LogCopy {
  public:
    struct Manner {
        /// Lines without control characters instead of bytes.
        bool is_safe = false;
        /// With `is_safe`: colours stay.
        bool keeps_colour = false;
    };
    /// `sink` outlives it. The file need not exist yet.
    LogCopy(std::string path, FdSink& sink, Manner manner);

    /// Copies what has come since. A failure to read says why; that there is no file is none.
    [[nodiscard]] Result<void> copy();
    /// From now on it is in another file, which begins with what was read.
    void go_on_in(std::string path);
    /// Nothing further comes: shows a last line without an end, too.
    void finish();
    /// Bytes that were read.
    [[nodiscard]] std::uint64_t length() const { return length_; }

  private:
    void show(std::string_view bytes);
    void show_line(std::string_view line);

    std::string path_;
    FdSink& sink_;
    Manner manner_;
    Fd fd_;
    std::uint64_t length_ = 0;
    /// Safe only: the line that has not ended.
    std::string line_;
    bool was_coloured_ = false;
};

}  // namespace remuda::cli
