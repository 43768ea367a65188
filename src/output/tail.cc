// SPDX-License-Identifier: MIT
#include "output/tail.h"

#include "remuda/base/utf8.h"

#include <algorithm>

namespace remuda::output {

void Tail::add(model::Stream stream, std::string_view line) {
    if (line.size() > kMostBytesALine) {
        line = line.substr(0, kMostBytesALine);
        line.remove_suffix(incomplete_utf8_tail(line));
    }
    Line& oldest = lines_[line_count_ % kMostLines];
    oldest.stream = stream;
    oldest.text.assign(line);
    ++line_count_;
}

void Tail::for_each(const std::function<void(const Line&)>& visit) const {
    const std::size_t kept = std::min(line_count_, kMostLines);
    for (std::size_t i = line_count_ - kept; i < line_count_; ++i)
        visit(lines_[i % kMostLines]);
}

}  // namespace remuda::output
