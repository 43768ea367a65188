// SPDX-License-Identifier: MIT
#include "cli/output_buffer.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

namespace remuda::cli {

void OutputBuffer::End::write_report(std::string_view text) {
    buffer_.has_report_ = true;
    buffer_.keep(target_, text);
}

void OutputBuffer::End::write_at_once(std::string_view text) {
    show_early();
    target_.write(text);
}

void OutputBuffer::End::show_early() {
    if (!buffer_.has_report_) buffer_.flush();
}

void OutputBuffer::keep(output::Sink& to, std::string_view text) {
    if (text.size() > kMostKeptBytes && !has_report_) {
        // It would be shown now anyhow, and need not be copied for that.
        flush();
        to.write(text);
        return;
    }
    piece_for(to).text += text;
    kept_bytes_ += text.size();
    if (kept_bytes_ > kMostKeptBytes && !has_report_) flush();
}

// The piece at the end of which text for `to` belongs.
OutputBuffer::Piece& OutputBuffer::piece_for(output::Sink& to) {
    if (is_one_place_) {
        if (pieces_.empty() || pieces_.back().to != &to) pieces_.push_back({&to, {}});
        return pieces_.back();
    }
    const auto at = std::find_if(pieces_.begin(), pieces_.end(),
                                 [&](const Piece& piece) { return piece.to == &to; });
    return at != pieces_.end() ? *at : pieces_.emplace_back(Piece{&to, {}});
}

void OutputBuffer::flush() {
    has_report_ = false;
    kept_bytes_ = 0;
    for (const Piece& piece : std::exchange(pieces_, {}))
        piece.to->write(piece.text);
}

bool is_same_file(int one, int other) {
    struct stat first{};
    struct stat second{};
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace remuda::cli
