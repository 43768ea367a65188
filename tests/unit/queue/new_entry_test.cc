// SPDX-License-Identifier: MIT
#include "remuda/queue/new_entry.h"

#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::jobs_in;

using Strings = std::vector<std::string>;

namespace {

std::string text_of(const EntryRequest& request) {
    const auto entry = make_entry(request);
    REQUIRE(entry);
    return entry_text(*entry);
}

}  // namespace

TEST_CASE("a single word is the command as it stands") {
    CHECK(joined_command({"make test && echo $HOME # {{ x }}"}) ==
          "make test && echo $HOME # {{ x }}");
    CHECK(joined_command({""}).empty());
}

TEST_CASE("several words reach the command as these words") {
    CHECK(joined_command({"make", "-j2", "test"}) == "make -j2 test");
    CHECK(joined_command({"echo", "a b", "$HOME", "it's", "", "*"}) ==
          R"(echo 'a b' '$HOME' 'it'\''s' '' '*')");
}

TEST_CASE("templates in words are left alone, also over several words") {
    CHECK(joined_command({"train", "--lr={{ lr }}", "x"}) == "train --lr={{ lr }} x");
    CHECK(joined_command({"echo", "{{", "lr", "}}", "a b"}) == "echo {{ lr }} 'a b'");
    CHECK(joined_command({"cp", "my dir/{{x}}/$y", "{{{ z }}}"}) ==
          "cp 'my dir/'{{x}}'/$y' {{{ z }}}");
    CHECK(joined_command({"echo", "{{ a }}{{ b }}", "{{replace", "a", R"("x")", R"("y z"}})",
                          "$b"}) == R"(echo {{ a }}{{ b }} {{replace a "x" "y z"}} '$b')");
}

TEST_CASE("escaped braces stay a literal for the template") {
    CHECK(joined_command({"docker", "ps", "--format", R"(\{{.Names}})"}) ==
          R"(docker ps --format '\{{.Names}}')");
    CHECK(joined_command({"echo", R"(\{{)", "a  b", "$HOME", "; x"}) ==
          R"(echo '\{{' 'a  b' '$HOME' '; x')");
    CHECK(joined_command({"printf", "<%s>", R"(\{{json .}})"}) == R"(printf '<%s>' '\{{json .}}')");
}

TEST_CASE("an escaped backslash before a template reaches the job as a backslash") {
    CHECK(joined_command({"echo", R"(\\{{hostname}})"}) == R"(echo '\'{{hostname}})");
    CHECK(joined_command({"echo", R"(C:\\{{ x }} y)"}) == R"(echo 'C:\'{{ x }}' y')");
}

TEST_CASE("braces within strings and comments end no template") {
    CHECK(joined_command({"echo", "{{!-- }} --}}", "a  $HOME"}) == "echo {{!-- }} --}} 'a  $HOME'");
    CHECK(joined_command({"echo", R"({{shell_quote "}} $HOME"}})", "x  y"}) ==
          R"(echo {{shell_quote "}} $HOME"}} 'x  y')");
    CHECK(joined_command({"echo", R"({{json_stringify {"a": "}}"}}}  b)"}) ==
          R"(echo {{json_stringify {"a": "}}"}}}'  b')");
}

TEST_CASE("the contents of raw blocks are quoted") {
    CHECK(joined_command({"echo", "{{{{raw}}}}{{json .}} $HOME{{{{/raw}}}}", "a  b"}) ==
          "echo {{{{raw}}}}'{{json .}} $HOME'{{{{/raw}}}} 'a  b'");
    CHECK(joined_command({"echo", "{{{{raw}}}}", "it's", "{{{{/raw}}}}"}) ==
          R"(echo {{{{raw}}}} 'it'\''s' {{{{/raw}}}})");
}

TEST_CASE("words that look empty in a template are part of it") {
    CHECK(joined_command({"echo", "", "{{", "", "x", "", "}}", ""}) == "echo '' {{  x  }} ''");
}

TEST_CASE("braces that close nothing are quoted like other text") {
    CHECK(joined_command({"echo", R"({"a":{"b":1}})"}) == R"(echo '{"a":{"b":1}}')");
}

TEST_CASE("a plain command becomes a plain item, quoted where YAML needs it") {
    CHECK(text_of({.words = {"make", "test"}}) == "- make test\n");
    CHECK(text_of({.words = {"echo a: b"}}) == "- 'echo a: b'\n");
    for (const char* command : {"echo #x", "echo a #b", "- x", "true", "8", "{{ x }}", "[a]", "&a",
                                "a\nb\n", "\t", "é 😀", "'", "\"", "a: b", "~", "%x", "@x"}) {
        const std::string text = text_of({.words = {command}});
        CAPTURE(text);
        if (std::string_view(command) != "\t") CHECK(jobs_in(text) == Strings{command});
    }
}

TEST_CASE("parameters that come several times have several values, in order") {
    CHECK(text_of({.words = {"a {{ x }} {{ z }}"},
                   .parameters = {"x=2", "z=k=v", "x=1", "x="},
                   .slots = 3,
                   .name = "n: m"}) ==
          "- command:\n"
          "    - 'a {{ x }} {{ z }}'\n"
          "  x:\n"
          "    - '2'\n"
          "    - '1'\n"
          "    - ''\n"
          "  z:\n"
          "    - k=v\n"
          "  slots: 3\n"
          "  job:\n"
          "    name: 'n: m'\n");
}

TEST_CASE("reserved names are no parameters") {
    for (const char* assignment : {"command=x", "slots=2", "allocation_policy=buddy"}) {
        const auto entry = make_entry({.words = {"x"}, .parameters = {assignment}});
        REQUIRE_FALSE(entry);
        CHECK(entry.error().text().find("cannot be the name of a parameter") != std::string::npos);
    }
    CHECK(jobs_in(text_of({.words = {"x"}, .parameters = {"job=a"}})) == Strings{"x job=a"});
}

TEST_CASE("what is no UTF-8 can be in no queue file") {
    for (const EntryRequest& request : {EntryRequest{.words = {"echo",
                                                               "a\xFF"
                                                               "b"}},
                                        EntryRequest{.words = {"x"}, .parameters = {"p=\xC3"}},
                                        EntryRequest{.words = {"x"}, .name = "\xED\xA0\x80"}}) {
        const auto entry = make_entry(request);
        REQUIRE_FALSE(entry);
        CHECK(entry.error().text().find("is no UTF-8") != std::string::npos);
    }
}

TEST_CASE("the summary counts entries and jobs") {
    const auto one = make_entry({.words = {"x"}});
    const auto two = make_entry({.words = {"x"}, .parameters = {"a=1", "a=2"}});
    REQUIRE(one);
    REQUIRE(two);
    CHECK(summary_of({}) == "0 entries, 0 jobs");
    CHECK(summary_of({*one}) == "1 entry, 1 job");
    CHECK(summary_of({*one, *two}) == "2 entries, 3 jobs");
}
