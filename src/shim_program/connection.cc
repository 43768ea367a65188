// SPDX-License-Identifier: MIT
#include "shim_program/connection.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/sendfile.h>

namespace remuda::shim::program {

namespace {
constexpr std::size_t kReadStep = std::size_t{64} << 10;
}

Taken take_frame(Connection& connection, FrameView& frame) {
    const std::string_view rest = std::string_view(connection.input).substr(connection.input_used);
    const std::optional<Header> header = read_header(rest);
    if (!header) return Taken::nothing;
    if (header->length > kMostPayload) return Taken::malformed;
    if (rest.size() < kHeaderSize + header->length) return Taken::nothing;
    frame = {header->type, header->id, rest.substr(kHeaderSize, header->length)};
    connection.input_used += kHeaderSize + header->length;
    return Taken::frame;
}

bool read_some(Connection& connection) {
    std::string& input = connection.input;
    input.erase(0, connection.input_used);
    connection.input_used = 0;
    const std::size_t before = input.size();
    input.resize(before + kReadStep);
    const ssize_t count = ::read(connection.in.number(), &input[before], kReadStep);
    const int error = errno;
    input.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
    return count > 0 || (count < 0 && is_again(error));
}

void add_span(Connection& connection, Span span) {
    span.at = connection.output.size();
    connection.span_bytes += span.size;
    connection.spans.push_back(std::move(span));
}

namespace {

/// Puts the bytes themselves in the place of all spans. False if a file does not give them.
bool copy_spans(Connection& connection) {
    connection.must_copy = true;
    while (!connection.spans.empty()) {
        // From the end, so that what goes before the others stays where it is.
        const Span span = std::move(connection.spans.back());
        connection.spans.pop_back();
        std::string bytes(span.size, '\0');
        const ssize_t count = ::pread(span.file.number(), bytes.data(), bytes.size(),
                                      static_cast<off_t>(span.offset));
        if (count != static_cast<ssize_t>(bytes.size())) {
            connection.unread = {span.job, span.stream};
            return false;
        }
        connection.output.insert(span.at, bytes);
    }
    connection.span_bytes = 0;
    return true;
}

/// The first span. False when the channel is broken, or the file does not hold what was promised.
bool send_span(Connection& connection, bool& is_full) {
    Span& span = connection.spans.front();
    auto offset = static_cast<off_t>(span.offset);
    const ssize_t count =
        ::sendfile(connection.out.number(), span.file.number(), &offset, span.size);
    if (count < 0 && errno == EINTR) return true;
    if (count < 0 && errno == EAGAIN) {
        is_full = true;
        return true;
    }
    if (count < 0 && errno == EPIPE) return false;
    // The channel may be sound, and the file too.
    if (count <= 0) return copy_spans(connection);
    span.offset += static_cast<std::uint64_t>(count);
    span.size -= static_cast<std::size_t>(count);
    connection.span_bytes -= static_cast<std::size_t>(count);
    if (span.size == 0) connection.spans.pop_front();
    return true;
}

}  // namespace

bool write_some(Connection& connection) {
    for (bool is_full = false; !is_full && connection.unsent() > 0;) {
        const std::size_t end =
            connection.spans.empty() ? connection.output.size() : connection.spans.front().at;
        if (connection.output_sent == end) {
            if (!send_span(connection, is_full)) return false;
            continue;
        }
        const ssize_t count =
            ::write(connection.out.number(), connection.output.data() + connection.output_sent,
                    end - connection.output_sent);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) return false;
        connection.output_sent += static_cast<std::size_t>(count);
    }
    if (connection.unsent() == 0) {
        connection.output.clear();
        connection.output_sent = 0;
    } else if (connection.output_sent >= kMostUnsent) {
        for (Span& span : connection.spans)
            span.at -= connection.output_sent;
        connection.output.erase(0, connection.output_sent);
        connection.output_sent = 0;
    }
    return true;
}

}  // namespace remuda::shim::program
