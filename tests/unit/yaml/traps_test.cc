// SPDX-License-Identifier: MIT
#include "remuda/yaml/traps.h"

#include "unit/yaml/parsed.h"

#include <doctest/doctest.h>

using remuda::test::Parsed;
using remuda::yaml::Node;

namespace {

std::string traps_in(const std::string& text) {
    Parsed parsed(text);
    REQUIRE(parsed.errors().empty());
    find_traps(parsed.source, parsed.document.root, "command", parsed.diagnostics);
    CHECK_FALSE(parsed.diagnostics.has_errors());
    return parsed.errors();
}

std::string fault_of_first_item(const std::string& text) {
    Parsed parsed(text);
    REQUIRE(parsed.errors().empty());
    auto fault = meant_as_text(parsed.source, parsed.document.root.items.at(0), "command",
                               {"command", "slots"});
    if (!fault) return "";
    parsed.diagnostics.add(std::move(*fault));
    return parsed.errors();
}

std::string fault_of_root(const std::string& text) {
    Parsed parsed(text);
    report_no_list(parsed.source, parsed.document.root, "commands", parsed.diagnostics);
    return parsed.errors();
}

}  // namespace

TEST_CASE("a comment behind a plain command cuts it") {
    CHECK(traps_in("- make test  # with asan\n- b\n") ==
          R"(warning: the command is cut at ' #': the rest is a comment
 --> f.yaml:1:14
  |
1 | - make test  # with asan
  |              ^^^^^^^^^^^ not part of the command
  = help: quote it if it belongs to the command: 'make test  # with asan'
          otherwise put the comment on a line of its own
)");
}

TEST_CASE("comments that cut nothing are no traps") {
    CHECK(traps_in("# a\n- a\n# b\n- 'b' # c\n- |\n  c # d\n- d#e\n- [f, 'g'] # h\n- i: j # k\n")
              .empty());
}

TEST_CASE("a command in a list of commands is looked at as well") {
    CHECK(traps_in("- - a\n  - b # c\n") ==
          R"(warning: the command is cut at ' #': the rest is a comment
 --> f.yaml:2:7
  |
2 |   - b # c
  |       ^^^ not part of the command
  = help: quote it if it belongs to the command: 'b # c'
          otherwise put the comment on a line of its own
)");
}

TEST_CASE("lines that fold into one command are shown") {
    CHECK(traps_in("- a\n - c\n") == R"(warning: several lines are folded into one command
 --> f.yaml:2:2
  |
2 |  - c
  |  ^^^ part of the command above
  = help: it reads: a - c
          to make it an item of its own, begin it in the column of the '-' above
)");
    CHECK(traps_in("- make\n\n  test\n") == R"(warning: several lines are folded into one command
 --> f.yaml:3:3
  |
3 |   test
  |   ^^^^ part of the command above
  = help: it reads: make test
          for several lines write '|' and the lines below it, indented
)");
}

TEST_CASE("a tag takes the first word away") {
    CHECK(traps_in("- !x echo\n- !!str 8\n- ! 8\n") ==
          R"(warning: the command loses its first word: '!' begins a tag
 --> f.yaml:1:3
  |
1 | - !x echo
  |   ^^ not part of the command
  = help: quote it: '!x echo'
)");
}

TEST_CASE("text with a colon and a blank is a mapping") {
    CHECK(fault_of_first_item("- echo a: b\n") ==
          R"(error: this command is read as a mapping, because of the ': ' in it
 --> f.yaml:1:3
  |
1 | - echo a: b
  |   ^^^^^^ read as a key
  = help: quote the command: - 'echo a: b'
)");
    CHECK(fault_of_first_item("- echo: b\n") ==
          R"(error: this command is read as a mapping, because of the ': ' in it
 --> f.yaml:1:3
  |
1 | - echo: b
  |   ^^^^ read as a key
  = help: quote the command: - 'echo: b'
)");
}

TEST_CASE("a mapping that looks meant is left to the caller") {
    CHECK(fault_of_first_item("- command: b\n").empty());
    CHECK(fault_of_first_item("- comand: b\n").empty());
    CHECK(fault_of_first_item("- bs: [1]\n").empty());
    CHECK(fault_of_first_item("- bs: 1\n  lr: 2\n").empty());
    CHECK(fault_of_first_item("- a b\n").empty());
}

TEST_CASE("a list in place of a command is an error") {
    CHECK(fault_of_first_item("- [ -f x ]\n") == R"(error: a list stands where a command is expected
 --> f.yaml:1:3
  |
1 | - [ -f x ]
  |   ^^^^^^^^ '[' begins a list
  = help: put each command into an item of its own, or quote it: - '[ -f x ]'
)");
    CHECK(fault_of_first_item("- - a\n  - b\n") ==
          R"(error: a list stands where a command is expected
 --> f.yaml:1:3
  |
1 | - - a
  |   ^^^
  = help: put each command into an item of its own, with one '-'
)");
    CHECK(fault_of_first_item("- {}\n") ==
          R"(error: an empty mapping stands where a command is expected
 --> f.yaml:1:3
  |
1 | - {}
  |   ^^
)");
}

TEST_CASE("a file that is no list is an error") {
    CHECK(fault_of_root("-a\n-b\n") == R"(error: the file must be a list of commands
 --> f.yaml:1:1
  |
1 | -a
  | ^^
  = help: a list item needs a space behind its '-': - a
)");
    CHECK(fault_of_root("echo hi\n") == R"(error: the file must be a list of commands
 --> f.yaml:1:1
  |
1 | echo hi
  | ^^^^^^^
  = help: begin each item with '- ': - echo hi
)");
    CHECK(fault_of_root("command: echo hi\n") == R"(error: the file must be a list of commands
 --> f.yaml:1:1
  |
1 | command: echo hi
  | ^^^^^^^^^^^^^^^^
  = help: begin each item with '- ': - command: echo hi
)");
}
