// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/reader.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::cli {

/// Keeps what is written to stdout and stderr until it is flushed, so that a turn of the loop costs
/// one write(2) and no outcome is shown before it is recorded. Where both lead to the same place,
/// what was written first is shown first.
///
/// Bounded: beyond kMostKeptBytes it shows what it has, unless a report is waiting to be flushed;
/// what one turn of the loop reports is kept in any case.
class OutputBuffer {
  public:
    static constexpr std::size_t kMostKeptBytes = std::size_t{64} * 1024;

    /// `out` and `err` outlive it.
    OutputBuffer(output::Sink& out, output::Sink& err, bool is_one_place)
        : is_one_place_(is_one_place), out_(*this, out), err_(*this, err) {}
    OutputBuffer(const OutputBuffer&) = delete;
    OutputBuffer& operator=(const OutputBuffer&) = delete;
    ~OutputBuffer() { flush(); }

    void flush();

    [[nodiscard]] output::Sink& out() { return out_; }
    [[nodiscard]] output::Sink& err() { return err_; }

  private:
    class End final : public output::Sink {
      public:
        End(OutputBuffer& buffer, output::Sink& target) : buffer_(buffer), target_(target) {}
        void write(std::string_view text) override { buffer_.keep(target_, text); }
        void write_report(std::string_view text) override;
        void write_at_once(std::string_view text) override;
        void show_early() override;
        void flush() override { buffer_.flush(); }

      private:
        OutputBuffer& buffer_;
        output::Sink& target_;
    };
    struct Piece {
        output::Sink* to;
        std::string text;
    };

    void keep(output::Sink& to, std::string_view text);
    [[nodiscard]] Piece& piece_for(output::Sink& to);

    // Set once.
    bool is_one_place_;
    End out_;
    End err_;

    std::vector<Piece> pieces_;
    std::size_t kept_bytes_ = 0;
    bool has_report_ = false;
};

/// Whether two descriptors lead to the same file, pipe or terminal.
[[nodiscard]] bool is_same_file(int one, int other);

}  // namespace remuda::cli
