// SPDX-License-Identifier: MIT
#include "templating/json.h"
#include "templating/value.h"
#include "unit/templating/templates.h"

#include <string>

#include <doctest/doctest.h>

using remuda::templating::json_text;
using remuda::templating::number_of;
using remuda::templating::parse_json;
using remuda::templating::Value;
using remuda::test::rendered;

namespace {

std::string again(std::string_view text, bool is_pretty = false) {
    const auto value = parse_json(text);
    if (!value) return value.error().text();
    return json_text(*value, is_pretty, 1'000'000).value_or("too long");
}

}  // namespace

TEST_CASE("JSON is read and written") {
    CHECK(again(R"( {"b": [1, -2.50, 1e3, true, null], "a": {}} )") ==
          R"({"b":[1,-2.5,1000.0,true,null],"a":{}})");
    CHECK(again(R"("a\"\\\/\b\f\n\r\té😀")") == "\"a\\\"\\\\/\\b\\f\\n\\r\\té😀\"");
    CHECK(again("\"\\u0001\"") == "\"\\u0001\"");
    CHECK(again(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
    CHECK(
        again(R"({"a":[1,{"b":2}],"c":[],"d":{}})", true) ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
}

TEST_CASE("what is no JSON is refused with its place") {
    CHECK(again("[1,\n 2") == "this is no JSON: line 2, column 3: `,` or `]` is wanted");
    CHECK(again("") == "this is no JSON: line 1, column 1: the text ends where a value is wanted");
    CHECK(again("[1] x").find("something stands behind the value") != std::string::npos);
    for (const char* text : {"{a:1}", "'a'", "[1,]", "{\"a\" 1}", "\"\\q\"", "\"\\ud800\"", "\"a",
                             "nul", "-", "1.", ".5", "tru", "\"\\u12\""}) {
        CAPTURE(text);
        CHECK(again(text).starts_with("this is no JSON"));
    }
}

TEST_CASE("JSON nests up to a limit") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(again(nested(128)) == nested(128));
    CHECK(again(nested(129)).find("128 levels") != std::string::npos);
    CHECK(again(nested(100000)).find("128 levels") != std::string::npos);
}

TEST_CASE("large objects find their members") {
    std::string text = "{";
    for (int i = 0; i < 100; ++i) {
        text += "\"k" + std::to_string(i % 90) + "\":" + std::to_string(i) + ",";
    }
    text.back() = '}';
    const auto value = parse_json(text);
    REQUIRE(value.has_value());
    CHECK(value->members()->size() == 90);
    CHECK(*value->find("k5") == Value(std::int64_t{95}));
    CHECK(value->find("k90") == nullptr);
}

TEST_CASE("a text is a number only as a whole") {
    CHECK(*number_of("007").integer() == 7);
    CHECK(number_of("0.10").real() == 0.1);
    CHECK(number_of("1e-4").real() == 1e-4);
    for (const char* text : {"", "-", "1x", "0x10", "inf", "nan", " 1", "1.", ".5", "1e400"}) {
        CAPTURE(text);
        CHECK(number_of(text).is_null());
    }
    CHECK(number_of("9223372036854775808").integer() == nullptr);
}

TEST_CASE("the JSON helpers read, write and convert") {
    const remuda::templating::Data data = {{"t", R"({"lr": 0.1, "l": [1]})"}, {"none", ""}};
    CHECK(rendered("{{json_to_str (str_to_json t)}}", data) == R"({"lr":0.1,"l":[1]})");
    CHECK(rendered("{{json_to_str (str_to_json t) format=\"json_pretty\"}}", data) ==
          "{\n  \"lr\": 0.1,\n  \"l\": [\n    1\n  ]\n}");
    CHECK(rendered("[{{json_to_str (str_to_json none)}}]", data) == "[]");
    CHECK(rendered("{{#to_json}}[1,\n2]{{/to_json}}") == "[\n  1,\n  2\n]");
    CHECK(rendered("{{#from_json}}[1,\n {{len t}}]{{/from_json}}", data) == "[1,21]");
    CHECK(rendered("{{str_to_json \"[\"}}")
              .starts_with("fault 2+15: helper 'str_to_json': this is "
                           "no JSON"));
}
