// SPDX-License-Identifier: MIT
#include "remuda/transport/output_queue.h"

#include <string>
#include <utility>

namespace remuda::transport {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{16} * 1024;

}  // namespace

void OutputQueue::add(model::Stream stream, std::string_view bytes) {
    bytes_ += bytes.size();
    if (!pieces_.empty() && pieces_.back().stream == stream &&
        pieces_.back().bytes.size() + bytes.size() <= kPieceBytes) {
        pieces_.back().bytes += bytes;
    } else {
        pieces_.push_back({stream, std::string(bytes)});
    }
}

Output OutputQueue::take() {
    Output first = std::move(pieces_.front());
    pieces_.pop_front();
    bytes_ -= first.bytes.size();
    return first;
}

void OutputQueue::clear() {
    pieces_.clear();
    bytes_ = 0;
}

}  // namespace remuda::transport
