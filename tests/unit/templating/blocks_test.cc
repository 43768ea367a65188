// SPDX-License-Identifier: MIT
#include "unit/templating/templates.h"

#include <string>

#include <doctest/doctest.h>

using remuda::templating::Unknown;
using remuda::test::faults_of;
using remuda::test::rendered;

namespace {

const remuda::templating::Data kData = {{"x", "one"}, {"none", ""}, {"n", "8"}};

// Renders `body` with `v` set to the value of a JSON text.
std::string with_json(const std::string& json, const std::string& body) {
    return rendered("{{assign \"v\" (str_to_json json)}}" + body, {{"json", json}, {"x", "one"}});
}

}  // namespace

TEST_CASE("if and unless choose by truth") {
    CHECK(rendered("{{#if x}}a{{/if}}{{#if none}}b{{/if}}", kData) == "a");
    CHECK(rendered("{{#if none}}a{{else}}b{{/if}}{{#if none}}a{{^}}c{{/if}}", kData) == "bc");
    CHECK(rendered("{{#unless none}}a{{else}}b{{/unless}}", kData) == "a");
    CHECK(rendered("{{#if 0}}a{{else}}b{{/if}}{{#if 0 includeZero=true}}c{{/if}}") == "bc");
    CHECK(rendered("{{#if []}}a{{else}}b{{/if}}{{#if {}}}a{{else}}c{{/if}}") == "bc");
    CHECK(rendered("{{^if none}}a{{else}}b{{/if}}", kData) == "a");
}

TEST_CASE("else if goes on choosing") {
    const std::string text = "{{#if (eq n 1)}}a{{else if (eq n 8)}}b{{else if x}}c{{else}}d{{/if}}";
    CHECK(rendered(text, kData) == "b");
    CHECK(rendered(text, {{"n", "1"}, {"x", "y"}}) == "a");
    CHECK(rendered(text, {{"n", "2"}, {"x", "y"}}) == "c");
    CHECK(rendered(text, {{"n", "2"}, {"x", ""}}) == "d");
    CHECK(rendered("{{#if none}}a{{else with x}}{{this}}{{/if}}", kData) == "one");
}

TEST_CASE("conditions are values and blocks") {
    CHECK(rendered("{{eq x \"one\"}} {{ne x 'one'}} {{not x}}", kData) == "true false false");
    CHECK(rendered("{{#eq x \"one\"}}a{{else}}b{{/eq}}{{#gt n 9}}c{{else}}d{{/gt}}", kData) ==
          "ad");
    CHECK(rendered("{{and x n \"\"}} {{or none x}} {{and true 1}}", kData) == "false true true");
}

TEST_CASE("numbers compare as numbers, also in a parameter's text") {
    CHECK(rendered("{{gt n 7}} {{gte n \"8.0\"}} {{lt n 10}} {{lte n -1}}", kData) ==
          "true true true false");
    CHECK(rendered("{{eq n 8}} {{eq n \"8\"}} {{eq n \"8.0\"}} {{eq 8 8.0}} {{ne n 9}}", kData) ==
          "true true false true true");
    CHECK(rendered("{{gt x 1}}", kData) == "fault 2+6: helper 'gt': 'one' is no number");
}

TEST_CASE("each walks lists and objects") {
    CHECK(rendered("{{#each [1,2,3]}}{{@index}}={{this}}{{#unless @last}},{{/unless}}{{/each}}") ==
          "0=1,1=2,2=3");
    CHECK(rendered("{{#each {\"b\": 1, \"a\": 2}}}{{@key}}{{@index}}{{this}}{{#if @first}};{{/if}}"
                   "{{/each}}") == "b01;a12");
    CHECK(rendered("{{#each []}}a{{else}}none{{/each}}") == "none");
    CHECK(rendered("{{#each [1] as |item i|}}{{item}}{{i}}{{/each}}") == "10");
    CHECK(rendered("{{#each {\"k\": 1} as |item key|}}{{key}}{{item}}{{/each}}") == "k1");
    CHECK(rendered("{{#each x}}a{{else}}b{{/each}}", kData) == "b");
}

TEST_CASE("paths lead into values and out of contexts") {
    CHECK(with_json(R"({"a":{"b":[{"c":"d"}]}, "odd key": 5})",
                    "{{v.a.b.0.c}} {{v/a/b}} {{v.[odd key]}} {{@root.v.a.b.[0].c}}") ==
          "d [[object]] 5 d");
    CHECK(with_json(R"([{"n":"p","l":[1,2]},{"n":"q","l":[3]}])",
                    "{{#each v}}{{#each l}}{{../n}}{{this}}{{@../index}}{{../../x}} {{/each}}"
                    "{{/each}}") == "p10one p20one q31one ");
    CHECK(rendered("{{#with x}}{{this}}{{../n}}{{@root.n}}{{/with}}", kData) == "one88");
    CHECK(rendered("{{this.x}} {{./x}} {{this/x}}", kData) == "one one one");
    CHECK(rendered("{{#with x as |y|}}{{y}}{{/with}}", kData) == "one");
}

TEST_CASE("a section follows the type of its value") {
    CHECK(with_json("[1,2]", "{{#v}}{{this}}{{/v}}") == "12");
    CHECK(with_json(R"({"a":1})", "{{#v}}{{a}}{{/v}}") == "1");
    CHECK(with_json("true", "{{#v}}{{x}}{{/v}}{{^v}}no{{/v}}") == "one");
    CHECK(with_json("[]", "{{#v}}yes{{/v}}{{^v}}no{{/v}}") == "no");
    CHECK(with_json("null", "{{#v}}yes{{else}}no{{/v}}") == "no");
    CHECK(rendered("{{#x}}{{this}}{{/x}}", kData) == "one");
}

TEST_CASE("lookup finds by a computed name, or nothing") {
    CHECK(rendered("{{lookup this \"x\"}}[{{lookup this \"maybe\"}}]", kData) == "one[]");
    CHECK(rendered("{{lookup [7,8] 1}}{{#if (lookup this \"maybe\")}}a{{/if}}", kData) == "8");
}

TEST_CASE("assign sets a variable from there on") {
    CHECK(rendered("{{assign \"y\" (to_upper_case x)}}{{y}}", kData) == "ONE");
    CHECK(faults_of("{{y}}{{assign \"y\" 1}}{{y}}").size() == 1);
}

TEST_CASE("log gives nothing") {
    CHECK(rendered("a{{log \"hi\" x level=\"info\"}}b", kData) == "ab");
}

TEST_CASE("a tag of a block that is alone on its line takes the line with it") {
    CHECK(rendered("a\n{{#if x}}\n  b\n{{else}}\nc\n{{/if}}\nd\n", kData) == "a\n  b\nd\n");
    CHECK(rendered("{{#each [1,2]}}\r\n  {{this}}\r\n{{/each}}\r\n|") == "  1\r\n  2\r\n|");
    CHECK(rendered("a {{#if x}}\nb\n{{/if}} c", kData) == "a \nb\n c");
    CHECK(rendered("{{#if x}}\n{{#if n}}\nb\n{{/if}}\n{{/if}}\n", kData) == "b\n");
    CHECK(rendered("{{#if none}}\na\n{{else if x}}\nb\n{{/if}}\nc", kData) == "b\nc");
}

TEST_CASE("tildes in the tags of a block take the white space on their side") {
    CHECK(rendered("a {{~#if x~}} b {{~else~}} c {{~/if~}} d", kData) == "abd");
    CHECK(rendered("a {{#if none~}} b {{~else~}} c {{~/if}} d", kData) == "a c d");
}

TEST_CASE("what an each or with reaches is checked when it is rendered") {
    CHECK(with_json("[{\"a\":1}]", "{{#each v}}{{b}}{{/each}}") ==
          "fault 46+1: unknown variable 'b' | there is no such member");
    CHECK(
        with_json("5", "{{#each v}}{{b}}{{/each}}") ==
        "fault 41+1: `each` needs a list or an object and is given a number | a list is read from "
        "JSON text with (str_to_json TEXT)");
}

TEST_CASE("loops that explode are stopped") {
    std::string list = "[1";
    for (int i = 0; i < 999; ++i)
        list += ",1";
    list += "]";
    std::string text = "{{this}}";
    for (int i = 0; i < 4; ++i) {
        text.insert(0, "{{#each @root.v}}").append("{{/each}}");
    }
    CHECK(with_json(list, text).find("takes too long") != std::string::npos);
    CHECK(rendered("{{#each v}}{{@root.big}}{{/each}}", {{"v", "x"}}).starts_with("fault"));
    const std::string many = "{{assign \"l\" (str_to_json v)}}{{#each l}}{{../big}}{{/each}}";
    CHECK(rendered(many, {{"v", list}, {"big", std::string(100000, 'x')}}).find("beyond 16 MiB") !=
          std::string::npos);
}

TEST_CASE("the variables of blocks are listed too") {
    auto parsed = remuda::templating::Template::parse(
        "{{#if a}}{{#each (str_to_json b) as |i|}}{{i}}{{c}}{{../d}}{{@root.e}}{{/each}}{{/if}}");
    CHECK(std::get<0>(parsed).variables() == std::vector<std::string>{"a", "b", "d", "e"});
}
