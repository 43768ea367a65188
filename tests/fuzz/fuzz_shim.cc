// SPDX-License-Identifier: MIT
//
// The shim's frames and receipts: bytes as a controller or a shim may send them, and as a journal
// may hold them, by the first byte.
#include "shim_program/connection.h"
#include "shim_program/job.h"
#include "shim_program/journal.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace remuda::shim;
using namespace remuda::shim::program;

void read_fields(std::string_view payload) {
    Fields fields(payload);
    End end;
    std::size_t size = 0;
    while (const auto field = fields.next()) {
        (void)field->number();
        (void)take_end_field(end, *field);
        size += field->value.size();
        if (field->tag == Tag::entry) read_fields(field->value);
    }
    if (size > payload.size()) std::abort();
}

void read_frames(std::string_view bytes) {
    Connection connection;
    connection.input = bytes;
    FrameView frame;
    while (take_frame(connection, frame) == Taken::frame) {
        if (frame.payload.size() > kMostPayload) std::abort();
        read_fields(frame.payload);
    }
    if (connection.input_used > bytes.size()) std::abort();
}

void read_journal(std::string_view bytes) {
    Records records(bytes);
    RecordType type{};
    std::string_view fields;
    while (records.next(type, fields))
        read_fields(fields);
    if (records.sound() > bytes.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    if (data[0] % 2 == 0) {
        read_frames(bytes);
    } else {
        read_journal(bytes);
    }
    return 0;
}
