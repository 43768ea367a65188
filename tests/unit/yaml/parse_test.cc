// SPDX-License-Identifier: MIT
#include "unit/yaml/parsed.h"

#include <doctest/doctest.h>

using remuda::test::Parsed;
using remuda::yaml::Node;

TEST_CASE("an empty file, comments alone and a lone '---' hold nothing and are no fault") {
    for (const char* text : {"", "\n\n", "# nothing\n", "---\n", "\xEF\xBB\xBF"}) {
        const Parsed parsed(text);
        CHECK_FALSE(parsed.document.has_root);
        CHECK(parsed.errors().empty());
    }
}

TEST_CASE("scalars keep their raw text") {
    const Parsed parsed("- 0.10\n- true\n- ~\n- 0x1F\n- 'it''s'\n- \"a\\tb\"\n- |\n  x\n  y\n-\n");
    REQUIRE(parsed.errors().empty());
    const auto& items = parsed.document.root.items;
    REQUIRE(items.size() == 8);
    CHECK(items[0].text == "0.10");
    CHECK(items[1].text == "true");
    CHECK(items[2].text == "~");
    CHECK(items[3].text == "0x1F");
    CHECK(items[4].text == "it's");
    CHECK(items[5].text == "a\tb");
    CHECK(items[6].text == "x\ny\n");
    CHECK(items[7].is_empty_scalar());
    CHECK(items[0].style == Node::Style::plain);
    CHECK(items[4].style == Node::Style::quoted);
    CHECK(items[6].style == Node::Style::block);
    CHECK(parsed.document.root.style == Node::Style::block);
}

TEST_CASE("pairs keep their order and are found by key") {
    const Parsed parsed("- b: 1\n  a: [2, 3]\n  c: {d: 4}\n");
    REQUIRE(parsed.errors().empty());
    const Node& mapping = parsed.document.root.items[0];
    REQUIRE(mapping.pairs.size() == 3);
    CHECK(mapping.pairs[0].first.text == "b");
    CHECK(mapping.pairs[1].first.text == "a");
    CHECK(mapping.find("a")->items[1].text == "3");
    CHECK(mapping.find("a")->style == Node::Style::flow);
    CHECK(mapping.find("c")->find("d")->text == "4");
    CHECK(mapping.find("z") == nullptr);
}

TEST_CASE("spans hold just the bytes of a node") {
    const Parsed parsed(
        "- plain text   # comment\n- 'quoted'  \n- |\n  one\n  two\n\n# c\n- [a, b]  # c\n"
        "- k: v # c\n  l:\n    - m\n  # c\n\n- !!str &x tagged\n");
    REQUIRE(parsed.errors().empty());
    const auto& items = parsed.document.root.items;
    REQUIRE(items.size() == 6);
    CHECK(parsed.written(items[0]) == "plain text");
    CHECK(parsed.written(items[1]) == "'quoted'");
    CHECK(parsed.written(items[2]) == "|\n  one\n  two");
    CHECK(parsed.written(items[3]) == "[a, b]");
    CHECK(parsed.written(items[4]) == "k: v # c\n  l:\n    - m");
    CHECK(parsed.written(*items[4].find("l")) == "- m");
    CHECK(parsed.written(items[5]) == "!!str &x tagged");
    CHECK(items[5].has_tag);
    CHECK(items[5].has_anchor);
    CHECK(parsed.document.root.span.end == items[5].span.end);
}

TEST_CASE("spans are right behind a BOM, CR LF, CR and characters of several bytes") {
    for (const std::string eol : {"\n", "\r\n", "\r"}) {
        const Parsed parsed("\xEF\xBB\xBF# é日本😀" + eol + "- 日本 é" + eol + "- \"é\\n😀\"" +
                            eol + "- |" + eol + "  é" + eol + "  ü" + eol + "- a" + eol + "  b" +
                            eol + "- end" + eol);
        REQUIRE(parsed.errors().empty());
        const auto& items = parsed.document.root.items;
        REQUIRE(items.size() == 5);
        CHECK(parsed.written(items[0]) == "日本 é");
        CHECK(parsed.written(items[1]) == "\"é\\n😀\"");
        CHECK(parsed.written(items[2]) == "|" + eol + "  é" + eol + "  ü");
        CHECK(items[2].text == "é\nü\n");
        CHECK(parsed.written(items[3]) == "a" + eol + "  b");
        CHECK(items[3].text == "a b");
        CHECK(parsed.written(items[4]) == "end");
        CHECK(parsed.source.position(items[4].span.begin).line == 9);
    }
}

TEST_CASE("a value that is not there is an empty span behind its colon") {
    const Parsed parsed("- a:   # comment\n  b:\n- {c: , d}\n- ? e\n# comment\n");
    REQUIRE(parsed.errors().empty());
    const auto& items = parsed.document.root.items;
    CHECK(items[0].find("a")->is_empty_scalar());
    CHECK(items[0].find("a")->span.begin == 4);
    CHECK(parsed.written(items[0]) == "a:   # comment\n  b:");
    CHECK(parsed.written(items[1]) == "{c: , d}");
    CHECK(parsed.written(items[2]) == "? e");
}

TEST_CASE("a part of a scalar's text is found in the file where it was written as it is") {
    const Parsed parsed(
        "- ab cd\n- \"ab cd\"\n- 'ab cd'\n- |\n    x\n    ab cd\n- \"a\\tb cd\"\n- >\n  ab\n  "
        "cd\n- &k ab cd\n- *k\n");
    REQUIRE(parsed.errors().empty());
    const auto& items = parsed.document.root.items;
    const auto found = [&](std::size_t i) {
        const auto span = span_within(parsed.source, items[i], items[i].text.find("cd"), 2);
        return parsed.source.text().substr(span.begin, span.end - span.begin);
    };
    for (const std::size_t exact : {0U, 1U, 2U, 3U})
        CHECK(found(exact) == "cd");
    for (const std::size_t whole : {4U, 5U, 6U, 7U})
        CHECK(found(whole) == parsed.written(items[whole]));
    CHECK(span_within(parsed.source, items[0], 99, 99).begin == items[0].span.end);
}

TEST_CASE("a key that comes twice is an error") {
    CHECK(Parsed("- a: 1\n  b: 2\n  a: 3\n").errors() == R"(error: the key 'a' is given twice
 --> f.yaml:3:3
  |
3 |   a: 3
  |   ^ first given in line 1
)");
}

TEST_CASE("a key that is no scalar is an error, and the rest is still read") {
    const Parsed parsed("- [a]: 1\n  b: 2\n");
    CHECK(parsed.errors() == R"(error: a key must be text
 --> f.yaml:1:3
  |
1 | - [a]: 1
  |   ^^^
  = help: this is a mapping or a list; quote it if it is meant as text
)");
    REQUIRE(parsed.document.root.items[0].pairs.size() == 1);
    CHECK(parsed.document.root.items[0].find("b")->text == "2");
}

TEST_CASE("a template at the beginning is an error with the remedy, and is handed on as text") {
    const Parsed parsed("- {{ x }}\n- k: {{ y }}\n");
    CHECK(parsed.errors() == R"(error: '{{' at the beginning makes this a YAML mapping, not text
 --> f.yaml:1:3
  |
1 | - {{ x }}
  |   ^^^^^^^
  = help: quote it: '{{ x }}'
error: '{{' at the beginning makes this a YAML mapping, not text
 --> f.yaml:2:6
  |
2 | - k: {{ y }}
  |      ^^^^^^^
  = help: quote it: '{{ y }}'
)");
    CHECK(parsed.document.root.items[0].text == "{{ x }}");
    CHECK(parsed.document.root.items[1].find("k")->text == "{{ y }}");
}

TEST_CASE("a second document is an error") {
    const Parsed parsed("- a\n---\n- b\n");
    CHECK(parsed.errors() == R"(error: a second document begins here
 --> f.yaml:2:1
  |
2 | ---
  | ^^^
  = help: put everything into one list and remove the '---'
)");
    CHECK_FALSE(parsed.document.has_root);
}

TEST_CASE("an alias gives a copy of what its anchor names") {
    const Parsed parsed("- &x {a: [1, 2]}\n- *x\n- b\n");
    REQUIRE(parsed.errors().empty());
    CHECK(parsed.document.has_anchors);
    const Node& alias = parsed.document.root.items[1];
    CHECK(alias.is_alias);
    CHECK(alias.find("a")->items[1].text == "2");
    CHECK(parsed.written(alias) == "*x");
    CHECK(parsed.document.root.items[0].has_anchor);
    CHECK_FALSE(Parsed("- b\n").document.has_anchors);
}

TEST_CASE("an alias without anchor is an error") {
    CHECK(Parsed("- *x\n").errors() == R"(error: '*x' names an anchor that is not there
 --> f.yaml:1:3
  |
1 | - *x
  |   ^^
  = help: a '*' at the beginning makes an alias; quote the text if it is meant as such
)");
}

TEST_CASE("an alias inside what it names is an error") {
    CHECK(Parsed("- &x [*x]\n").errors() == R"(error: '*x' stands inside what it names
 --> f.yaml:1:7
  |
1 | - &x [*x]
  |       ^^
)");
}

TEST_CASE("aliases that multiply beyond measure are an error") {
    std::string text = "- &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        text += "- &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j)
            text += "*a" + std::to_string(i - 1) + ",";
        text += "]\n";
    }
    const Parsed parsed(text);
    CHECK_FALSE(parsed.document.has_root);
    CHECK(parsed.errors().find("error: the aliases of this file stand for too much") == 0);

    std::string long_text = "- &a \"" + std::string(1 << 20, 'x') + "\"\n";
    for (int i = 0; i < 100; ++i)
        long_text += "- *a\n";
    CHECK(Parsed(long_text).errors().find("error: the aliases of this file stand") == 0);
}

TEST_CASE("nesting deeper than 100 levels is an error") {
    CHECK(Parsed(std::string(100, '[') + std::string(100, ']')).errors().empty());
    const Parsed parsed(std::string(102, '[') + std::string(102, ']'));
    CHECK(parsed.errors().find("error: nested deeper than 100 levels\n --> f.yaml:1:102\n") == 0);
    CHECK_FALSE(parsed.document.has_root);
    CHECK_FALSE(Parsed(std::string(100'000, '[')).errors().empty());
}
