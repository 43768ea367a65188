// SPDX-License-Identifier: MIT
#include "templates.h"
#include "templating/json.h"
#include "templating/toml_text.h"
#include "templating/yaml_text.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda::templating;
using remuda::Result;
using remuda::test::faults_of;
using remuda::test::rendered;

namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;

std::string json_of(const Result<Value>& value) {
    return value ? json_text(*value, false, kLongest).value() : value.error().text();
}
std::string from_yaml(std::string_view text) {
    return json_of(parse_yaml(text));
}
std::string from_toml(std::string_view text) {
    return json_of(parse_toml(text));
}
std::string to_yaml(std::string_view json) {
    return yaml_text(parse_json(json).value(), kLongest).value();
}
std::string to_toml(std::string_view json, bool is_pretty = false) {
    const auto text = toml_text(parse_json(json).value(), is_pretty, kLongest);
    return text ? *text : text.error().text();
}

}  // namespace

TEST_CASE("YAML is read by the rules of YAML 1.2") {
    CHECK(from_yaml("foo:\n bar:\n  baz: true\n") == R"({"foo":{"bar":{"baz":true}}})");
    CHECK(from_yaml("{\"foo\": [1, -2, 0x1F, 0o17, +3]}") == R"({"foo":[1,-2,31,15,3]})");
    CHECK(from_yaml("- 0.10\n- 1e-4\n- .5\n- 2.\n- 1e30") == "[0.1,1e-04,0.5,2.0,1e+30]");
    CHECK(from_yaml("- ~\n- null\n- Null\n-\n- ''\n- \"null\"") ==
          R"([null,null,null,null,"","null"])");
    CHECK(from_yaml("[yes, no, on, 007, 1_000, 12:30, 2001-01-01, 1e, ., -, 0x, e5]") ==
          R"(["yes","no","on","007","1_000","12:30","2001-01-01","1e",".","-","0x","e5"])");
    CHECK(from_yaml("[True, FALSE, !!str true, !!float 1.5, !!int 7, ! 8]") ==
          R"([true,false,"true",1.5,7,"8"])");
    CHECK(from_yaml("a: |\n  one\n  two\nb: >-\n  x\n  y") == R"({"a":"one\ntwo\n","b":"x y"})");
    CHECK(from_yaml("1: a\ntrue: b\n~: c") == R"({"1":"a","true":"b","~":"c"})");
    CHECK(from_yaml("a: &x [1]\nb: *x\n&k c: *k\n<<: {d: 1}") ==
          R"({"a":[1],"b":[1],"c":"c","<<":{"d":1}})");
    CHECK(from_yaml("# nothing") == "null");
    CHECK(from_yaml("---\na: 1\n...\n") == R"({"a":1})");
    CHECK(from_yaml("[.inf, -.INF, .nan]") == "[null,null,null]");
}

TEST_CASE("what is no YAML is told with its place") {
    CHECK(from_yaml("a: 1\nb: \"x") ==
          "this is no YAML: line 2, column 6: found unexpected end of stream");
    CHECK(from_yaml("a: 1\na: 2") == "this is no YAML: line 2, column 1: the name 'a' comes twice");
    CHECK(from_yaml("[1]\n---\n[2]") ==
          "this is no YAML: line 2, column 1: a second document begins here");
    CHECK(from_yaml("a: *b") ==
          "this is no YAML: line 1, column 4: '*b' names an anchor that is not there");
    CHECK(from_yaml("? [1]\n: 2") ==
          "this is no YAML: line 1, column 3: the name of a member is a "
          "text, not a list or an object");
    CHECK(from_yaml("!thing x").find("tag") != std::string::npos);
    CHECK(from_yaml("!!int x").find("tag") != std::string::npos);
    CHECK(from_yaml("a: \xFF").starts_with("this is no YAML: byte 4: "));
    CHECK(from_yaml(std::string(200, '[')).find("more than 128 levels") != std::string::npos);
}

TEST_CASE("copies in YAML cannot grow without end") {
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string name = "a" + std::to_string(i);
        const std::string copy = "*a" + std::to_string(i - 1);
        laughs += name + ": &" + name + " [" + copy;
        for (int n = 1; n < 10; ++n)
            laughs += ", " + copy;
        laughs += "]\n";
    }
    CHECK(from_yaml(laughs).find("more than a million parts") != std::string::npos);
    std::string texts = "a: &a " + std::string(100'000, 'x') + "\nb:\n";
    for (int i = 0; i < 100; ++i)
        texts += " - *a\n";
    CHECK(from_yaml(texts).find("beyond 8 MiB") != std::string::npos);
}

TEST_CASE("YAML is written in block style, quoted where it has to be") {
    CHECK(to_yaml(R"({"foo":{"bar":{"baz":true}},"l":[1,"a",[],{}],"m":null,"r":0.5})") ==
          "foo:\n  bar:\n    baz: true\nl:\n- 1\n- a\n- []\n- {}\nm: null\nr: 0.5\n");
    CHECK(to_yaml(R"(["yes","true","1","0x1","~","","12:30","1e5","a: b","- x","# c","NULL"])") ==
          "- 'yes'\n- 'true'\n- '1'\n- '0x1'\n- '~'\n- ''\n- '12:30'\n- '1e5'\n- 'a: b'\n"
          "- '- x'\n- '# c'\n- 'NULL'\n");
    CHECK(to_yaml("{\"a\":\"one\\ntwo\\n\",\"b\":\"one\\r\\ntwo\"}") ==
          "a: |\n  one\n  two\nb: \"one\\r\\ntwo\"\n");
    CHECK(to_yaml(R"({"1":"é"})") == "'1': é\n");
}

TEST_CASE("TOML is read with its members in the order of the text") {
    CHECK(from_toml("[foo]\nbar = { baz = true }\nhello = \"1.2.3\"\n") ==
          R"({"foo":{"bar":{"baz":true},"hello":"1.2.3"}})");
    CHECK(from_toml("z = 1\na.y = 2\na.b = 3\n[[t]]\nn = 1\n[[t]]\nn = 2\n[d.e]\n[c]") ==
          R"({"z":1,"a":{"y":2,"b":3},"t":[{"n":1},{"n":2}],"d":{"e":{}},"c":{}})");
    CHECK(from_toml("a = 1979-05-27\nb = 07:32:00\nc = 1979-05-27T07:32:00Z\nd = 'x'\ne = 1.50") ==
          R"({"a":"1979-05-27","b":"07:32:00","c":"1979-05-27T07:32:00Z","d":"x","e":1.5})");
    CHECK(from_toml("a = \"\"\"\\\n  \u00e9\"\"\" # \u00e9") == "{\"a\":\"\u00e9\"}");
    CHECK(from_toml("# nothing") == "{}");
}

TEST_CASE("what is no TOML is told with its place") {
    CHECK(from_toml("a = 1\na = 2").starts_with("this is no TOML: line 2, column "));
    CHECK(from_toml("a = \n").starts_with("this is no TOML: line 1, column 5: "));
    CHECK(from_toml("a = \"\xFF\"").starts_with("this is no TOML: line 1, column "));
    CHECK(from_toml("\u00e9 = 1").starts_with("this is no TOML: line 1, column 1"));
    CHECK(from_toml("a = 1 \u3042").starts_with("this is no TOML: line 1, column "));
    CHECK(from_toml("[1, 2]").starts_with("this is no TOML: line 1, column "));
}

TEST_CASE("nesting in TOML ends before the stack does") {
    std::string key = "a";
    for (int i = 0; i < 63; ++i)
        key += i % 2 == 0 ? ".'b.c'" : " . b";
    CHECK(from_toml(key + " = 1").starts_with("{\"a\""));
    CHECK(from_toml("x = 1\n[" + key + " . c]") ==
          "this is no TOML: line 2, column 320: a key of more than 64 parts");
    std::string endless = "a";
    for (int i = 0; i < 200'000; ++i)
        endless += ".a";
    CHECK(from_toml(endless + "=1").find("more than 64 parts") != std::string::npos);
    const std::string dots(200, '.');
    for (const char* quotes : {"\"", "'", "\"\"\"", "'''"}) {
        CHECK(from_toml("a = " + std::string(quotes) + dots + quotes).find(dots) !=
              std::string::npos);
    }
    CHECK(from_toml("a = 1 # " + dots) == R"({"a":1})");
    CHECK(from_toml("a = \"\"\"x\"\"\"\"\"\nb = 1").starts_with("{"));
    CHECK(from_toml("a = " + std::string(100, '[')).starts_with("this is no TOML"));
    // As deep as both limits allow.
    std::string deep;
    for (int i = 0; i < 30; ++i)
        deep += (i == 0 ? "" : "{") + key + "=";
    CHECK_FALSE(from_toml(deep + "1" + std::string(29, '}')).empty());
}

TEST_CASE("TOML is written with the values of a table before its tables") {
    CHECK(to_toml(R"({"foo":{"bar":{"baz":true}}})") == "[foo.bar]\nbaz = true\n");
    CHECK(to_toml(R"({"foo":{"bar":{"baz":true},"hello":"1.2.3"},"z":1})") ==
          "z = 1\n\n[foo]\nhello = \"1.2.3\"\n\n[foo.bar]\nbaz = true\n");
    CHECK(to_toml(R"({"l":[1,[2.5,"x"],{"a b":{}}],"t":[{"n":1},{"m":{"x":1}}],"e":[],"o":{}})") ==
          "l = [1, [2.5, \"x\"], { \"a b\" = {} }]\ne = []\n\n[[t]]\nn = 1\n\n[[t]]\n\n"
          "[t.m]\nx = 1\n\n[o]\n");
    CHECK(to_toml(R"({"a\"b":"q\"\\\n\u0001"})") == "\"a\\\"b\" = \"q\\\"\\\\\\n\\u0001\"\n");
    CHECK(
        to_toml(R"({"s":"1.2.4","q":"it's","m":"a\nb\"","l":[1,["x","y"]],"o":["x"]})", true) ==
        "s = '1.2.4'\nq = \"it's\"\nm = \"\"\"\na\nb\\\"\"\"\"\nl = [\n    1,\n    ['x', 'y'],\n]\n"
        "o = ['x']\n");
    CHECK(to_toml("{}").empty());
}

TEST_CASE("what TOML cannot hold is an error") {
    CHECK(to_toml("[1]") == "a TOML text is an object, and this is a list");
    CHECK(to_toml("true") == "a TOML text is an object, and this is true or false");
    CHECK(to_toml(R"({"a":[{"b c":null},1]})") == "TOML has no null, which stands at 'a.\"b c\"'");
    CHECK(toml_text(parse_json(R"({"a":"0123456789"})").value(), false, 8).error().text() ==
          "the value grows beyond 8 MiB");
    CHECK(yaml_text(parse_json(R"({"a":"0123456789"})").value(), 8).error().text() ==
          "the value grows beyond 8 MiB");
}

namespace {

// Any value, with the texts that are hard to write.
class Values {
  public:
    explicit Values(unsigned seed) : random_(seed) {}

    Value object(int depth, bool with_null) {
        Members members;
        for (unsigned n = random_() % 4; n > 0; --n)
            members.emplace_back(text(), any(depth + 1, with_null));
        return Value::object(std::move(members)).value();
    }
    Value any(int depth, bool with_null) {
        switch (random_() % (depth > 4 ? 5 : 8)) {
            case 0:
                return with_null ? Value() : Value(false);
            case 1:
                return random_() % 2 == 0;
            case 2:
                return static_cast<std::int64_t>(random_()) - 1'000'000;
            case 3:
                return static_cast<double>(random_()) / 1000.5;
            case 4:
                return text();
            case 5:
            case 6:
                return object(depth, with_null);
            default: {
                Items items;
                for (unsigned n = random_() % 4; n > 0; --n)
                    items.push_back(any(depth + 1, with_null));
                return Value::list(std::move(items)).value();
            }
        }
    }

  private:
    std::string text() {
        static const std::vector<std::string> pieces = {"a",
                                                        "b",
                                                        " ",
                                                        "\n",
                                                        "\t",
                                                        "\r",
                                                        "'",
                                                        "\"",
                                                        "\\",
                                                        ":",
                                                        "#",
                                                        "-",
                                                        "?",
                                                        "[",
                                                        "{",
                                                        "1",
                                                        "true",
                                                        "~",
                                                        "%",
                                                        "@",
                                                        "\x01",
                                                        "\x7F",
                                                        "é",
                                                        "|",
                                                        ">",
                                                        "\u2028",
                                                        "\u0085",
                                                        "\U0001F600",
                                                        "=",
                                                        ".",
                                                        "*",
                                                        "&",
                                                        "!",
                                                        std::string(1, '\0'),
                                                        ", ",
                                                        "]}",
                                                        "- ",
                                                        ": ",
                                                        "\xEF\xBB\xBF",
                                                        "\n ",
                                                        "--",
                                                        "...",
                                                        "null"};
        std::string text;
        for (unsigned n = random_() % 5; n > 0; --n)
            text += pieces[random_() % pieces.size()];
        return text;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("what is written is read back as it was") {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Values values(seed);
        const Value any = values.any(0, true);
        const std::string yaml = yaml_text(any, kLongest).value();
        CAPTURE(yaml);
        const auto from_yaml = parse_yaml(yaml);
        REQUIRE(json_of(from_yaml) == json_of(any));
        const Value object = values.object(0, false);
        for (const bool is_pretty : {false, true}) {
            const std::string toml = toml_text(object, is_pretty, kLongest).value();
            CAPTURE(toml);
            const auto from_toml = parse_toml(toml);
            REQUIRE_MESSAGE(from_toml.has_value(), json_of(from_toml));
            // Tables stand behind values, so the order may differ.
            REQUIRE(*from_toml == object);
        }
    }
}

TEST_CASE("the helpers take and give YAML and TOML") {
    const Data data = {{"y", "foo:\n bar:\n  baz: true\n"},
                       {"t", "[foo.bar]\nbaz = true\n[package]\nedition = \"2018\"\n"},
                       {"none", ""}};
    CHECK(rendered("{{json_to_str (str_to_json y format=\"yaml\")}}", data) ==
          R"({"foo":{"bar":{"baz":true}}})");
    CHECK(rendered("{{json_to_str (str_to_json t format=\"TOML\")}}", data) ==
          R"({"foo":{"bar":{"baz":true}},"package":{"edition":"2018"}})");
    CHECK(rendered("{{json_to_str {\"a\": [1, {\"b\": \"x\"}]} format=\"yaml\"}}") ==
          "a:\n- 1\n- b: x\n");
    CHECK(rendered("{{json_to_str {\"a\": {\"b\": \"x\"}} format=\"toml\"}}") ==
          "[a]\nb = \"x\"\n");
    CHECK(rendered("{{json_to_str {\"a\": {\"b\": \"x\"}} format=\"toml_pretty\"}}") ==
          "[a]\nb = 'x'\n");
    CHECK(rendered("{{json_str_query \"foo\" y format=\"yaml\"}}", data) == "bar:\n  baz: true\n");
    CHECK(rendered("{{json_str_query \"foo.bar.baz\" y format=\"yaml\"}}|", data) == "true|");
    CHECK(rendered("{{json_str_query \"foo\" t format=\"toml\"}}", data) == "[bar]\nbaz = true\n");
    CHECK(rendered("{{unquote (json_str_query \"package.edition\" t format=\"toml\")}}", data) ==
          "2018");
    CHECK(rendered("{{json_str_query \"a\" \"a: two words\" format=\"yaml\"}}|") == "two words|");
    CHECK(rendered("{{json_query \"foo.bar.baz\" (str_to_json y format=\"yaml\")}}", data) ==
          "true");
    CHECK(rendered("{{#to_json format=\"yaml\"}}\nfoo:\n  bar:\n    baz: true\n{{/to_json}}") ==
          "{\n  \"foo\": {\n    \"bar\": {\n      \"baz\": true\n    }\n  }\n}");
    CHECK(rendered("{{#from_json format=\"toml\"}}{\"foo\":{\"hello\":\"1.2.3\"}}{{/from_json}}") ==
          "[foo]\nhello = \"1.2.3\"\n");
    for (const char* format : {"json", "yaml", "toml", "toml_pretty"}) {
        const Data empty = {{"f", format}};
        CHECK(rendered("[{{str_to_json \"\" format=f}}{{json_to_str \"\" format=f}}"
                       "{{json_to_str null format=f}}{{json_str_query \"foo\" \"\" format=f}}]",
                       empty) == "[]");
    }
}

TEST_CASE("faults of a format are the helper's") {
    CHECK(faults_of("ab {{json_to_str [1] format=\"toml\"}}") ==
          std::vector<std::string>{"5+29: helper 'json_to_str': a TOML text is an object, and this "
                                   "is a list"});
    CHECK(rendered("{{json_to_str (str_to_json t) format=\"toml\"}}", {{"t", "{\"a\": null}"}}) ==
          "fault 2+41: helper 'json_to_str': TOML has no null, which stands at 'a'");
    CHECK(rendered("x{{#to_json format=\"toml\"}}a={{/to_json}}")
              .starts_with("fault 4+21: block 'to_json': this is no TOML: line 1, column 3"));
    CHECK(rendered("{{str_to_json t format=\"yaml\"}}", {{"t", "a: [1"}})
              .starts_with("fault 2+27: helper 'str_to_json': this is no YAML: line "));
}
