// SPDX-License-Identifier: MIT
#include "output/output_lines.h"

#include "output/tail.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace remuda::output {

using model::Stream;

void OutputLines::show(ShownAttempt& attempt, Stream stream, const Work& work) {
    std::string lines;
    std::optional<NodeLines::Layout> layout;
    work(attempt.output, [&](std::string_view line) {
        if (is_quiet_) return;
        if (!layout) layout = lines_.layout_of(attempt.node, stream);
        NodeLines::append_output(lines, *layout, line);
        // However much a chunk brings: a 64 KiB line wrapped to a narrow window, say.
        constexpr std::size_t many_bytes = std::size_t{64} * 1024;
        if (lines.size() > many_bytes) console_.write(stream, std::exchange(lines, {}));
    });
    console_.write(stream, lines);
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
