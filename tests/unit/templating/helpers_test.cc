// SPDX-License-Identifier: MIT
#include "templating/helpers.h"

#include "unit/templating/templates.h"

#include <cstdlib>

#include <doctest/doctest.h>

using remuda::test::rendered;

namespace {

// The value of a call whose arguments are the variables a, b, c.
std::string call(const std::string& helper, const std::vector<std::string>& arguments) {
    remuda::templating::Data data;
    std::string text = "{{" + helper;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string name(1, static_cast<char>('a' + i));
        text += " " + name;
        data.emplace_back(name, arguments[i]);
    }
    return rendered(text + "}}", data);
}

}  // namespace

TEST_CASE("letter case follows Unicode") {
    CHECK(call("to_lower_case", {"ÀB Ω-1"}) == "àb ω-1");
    CHECK(call("to_upper_case", {"àb straße"}) == "ÀB STRASSE");
    CHECK(call("to_upper_case", {"a\xff"
                                 "b"}) ==
          "A\xff"
          "B");
}

TEST_CASE("trim takes Unicode's white space") {
    CHECK(call("trim", {" \t\n a b \u00a0\u3000\r"}) == "a b");
    CHECK(call("trim_start", {" a "}) == "a ");
    CHECK(call("trim_end", {" a\xc2\x85 "}) == " a");
    CHECK(call("trim", {" \u2003 "}) == "");
}

TEST_CASE("replace changes every occurrence") {
    CHECK(call("replace", {"facebook/opt/13b", "/", "--"}) == "facebook--opt--13b");
    CHECK(call("replace", {"aaa", "aa", "b"}) == "ba");
    CHECK(call("replace", {"abc", "", "-"}) == "abc");
}

TEST_CASE("quote puts the symbol around and backslashes before it") {
    CHECK(call("quote", {"\"", "say \"a\\b\""}) == R"("say \"a\\b\"")");
    CHECK(call("quote", {"", "a"}) == "\"a\"");
    CHECK(call("quote", {"'x", "it's"}) == "'it\\'s'");
    CHECK(call("quote", {"é", "aéb"}) == "éa\\ébé");
}

TEST_CASE("unquote undoes quote and leaves the rest alone") {
    CHECK(call("unquote", {R"("say \"a\\b\"")"}) == "say \"a\\b\"");
    CHECK(call("unquote", {"'a\\nb'"}) == "a\nb");
    for (const char* text : {"", "\"", "plain", "'open", "\"a\"b\"", "'bad \\q'", "'end\\'"}) {
        CHECK(call("unquote", {text}) == text);
    }
}

TEST_CASE("first_non_empty gives the first that is not empty") {
    CHECK(call("first_non_empty", {"", "x", "y"}) == "x");
    CHECK(call("first_non_empty", {"", ""}) == "");
}

TEST_CASE("shell_quote gives one word of the shell") {
    CHECK(call("shell_quote", {"it's $HOME"}) == "'it'\\''s $HOME'");
    CHECK(call("shell_quote", {"plain"}) == "plain");
}

TEST_CASE("parent, file_name and extension take a path apart") {
    struct Row {
        const char* path;
        const char* parent;
        const char* file_name;
        const char* extension;
    };
    for (const Row& row : std::vector<Row>{{"/a/b.tar.gz", "/a", "b.tar.gz", "gz"},
                                           {"a/b/", "a", "b", ""},
                                           {"a//b", "a", "b", ""},
                                           {"a/b/.", "a", "b", ""},
                                           {"/a", "/", "a", ""},
                                           {"/", "", "", ""},
                                           {"a", "", "a", ""},
                                           {"", "", "", ""},
                                           {"..", "", "", ""},
                                           {"a/..", "a", "", ""},
                                           {"/x/.bashrc", "/x", ".bashrc", ""},
                                           {"a.", "", "a.", ""},
                                           {"./a.b", ".", "a.b", "b"}}) {
        CAPTURE(row.path);
        CHECK(call("parent", {row.path}) == row.parent);
        CHECK(call("file_name", {row.path}) == row.file_name);
        CHECK(call("extension", {row.path}) == row.extension);
    }
}

TEST_CASE("env_var reads our own environment; unset is empty") {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
    ::setenv("REMUDA_TEST_VALUE", "a b", 1);
    CHECK(rendered("{{env_var \"REMUDA_TEST_VALUE\"}}") == "a b");
    CHECK(rendered("{{env_var \"REMUDA_TEST_UNSET\"}}") == "");
    CHECK(rendered("{{env_var \"OS\"}} {{env_var \"FAMILY\"}}") == "linux unix");
    CHECK(rendered("{{env_var \"ARCH\"}}") != "");
}

TEST_CASE("every helper of the table is described and has arguments") {
    for (const auto& helper : remuda::templating::helpers()) {
        CAPTURE(helper.name);
        CHECK(helper.usage.starts_with(helper.name));
        CHECK_FALSE(helper.summary.empty());
        CHECK(helper.least >= 1);
        CHECK(helper.least <= helper.most);
        CHECK_FALSE(remuda::templating::is_future_helper(helper.name));
    }
}
