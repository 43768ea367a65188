// SPDX-License-Identifier: MIT
#include "ssh_config/words.h"

#include <doctest/doctest.h>

namespace remuda::ssh_config {

namespace {

using Words = std::vector<std::string>;

Line line(std::string_view text) {
    const auto found = split_line(text);
    REQUIRE(found);
    return *found;
}

}  // namespace

TEST_CASE("a keyword stands before blanks, one equals sign, or both") {
    for (const char* const text : {"Port 22", "  PORT 22", "port=22", "port = 22", "\tport\t22  ",
                                   "port =22\r", "\"Port\" 22", "=port 22", "Po\"rt\" 22"}) {
        CAPTURE(text);
        CHECK(line(text).keyword == "port");
        CHECK(line(text).rest == "22");
    }
    CHECK(line("port == 22").rest == "= 22");
    CHECK(line("\"port\"=22").rest == "=22");
    CHECK(line("port").rest.empty());
}

TEST_CASE("comments, empty lines and keywords without an end of their quotes are passed over") {
    for (const char* const text : {"", "   ", "#", "# Port 22", "  #Port 22", "\"Port 22", "\r"}) {
        CAPTURE(text);
        CHECK_FALSE(split_line(text));
    }
    CHECK_FALSE(split_line(std::string_view("\0Port 22", 8)));
}

TEST_CASE("arguments may be quoted in two ways and end at a comment") {
    CHECK(split_arguments("a b\tc") == Words{"a", "b", "c"});
    CHECK(split_arguments("\"a b\" 'c \"d' e") == Words{"a b", "c \"d", "e"});
    CHECK(split_arguments("a\"b c\"d") == Words{"ab cd"});
    CHECK(split_arguments("'' \"\"") == Words{"", ""});
    CHECK(split_arguments("a # b 'c") == Words{"a"});
    CHECK(split_arguments("a#b") == Words{"a#b"});
    CHECK(split_arguments("  ") == Words{});
    CHECK_FALSE(split_arguments("a 'b"));
    CHECK_FALSE(split_arguments("it's"));
}

TEST_CASE("a backslash counts before quotes, backslashes and blanks alone") {
    CHECK(split_arguments(R"(a\ b)") == Words{"a b"});
    CHECK(split_arguments(R"("a\ b")") == Words{R"(a\ b)"});
    CHECK(split_arguments(R"(\"a \'b \\c \d)") == Words{"\"a", "'b", "\\c", "\\d"});
    CHECK(split_arguments("a\\") == Words{"a\\"});
}

}  // namespace remuda::ssh_config
