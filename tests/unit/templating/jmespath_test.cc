// SPDX-License-Identifier: MIT
#include "templating/jmespath.h"

#include "templating/json.h"
#include "unit/templating/templates.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::templating::parse_json;

namespace {

constexpr const char* kData = R"({
    "a": {"b": {"c": 1}, "odd key": 2}, "n": [0, 1, 2, 3, 4], "e": [],
    "runs": [{"id": "x", "lr": 0.1, "tags": ["p", "q"], "ok": true},
             {"id": "y", "lr": 0.05, "tags": ["r"], "ok": false},
             {"id": "z", "tags": []}],
    "s": "héllo", "zero": 0})";

std::string found(const std::string& query) {
    const auto data = parse_json(kData);
    const auto result = remuda::templating::run_jmespath(query, *data);
    if (!result) return result.error().text();
    return remuda::templating::json_text(*result, false, 100000).value_or("too long");
}

struct Row {
    const char* query;
    const char* expected;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        CAPTURE(row.query);
        CHECK(found(row.query) == row.expected);
    }
}

}  // namespace

TEST_CASE("names, indexes and slices lead into values") {
    check({{"a.b.c", "1"},
           {"a.\"odd key\"", "2"},
           {"a.x.y", "null"},
           {"n[1]", "1"},
           {"n[-1]", "4"},
           {"n[9]", "null"},
           {"n[1:3]", "[1,2]"},
           {"n[::2]", "[0,2,4]"},
           {"n[::-1]", "[4,3,2,1,0]"},
           {"n[-2:]", "[3,4]"},
           {"n[:99999999999]", "[0,1,2,3,4]"},
           {"n[5:1:-99999999999]", "[4]"},
           {"e[::-1]", "[]"},
           {"@.zero", "0"}});
}

TEST_CASE("projections go on in each item") {
    check({{"runs[*].id", R"(["x","y","z"])"},
           {"runs[*].lr", "[0.1,0.05]"},
           {"runs[].tags[]", R"(["p","q","r"])"},
           {"runs[*].tags[0]", R"(["p","r"])"},
           {"runs[:2].id", R"(["x","y"])"},
           {"a.*.c", "[1]"},
           {"*.b.c", "[1]"},
           {"runs[*].id | [0]", R"("x")"},
           {"runs[0].[id, lr]", R"(["x",0.1])"},
           {"runs[*].{name: id, rate: lr}[]",
            R"([{"name":"x","rate":0.1},{"name":"y","rate":0.05},{"name":"z","rate":null}])"},
           {"[n[0], zero]", "[0,0]"},
           {"n.x[*]", "null"}});
}

TEST_CASE("filters and conditions choose") {
    check({{"runs[?lr > `0.06`].id", R"(["x"])"},
           {"runs[?id == 'y' || id == 'z'].id", R"(["y","z"])"},
           {"runs[?ok && lr].id", R"(["x"])"},
           {"runs[?!ok].id", R"(["y","z"])"},
           {"runs[?contains(tags, 'r')] | [0].id", R"("y")"},
           {"runs[?lr][].id", R"(["x","y"])"},
           {"zero && `1`", "1"},
           {"missing || s", "\"h\u00e9llo\""},
           {"n == `[0,1,2,3,4]`", "true"},
           {"s < zero", "null"},
           {"(a || e).b.c", "1"}});
}

TEST_CASE("functions compute") {
    check({{"length(s)", "5"},
           {"length(n)", "5"},
           {"keys(a)", R"(["b","odd key"])"},
           {"values(a)[1]", "2"},
           {"join('-', runs[*].id)", R"("x-y-z")"},
           {"sort(`[3,1,2]`)", "[1,2,3]"},
           {"sort_by(runs[?lr], &lr)[0].id", R"("y")"},
           {"max_by(runs[?lr], &lr).id", R"("x")"},
           {"min_by(runs[?lr], &lr).id", R"("y")"},
           {"max(n)", "4"},
           {"min(runs[*].id)", R"("x")"},
           {"map(&length(tags), runs)", "[2,1,0]"},
           {"sum(n)", "10"},
           {"avg(n)", "2"},
           {"avg(e)", "null"},
           {"reverse(s)", "\"oll\u00e9h\""},
           {"reverse(n)[0]", "4"},
           {"type(a)", R"("object")"},
           {"to_string(n)", R"("[0,1,2,3,4]")"},
           {"to_number('1.5')", "1.5"},
           {"to_number('x')", "null"},
           {"starts_with(s, 'h')", "true"},
           {"ends_with(s, 'h')", "false"},
           {"not_null(missing, zero)", "0"}});
}

TEST_CASE("a faulty query says where and why") {
    CHECK(found("a.") == "this is no JMESPath query: column 3: a name is missing behind `.`");
    CHECK(found("nope(a)") == "unknown function 'nope' of JMESPath");
    CHECK(found("length(zero)") == "length(): a number has no length");
    CHECK(found("length(a, n)") == "length() is given 2 arguments");
    CHECK(found("sort(`[1, \"a\"]`)").find("only numbers or only texts") != std::string::npos);
    for (const char* query : {"", "a[", "a]", "a[x]", "'a", "`{`", "a b", "[?", "n[::0]", "f(a",
                              "{a}", "&", "a.b[1:2:3:4]", "n[99999999999999999999]", "-", "#"}) {
        CAPTURE(query);
        CHECK(found(query).find("JMESPath") != std::string::npos);
    }
}

TEST_CASE("queries that explode are stopped") {
    std::string doubled = "@";
    for (int i = 0; i < 60; ++i)
        doubled += " | [@, @]";
    CHECK(found(doubled).find("more than") != std::string::npos);
    CHECK(found(std::string(100000, '(')).find("500 levels") != std::string::npos);
    std::string deep = "a";
    for (int i = 0; i < 1000; ++i)
        deep += ".a";
    CHECK(found(deep).find("500 parts") != std::string::npos);
    CHECK(found(std::string(100000, '!')).find("500") != std::string::npos);
}

TEST_CASE("the query helpers take a value or a text") {
    const remuda::templating::Data data = {{"t", R"({"l": [{"a": 1}, {"a": "b"}]})"}};
    using remuda::test::rendered;
    CHECK(rendered("{{json_query \"l[0].a\" (str_to_json t)}}", data) == "1");
    CHECK(rendered("{{json_str_query \"l[1].a\" t}}", data) == "\"b\"");
    CHECK(rendered("{{json_str_query \"l[*].a\" t}}", data) == "[1,\"b\"]");
    CHECK(rendered("{{#each (json_query \"l[*].a\" (str_to_json t))}}{{this}};{{/each}}", data) ==
          "1;b;");
    CHECK(rendered("{{json_query \"l[\" (str_to_json t)}}", data).starts_with("fault 2+"));
}
