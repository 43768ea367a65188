// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/event.h"

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// The last lines of an attempt's output, for the report of its failure. Raw: whoever shows them
/// makes them safe.
class Tail {
  public:
    static constexpr std::size_t kMostLines = 10;
    static constexpr std::size_t kMostBytesALine = 1024;

    struct Line {
        model::Stream stream = model::Stream::out;
        std::string text;
    };

    /// Of a long line its beginning is kept.
    void add(model::Stream stream, std::string_view line);
    /// Calls `visit` for each line that is kept, the oldest first.
    void for_each(const std::function<void(const Line&)>& visit) const;
    /// How many lines there have been.
    [[nodiscard]] std::size_t line_count() const { return line_count_; }

  private:
    // A ring, whose strings are used again.
    std::array<Line, kMostLines> lines_;
    std::size_t line_count_ = 0;
};

}  // namespace remuda::output
