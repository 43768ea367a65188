// SPDX-License-Identifier: MIT
#include "remuda/shim/wire.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace remuda::shim;

TEST_CASE("a frame is read as it was written") {
    std::string bytes = "before";
    Frame(bytes, FrameType::run, 0x1122334455667788)
        .text(Tag::key, "a.1")
        .number(Tag::durable, 1)
        .text(Tag::script, std::string_view("echo\n\0x", 7))
        .text(Tag::environment, "");
    const std::string_view frame = std::string_view(bytes).substr(6);
    const auto header = read_header(frame);
    REQUIRE(header);
    CHECK(header->type == FrameType::run);
    CHECK(header->id == 0x1122334455667788);
    CHECK(header->length == frame.size() - kHeaderSize);
    Fields fields(frame.substr(kHeaderSize));
    auto field = fields.next();
    REQUIRE(field);
    CHECK(field->tag == Tag::key);
    CHECK(field->value == "a.1");
    field = fields.next();
    REQUIRE(field);
    CHECK(field->number() == 1);
    field = fields.next();
    REQUIRE(field);
    CHECK(field->value == std::string_view("echo\n\0x", 7));
    // No number is read from a text.
    CHECK(field->number() == 0);
    field = fields.next();
    REQUIRE(field);
    CHECK(field->value.empty());
    CHECK(!fields.next());
    CHECK(!fields.is_malformed());
}

TEST_CASE("an output frame has a head of fixed size") {
    std::string bytes;
    Frame(bytes, FrameType::output, 5).output_head(2, 1'000'000'000'000).raw("abc");
    const auto header = read_header(bytes);
    REQUIRE(header);
    CHECK(header->length == kOutputHeadSize + 3);
    const std::string_view payload = std::string_view(bytes).substr(kHeaderSize);
    CHECK(payload[0] == 2);
    CHECK(get_number(payload.substr(8), 8) == 1'000'000'000'000);
    CHECK(payload.substr(kOutputHeadSize) == "abc");
}

TEST_CASE("a header is read when all of it is there") {
    std::string bytes;
    {
        const Frame frame(bytes, FrameType::ping, 1);
    }
    for (std::size_t size = 0; size < kHeaderSize; ++size) {
        CHECK(!read_header(std::string_view(bytes).substr(0, size)));
    }
    CHECK(read_header(bytes));
}

TEST_CASE("fields that are cut anywhere are malformed, and nothing is read beyond") {
    std::string bytes;
    {
        Frame(bytes, FrameType::run, 1).text(Tag::key, "key").number(Tag::grace, 7);
    }
    const std::string payload = bytes.substr(kHeaderSize);
    constexpr std::size_t first = 8;
    for (std::size_t size = 1; size < payload.size(); ++size) {
        CAPTURE(size);
        Fields fields(std::string_view(payload).substr(0, size));
        while (fields.next()) {
        }
        CHECK(fields.is_malformed() == (size != first));
    }
    Fields huge("\x03\xff\xff\xff\xff");
    CHECK(!huge.next());
    CHECK(huge.is_malformed());
}
