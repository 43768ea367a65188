// SPDX-License-Identifier: MIT
#include "unit/templating/templates.h"

#include <doctest/doctest.h>

using remuda::test::faults_of;
using remuda::test::rendered;
using Faults = std::vector<std::string>;

namespace {
const std::string kLiteral = "for a literal `{{` write `\\{{`";
const std::string kList = "docs/templates.md lists all helpers";
const std::vector<std::string> kNames = {"model", "hostname"};

bool begins(const Faults& faults, const std::string& text) {
    INFO((faults.empty() ? std::string("no fault") : faults.front()));
    CHECK(faults.size() == 1);
    return !faults.empty() && faults.front().starts_with(text);
}
}  // namespace

TEST_CASE("an unknown variable is a fault with the nearest name") {
    CHECK(faults_of("ls {{ modle }}", kNames) ==
          Faults{"6+5: unknown variable 'modle' | did you mean 'model'?"});
    CHECK(faults_of("{{ x }}", kNames) ==
          Faults{"3+1: unknown variable 'x' | known here: model, hostname; " + kLiteral});
    CHECK(rendered("{{ modle }}", {{"model", "m"}}) ==
          "fault 3+5: unknown variable 'modle' | did you mean 'model'?");
}

TEST_CASE("an unknown helper is a fault with the nearest name") {
    CHECK(faults_of("{{ to_lower model }}", kNames) ==
          Faults{"3+8: unknown helper 'to_lower' | did you mean 'to_lower_case'? " + kList});
    CHECK(faults_of("{{ tirm model }}", kNames) ==
          Faults{"3+4: unknown helper 'tirm' | did you mean 'trim'? " + kList});
    CHECK(faults_of("{{ toUpperCase model }}", kNames) ==
          Faults{"3+11: unknown helper 'toUpperCase' | did you mean 'to_upper_case'? " + kList});
    CHECK(faults_of("{{#eech model}}{{/eech}}", kNames) ==
          Faults{"3+4: unknown helper 'eech' | did you mean 'each'? " + kList});
    CHECK(faults_of("{{ ec2_tag model }}", kNames) ==
          Faults{"3+7: unknown helper 'ec2_tag' | " + kList + "; " + kLiteral});
}

TEST_CASE("a wrong number of arguments is a fault that shows the call") {
    CHECK(faults_of("{{ replace model \"/\" }}", kNames) ==
          Faults{"3+17: helper 'replace' needs 3 arguments and is given 2 | it is called as `{{ "
                 "replace TEXT FROM TO }}`: every FROM in TEXT becomes TO"});
    CHECK(faults_of("{{ trim }}", kNames) ==
          Faults{"3+4: helper 'trim' needs 1 argument | it is called as `{{ trim TEXT }}`: without "
                 "white space at both ends"});
}

TEST_CASE("every fault of a template is reported") {
    CHECK(faults_of("{{a}} {{b}} {{trim (c d)}}", kNames).size() == 4);
    CHECK(faults_of("{{}} {{a.}} {{trim \"x}} {{model}}", kNames).size() == 3);
    CHECK(faults_of("{{#if )}} {{/if}} {{/if}} {{model", kNames).size() == 3);
}

TEST_CASE("an open tag, quote, bracket or comment that never ends is a fault where it begins") {
    CHECK(faults_of("ab {{ model", kNames) ==
          Faults{"3+2: this tag is never closed | close it with `}}`; " + kLiteral});
    CHECK(faults_of("{{{ model }}", kNames) == Faults{"10+1: `{{{` must be closed by `}}}`"});
    CHECK(faults_of("{{ trim \"a }}", kNames) ==
          Faults{"8+1: this quote is never closed | add the closing `\"`"});
    CHECK(begins(faults_of("{{ trim [a }}", kNames), "8+1: this `[` is never closed"));
    CHECK(faults_of("a {{!-- b }}", kNames) ==
          Faults{"2+3: this comment is never closed | close it with `--}}`; " + kLiteral});
    CHECK(begins(faults_of("{{ trim (trim model }}", kNames), "20+2: a closing `)` is missing"));
    CHECK(begins(faults_of("{{ model ) }}", kNames), "9+1: this `)` closes nothing"));
    CHECK(begins(faults_of("{{ model } }}", kNames), "9+1: a single `}` does not close"));
}

TEST_CASE("a template of docker or Go is told how to survive") {
    CHECK(faults_of("docker ps --format '{{.Names}}'") ==
          Faults{"22+1: a name cannot begin with `.` | if this is a template of docker, kubectl or "
                 "Go, write `\\{{.Names}}`"});
    CHECK(faults_of("docker inspect -f '{{json .State}}'") ==
          Faults{"26+1: a name cannot begin with `.` | if this is a template of docker, kubectl or "
                 "Go, write `\\{{json .State}}`"});
}

TEST_CASE("what is not supported says so") {
    CHECK(begins(faults_of("{{> part }}"), "0+3: partials (`{{>...}}`) are not supported"));
    CHECK(begins(faults_of("{{#> part }}"), "0+3: partials and decorators are not supported"));
    CHECK(begins(faults_of("{{* deco }}"), "0+3: decorators (`{{*...}}`) are not supported"));
    CHECK(
        faults_of("{{http_get \"x\"}}") ==
        Faults{"2+8: there is no helper 'http_get' here | templates do not reach into the network; "
               "fetch it in the command"});
}

TEST_CASE("a block is closed, once, by its own name") {
    CHECK(faults_of("a {{#if model}} b", kNames) ==
          Faults{"2+3: this block is never closed | close it with `{{/if}}`; " + kLiteral});
    CHECK(faults_of("{{/if}}", kNames) == Faults{"0+7: this closes no block | " + kLiteral});
    CHECK(faults_of("{{#if model}}{{/with}}", kNames) ==
          Faults{"16+4: `if` is to be closed here, not `with` | write `{{/if}}`"});
    CHECK(begins(faults_of("{{else}}"), "2+4: this `else` belongs to no block"));
    CHECK(begins(faults_of("{{#if model}}{{else}}{{else}}{{/if}}", kNames),
                 "23+4: the block has an `{{else}}` already"));
    CHECK(begins(faults_of("{{{{raw}}}} x"), "0+4: this raw block is never closed"));
}

TEST_CASE("the tag of a block is checked like a call") {
    CHECK(faults_of("{{#if}}a{{/if}}") ==
          Faults{"3+2: helper 'if' needs 1 argument and is given 0 | it is written as `{{#if "
                 "A}}...{{else}}...{{/if}}`"});
}

TEST_CASE("names that the contexts around cannot know are faults") {
    CHECK(begins(faults_of("{{@index}}"), "2+6: unknown variable '@index' | `@` names belong"));
    CHECK(begins(faults_of("{{../model}}", kNames), "2+8: unknown variable '../model'"));
    CHECK(begins(faults_of("{{model.x}}", kNames),
                 "2+7: unknown variable 'model.x' | a text has no members"));
    CHECK(begins(faults_of("{{#with model}}{{hostname}}{{/with}}", kNames),
                 "17+8: unknown variable 'hostname' | the context here is a text; the variable is "
                 "`../hostname`"));
    CHECK(begins(faults_of("{{#each model}}{{/each}}", kNames),
                 "8+5: `each` needs a list or an object and is given text"));
    CHECK(begins(faults_of("{{#each [1]}}{{../modle}}{{/each}}", kNames),
                 "15+8: unknown variable 'modle' | did you mean 'model'?"));
    CHECK(faults_of("{{#each [1]}}{{anything}}{{@index}}{{/each}}", kNames).empty());
}

TEST_CASE("a condition on an unknown variable is a fault") {
    CHECK(begins(faults_of("{{#if modle}}a{{/if}}", kNames),
                 "6+5: unknown variable 'modle' | did you mean 'model'?"));
    CHECK(begins(faults_of("{{#unless (eq modle 1)}}a{{/unless}}", kNames), "14+5: unknown"));
    CHECK(begins(faults_of("{{#modle}}a{{/modle}}", kNames), "3+5: unknown variable 'modle'"));
}

TEST_CASE("a fault that depends on written values alone is found without rendering") {
    CHECK(begins(faults_of("{{gt \"a\" 1}}"), "2+8: helper 'gt': 'a' is no number"));
    CHECK(begins(faults_of("{{json_to_str [1] format=\"xml\"}}"),
                 "2+28: helper 'json_to_str': format 'xml' is not supported"));
    CHECK(begins(faults_of("{{trim a b=1}}", {"a"}), "9+1: no argument is named 'b'"));
}

TEST_CASE("lenient: an unknown variable is empty, all other faults stay") {
    const auto lenient = remuda::templating::Unknown::is_empty;
    CHECK(faults_of("{{x}} {{x.y}} {{../x}} {{@index}} {{#each model}}{{/each}}", kNames, lenient)
              .empty());
    CHECK(rendered("[{{x}}{{x.y}}{{../x}}{{@index}}{{trim x}}]", {}, lenient) == "[]");
    CHECK(rendered("{{#if x}}a{{else}}b{{/if}}{{#each x}}c{{/each}}", {}, lenient) == "b");
    CHECK(faults_of("{{nope x}}", {}, lenient).size() == 1);
    CHECK(faults_of("{{trim}}", {}, lenient).size() == 1);
    CHECK(
        rendered("{{trim}}", {}, lenient).starts_with("fault 2+4: helper 'trim' needs 1 argument"));
    CHECK(faults_of("{{x", {}, lenient).size() == 1);
}

TEST_CASE("blocks nest up to a limit") {
    const auto nested = [](int depth) {
        std::string text = "x";
        for (int i = 0; i < depth; ++i) {
            text.insert(0, "{{#if true}}").append("{{/if}}");
        }
        return text;
    };
    CHECK(rendered(nested(64)) == "x");
    CHECK(begins(faults_of(nested(65)), "768+3: blocks nest too deeply"));
}

TEST_CASE("what is no template at all is a fault with the way to write it literally") {
    CHECK(faults_of("awk '{{}}'") ==
          Faults{"5+4: nothing stands between the braces | " + kLiteral});
    CHECK(begins(faults_of("{{ 1 + 2 }}"), "5+1: `+` cannot stand here"));
    CHECK(begins(faults_of("{{ 'a' b }}"), "3+3: only a helper can be given arguments"));
    CHECK(begins(faults_of("{{ trim () }}"), "8+2: nothing stands between the parentheses"));
}

TEST_CASE("parentheses nest up to a limit") {
    const auto nested = [](int depth) {
        std::string text = "\"a\"";
        for (int i = 0; i < depth; ++i) {
            text.insert(0, "(trim ").append(")");
        }
        return "{{trim " + text + "}}";
    };
    CHECK(rendered(nested(64)) == "a");
    CHECK(faults_of(nested(65)).size() == 1);
    CHECK(faults_of("{{trim " + std::string(100000, '(')).size() == 1);
}

TEST_CASE("a flood of faults ends") {
    std::string text;
    for (int i = 0; i < 100000; ++i) {
        text += "{{.}}";
    }
    CHECK(faults_of(text).size() == 50);
}

TEST_CASE("a format that is written out is checked whatever it is applied to") {
    for (const char* text :
         {"{{json_to_str (str_to_json model) format=\"xml\"}}",
          "{{str_to_json model format=\"xml\"}}", "{{json_str_query \"a\" model format=\"xml\"}}",
          "{{#to_json format=\"xml\"}}{{model}}{{/to_json}}",
          "{{#from_json format=\"xml\"}}{{model}}{{/from_json}}"}) {
        INFO(text);
        const Faults faults = faults_of(text, kNames);
        REQUIRE(faults.size() == 1);
        CHECK(faults.front().find("format 'xml' is not supported") != std::string::npos);
    }
    CHECK(faults_of("{{json_to_str (str_to_json model) format=\"json_pretty\"}}", kNames).empty());
    CHECK(faults_of("{{json_to_str (str_to_json model) format=hostname}}", kNames).empty());
}

TEST_CASE("a query that is written out is checked whatever it is applied to") {
    CHECK(begins(faults_of("{{json_query \"a[\" (str_to_json model)}}", kNames),
                 "2+35: helper 'json_query': "));
    CHECK(begins(faults_of("{{json_str_query \"a[\" model}}", kNames),
                 "2+25: helper 'json_str_query': "));
    CHECK(begins(faults_of("{{json_query \"a[\" \"b\"}}", kNames), "2+19: helper 'json_query': "));
    CHECK(faults_of("{{json_query \"a[0]\" (str_to_json model)}}", kNames).empty());
    CHECK(faults_of("{{json_query model (str_to_json model)}}", kNames).empty());
}

TEST_CASE("json_query refuses a text and names the helper that takes one") {
    const std::string message =
        "helper 'json_query': argument 2 is a text, not a value; a JSON text is asked with "
        "json_str_query";
    CHECK(faults_of("{{json_query \"a\" model}}", kNames) == Faults{"2+20: " + message});
    CHECK(rendered("{{json_query \"a\" model}}", {{"model", "{\"a\": 1}"}}) ==
          "fault 2+20: " + message);
    CHECK(rendered("{{json_query \"a\" (first_non_empty model)}}", {{"model", "{\"a\": 1}"}}) ==
          "fault 2+38: " + message);
    CHECK(rendered("[{{json_query \"a\" (str_to_json model)}}]", {{"model", ""}}) == "[]");
}

TEST_CASE("a variable that is named within a loop is found outside of it") {
    const std::string list = "{{#each (str_to_json \"[1,2]\")}}";
    CHECK(rendered(list + "{{hostname}}{{/each}}", {{"hostname", "n"}}) ==
          "fault 33+8: unknown variable 'hostname' | there is no such member; the variable is "
          "`../hostname`");
    CHECK(rendered(
              "{{#with (str_to_json \"{\\\"a\\\":1}\")}}" + list + "{{hostname}}{{/each}}{{/with}}",
              {{"hostname", "n"}})
              .ends_with("the variable is `../../hostname`"));
    CHECK(rendered(list + "{{other}}{{/each}}", {{"hostname", "n"}}) ==
          "fault 33+5: unknown variable 'other' | there is no such member");
}

TEST_CASE("the name that quote has elsewhere leads to it") {
    CHECK(faults_of("{{enquote model}}", kNames) ==
          Faults{"2+7: there is no helper 'enquote' here | it is `quote SYMBOL TEXT`: {{ quote "
                 "\"\\\"\" TEXT }}"});
}
