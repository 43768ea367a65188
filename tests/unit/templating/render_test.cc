// SPDX-License-Identifier: MIT
#include "unit/templating/templates.h"

#include <doctest/doctest.h>

using remuda::templating::Data;
using remuda::templating::Template;
using remuda::test::rendered;

namespace {
const Data kData = {
    {"x", "one"}, {"learning-rate", "1e-4"}, {"größe", "big"}, {"html", "<a href=\"b\">&'`="}};
}

TEST_CASE("text without braces is itself") {
    CHECK(rendered("") == "");
    CHECK(rendered("echo { } {x} $' \\ } }} \\n") == "echo { } {x} $' \\ } }} \\n");
}

TEST_CASE("a variable stands in two or three braces, or behind an ampersand") {
    CHECK(rendered("a{{x}}b{{ x }}c{{{x}}}d{{{ x }}}e{{&x}}f{{& x }}", kData) ==
          "aonebonecone"
          "doneeonefone");
}

TEST_CASE("names may hold letters, digits, minus, underscore, dollar and anything beyond ASCII") {
    CHECK(rendered("{{learning-rate}} {{größe}}", kData) == "1e-4 big");
    CHECK(rendered("{{$x_1}} {{2nd}}", {{"$x_1", "a"}, {"2nd", "b"}}) == "a b");
}

TEST_CASE("a name with any other byte stands in brackets") {
    CHECK(rendered("{{[a.b c]}} {{ trim [a.b c] }}", {{"a.b c", " v "}}) == " v  v");
    CHECK(rendered("{{[true]}}", {{"true", "v"}}) == "v");
}

TEST_CASE("nothing is escaped for HTML") {
    CHECK(rendered("{{html}}", kData) == "<a href=\"b\">&'`=");
}

TEST_CASE("of two values with the same name the later counts") {
    CHECK(rendered("{{x}}", {{"x", "job"}, {"x", "node"}}) == "node");
}

TEST_CASE("a tilde takes the white space on its side") {
    CHECK(rendered("a \n {{~x}} b", kData) == "aone b");
    CHECK(rendered("a {{x~}} \t\n b", kData) == "a oneb");
    CHECK(rendered("a {{~{x}~}} b {{~&x~}} c", kData) == "aonebonec");
    CHECK(rendered("a {{~! gone ~}} b", kData) == "ab");
}

TEST_CASE("a backslash makes braces literal") {
    CHECK(rendered("docker ps --format '\\{{.Names}}' {{x}}", kData) ==
          "docker ps --format '{{.Names}}' one");
    CHECK(rendered("\\{{x}} \\{{{x}}} \\{{", kData) == "{{x}} {{{x}}} {{");
    CHECK(rendered("\\{{a}}\\{{b}}{{x}}", kData) == "{{a}}{{b}}one");
}

TEST_CASE("two backslashes are one backslash before a tag") {
    CHECK(rendered("\\\\{{x}}", kData) == "\\one");
    CHECK(rendered("\\ {{x}} \\\\ a", kData) == "\\ one \\\\ a");
}

TEST_CASE("comments vanish") {
    CHECK(rendered("a{{! note }}b{{!-- with }} inside --}}c{{!}}d{{!----}}e") == "abcde");
    CHECK(rendered("a {{!-- x --~}} b") == "a b");
}

TEST_CASE("a comment that is alone on its line takes the line with it") {
    CHECK(rendered("a\n  {{! note }}  \nb\n") == "a\nb\n");
    CHECK(rendered("a\r\n{{! note }}\r\nb") == "a\r\nb");
    CHECK(rendered("{{! first }}\nb\n{{! last }}") == "b\n");
    CHECK(rendered("a {{! not alone }}\nb") == "a \nb");
    CHECK(rendered("{{! two }}{{! comments }}\nb") == "\nb");
}

TEST_CASE("a helper is called with variables, strings in either quote, and numbers") {
    CHECK(rendered("{{replace \"a/b/c\" '/' \"--\"}}") == "a--b--c");
    CHECK(rendered("{{ replace x \"one\" 2.5 }} {{ replace 100 0 -1 }}", kData) == "2.5 1-1-1");
    CHECK(rendered("{{ replace \"}}\" '}' \"]\" }}") == "]]");
}

TEST_CASE("within a string a backslash is an escape of JSON, or itself") {
    CHECK(rendered(R"({{ trim "a\"b\n'c" }})") == "a\"b\n'c");
    CHECK(rendered(R"({{ trim "a\\b\d\t|" }})") == "a\\b\\d\t|");
    CHECK(rendered(R"({{ trim 'it\'s "so"' }})") == "it's \"so\"");
}

TEST_CASE("calls nest in parentheses") {
    CHECK(rendered("{{ to_upper_case (replace (trim \" a-b \") \"-\" (trim \"+\")) }}") == "A+B");
    CHECK(rendered("{{ (trim \" a \") }}{{ trim (x) }}", kData) == "aone");
}

TEST_CASE("a variable may have the name of a helper") {
    CHECK(rendered("{{trim}} {{trim trim}}", {{"trim", " v "}}) == " v  v");
}

TEST_CASE("the variables of a template are listed once each") {
    auto parsed = Template::parse("{{b}} {{replace a b (trim c)}} {{a}} \\{{d}}");
    CHECK(std::get<Template>(parsed).variables() == std::vector<std::string>{"b", "a", "c"});
}

TEST_CASE("all tags that render a value do it alike") {
    CHECK(rendered("{{x}}{{{x}}}{{&x}}{{~{x}~}}{{{~x~}}}", kData) == "oneoneoneoneone");
}

TEST_CASE("raw blocks keep what looks like tags") {
    CHECK(rendered("{{{{raw}}}}{{a}} {{{{b}}}}{{{{/b}}}} \\{{c}}{{{{/raw}}}}|") ==
          "{{a}} {{{{b}}}}{{{{/b}}}} \\{{c}}|");
    CHECK(rendered("{{{{if x}}}}{{y}}{{{{/if}}}}", kData) == "{{y}}");
}

TEST_CASE("literals are values of their own") {
    CHECK(rendered("{{true}} {{false}} [{{null}}] {{1.50}} {{-2}} {{1e3}}") ==
          "true false [] 1.5 -2 1000.0");
    CHECK(rendered("{{len [1, \"a]\", [2]]}} {{len {\"a\": 1, 'b': {\"c\": []}}}}") == "3 2");
    CHECK(rendered("{{#with [1, \"a\", true, null]}}{{this}}{{/with}}") == "[1, a, true, ]");
}

TEST_CASE("a value that explodes is stopped") {
    std::string text = "x";
    for (int i = 0; i < 40; ++i) {
        text.insert(0, "(replace ").append(" \"x\" \"xx\")");
    }
    CHECK(rendered("{{trim " + text + "}}", {{"x", "x"}}).find("beyond 8 MiB") !=
          std::string::npos);
}
