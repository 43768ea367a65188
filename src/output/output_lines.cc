// SPDX-License-Identifier: MIT
#include "output/output_lines.h"

#include "output/tail.h"

#include <cstddef>
#include <optional>
#include <string>

namespace remuda::output {

using model::Stream;

namespace {

constexpr std::size_t kManyBytes = std::size_t{128} << 10;
constexpr std::size_t kMostSpareBytes = 4 * kManyBytes;

}  // namespace

void OutputLines::show(ShownAttempt& attempt, Stream stream, const Work& work) {
    std::optional<NodeLines::Layout> layout;
    work(attempt.output, [&](std::string_view line) {
        if (is_quiet_) return;
        if (!layout) layout = lines_.layout_of(attempt.node, stream);
        NodeLines::append_output(text_, *layout, line);
        // However much a chunk brings: a 64 KiB line wrapped to a narrow window, say.
        if (text_.size() > kManyBytes) write_text(stream);
    });
    write_text(stream);
}

void OutputLines::write_text(Stream stream) {
    console_.write(stream, text_);
    text_.clear();
    if (text_.capacity() > kMostSpareBytes) text_ = std::string();
}

void OutputLines::arrived(ShownAttempt& attempt, Stream stream, std::string_view bytes, Time now) {
    show(attempt, stream, [&](JobOutput& output, const JobOutput::Show& show_line) {
        output.feed(stream, bytes, now, show_line);
    });
}

void OutputLines::show_unfinished(ShownAttempt& attempt, Time now) {
    for (const Stream stream : {Stream::out, Stream::err}) {
        const bool shows = console_.is_terminal(stream);
        show(attempt, stream, [&](JobOutput& output, const JobOutput::Show& show_line) {
            output.tick(stream, now, shows, show_line);
        });
    }
}

void OutputLines::finish(ShownAttempt& attempt) {
    for (const Stream stream : {Stream::out, Stream::err}) {
        show(attempt, stream, [&](JobOutput& output, const JobOutput::Show& show_line) {
            output.finish(stream, show_line);
        });
    }
}

void OutputLines::show_tail(const ShownAttempt& attempt) {
    attempt.output.tail().for_each([&](const Tail::Line& line) {
        std::string text;
        NodeLines::append_output(text, lines_.layout_of(attempt.node, line.stream), line.text);
        console_.write(line.stream, text);
    });
}

}  // namespace remuda::output
