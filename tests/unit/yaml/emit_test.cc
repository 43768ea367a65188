// SPDX-License-Identifier: MIT
#include "unit/yaml/parsed.h"

#include <doctest/doctest.h>

using remuda::test::Parsed;
using remuda::yaml::emit_scalar;

namespace {

// What our parser reads where `text` was emitted, in each place where a scalar can stand.
void check_round_trip(const std::string& text) {
    const std::string scalar = emit_scalar(text);
    CAPTURE(scalar);
    CHECK(scalar.find_first_of("\r\n") == std::string::npos);
    const Parsed item("- " + scalar + "\n- b\n");
    REQUIRE(item.errors().empty());
    CHECK(item.document.root.items[0].text == text);
    const Parsed value("- k: " + scalar + "\n");
    REQUIRE(value.errors().empty());
    CHECK(value.document.root.items[0].find("k")->text == text);
    const Parsed flow("- {k: [" + scalar + ", b]}\n");
    REQUIRE(flow.errors().empty());
    CHECK(flow.document.root.items[0].find("k")->items[0].text == text);
}

}  // namespace

TEST_CASE("plain text stays plain") {
    CHECK(emit_scalar("echo hi") == "echo hi");
    CHECK(emit_scalar("python3 train.py --lr=1e-4 > out_1 2>&1") ==
          "python3 train.py --lr=1e-4 > out_1 2>&1");
    CHECK(emit_scalar("/usr/bin/true") == "/usr/bin/true");
}

TEST_CASE("what YAML would read otherwise is quoted") {
    CHECK(emit_scalar("") == "''");
    CHECK(emit_scalar("echo a: b") == "'echo a: b'");
    CHECK(emit_scalar("echo #x") == "'echo #x'");
    CHECK(emit_scalar("{{ x }}") == "'{{ x }}'");
    CHECK(emit_scalar("it's") == "'it''s'");
    CHECK(emit_scalar("a ") == "'a '");
    for (const char* text : {"true", "Yes", "null", "NO", "y", ".inf", "8", "0.10", "1e-4", "0x1F",
                             "2024-01-01", "1:30", "1_000", ".5"}) {
        CHECK(emit_scalar(text) == "'" + std::string(text) + "'");
    }
}

TEST_CASE("several lines and control characters are double-quoted on one line") {
    CHECK(emit_scalar("a\nb\n") == R"("a\nb\n")");
    CHECK(emit_scalar("a\tb") == R"("a\tb")");
    CHECK(emit_scalar("\x1b[0m") == R"("\x1b[0m")");
}

TEST_CASE("characters of several bytes stay as they are") {
    CHECK(emit_scalar("日本 é") == "'日本 é'");
}

TEST_CASE("everything that is emitted is read back as it was") {
    for (int c = 0; c < 128; ++c) {
        const std::string one(1, static_cast<char>(c));
        check_round_trip(one);
        check_round_trip("a" + one + "b");
        check_round_trip(one + one + " " + one);
        check_round_trip("a " + one);
        check_round_trip(one + " a");
    }
    for (const char* text : {"---",     "...",      "- a",
                             "? a",     "a:",       ":a",
                             "!!str x", "&a",       "*a",
                             "a\n\nb",  " a",       "a\\nb",
                             "\u0085",  "a\u2028b", "\u2029",
                             "\uFEFF",  "a\uFEFF",  "\u00A0",
                             "\u0080",  "😀",       "<<",
                             "=",       "'",        "''",
                             "\"",      "\\",       "a 'b' \"c\" \\d",
                             "%x",      "@x",       "`x`",
                             "...a",    "..",       "{{ x }}\n"}) {
        check_round_trip(text);
    }
    check_round_trip(std::string(100'000, 'x') + ": " + std::string(1000, '\n'));
}

TEST_CASE("what YAML cannot hold becomes the replacement character") {
    const Parsed parsed("- " + emit_scalar("a\xff\uFFFE") + "\n");
    REQUIRE(parsed.errors().empty());
    CHECK(parsed.document.root.items[0].text == "a\uFFFD\uFFFD");
    // Overlong forms of '(' and line break.
    CHECK(emit_scalar("\xE0\x80\xA8") == "'\uFFFD\uFFFD\uFFFD'");
    CHECK(emit_scalar("\xC0\x8A") == "'\uFFFD\uFFFD'");
}
