// SPDX-License-Identifier: MIT
#include "shim_program/connection.h"

#include <cerrno>

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
    return count > 0 || (count < 0 && (error == EAGAIN || error == EINTR));
}

bool write_some(Connection& connection) {
    while (connection.unsent() > 0) {
        const ssize_t count =
            ::write(connection.out.number(), connection.output.data() + connection.output_sent,
                    connection.unsent());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) return false;
        connection.output_sent += static_cast<std::size_t>(count);
    }
    if (connection.unsent() == 0) {
        connection.output.clear();
        connection.output_sent = 0;
    } else if (connection.output_sent >= kMostUnsent) {
        connection.output.erase(0, connection.output_sent);
        connection.output_sent = 0;
    }
    return true;
}

}  // namespace remuda::shim::program
