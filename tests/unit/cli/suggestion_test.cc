// SPDX-License-Identifier: MIT
#include "cli/suggestion.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using remuda::cli::first_unknown_word;
using remuda::cli::Grammar;
using remuda::cli::KnownOption;

namespace {

KnownOption flag(std::string name) {
    return {std::move(name), false, "", ""};
}

KnownOption with_file(std::string name) {
    return {std::move(name), true, "FILE", ""};
}

const Grammar kGrammar = {
    {flag("--help"), flag("-h")},
    {{{"queue", "q"},
      {with_file("--queue-file"), with_file("-Q"), flag("--json"), flag("-e"), flag("-v")},
      ""},
     {{"list"}, {flag("--json")}, ""},
     {{"add"}, {}, ""},
     {{"version"}, {}, ""}}};

}  // namespace

TEST_CASE("an unknown subcommand is named, with the nearest one") {
    CHECK(first_unknown_word(kGrammar, {"queu"}) ==
          "unknown subcommand 'queu'; did you mean 'queue'?");
    CHECK(first_unknown_word(kGrammar, {"deploy"}) == "unknown subcommand 'deploy'");
}

TEST_CASE("an unknown option is named, with the nearest one") {
    CHECK(first_unknown_word(kGrammar, {"q", "--jsn"}) ==
          "unknown option '--jsn' of 'remuda queue'; did you mean '--json'?");
    CHECK(first_unknown_word(kGrammar, {"q", "--queue-flie=x"}) ==
          "unknown option '--queue-flie' of 'remuda queue'; did you mean '--queue-file'?");
    CHECK(first_unknown_word(kGrammar, {"--hlp"}) ==
          "unknown option '--hlp'; did you mean '--help'?");
    CHECK(first_unknown_word(kGrammar, {"q", "-ez"}) == "unknown option '-z' of 'remuda queue'");
}

TEST_CASE("of an option that other subcommands have it is said which") {
    CHECK(first_unknown_word(kGrammar, {"version", "-Q", "x"}) ==
          "unknown option '-Q' of 'remuda version'; 'remuda queue' has it");
    CHECK(first_unknown_word(kGrammar, {"--json", "q"}) ==
          "unknown option '--json'; 'remuda queue' and 'remuda list' have it");
}

TEST_CASE("words that are often tried are led to what they mean") {
    CHECK(first_unknown_word(kGrammar, {"daemon"}) ==
          "unknown subcommand 'daemon'; 'remuda queue --daemon' waits for more jobs");
    CHECK(first_unknown_word(kGrammar, {"help"}) ==
          "unknown subcommand 'help'; did you mean '--help'?");
}

TEST_CASE("a word that nothing takes is named") {
    CHECK(first_unknown_word(kGrammar, {"q", "-e", "jobs.yaml"}) ==
          "'remuda queue' takes no argument, but got 'jobs.yaml'");
}

TEST_CASE("known words are passed over, values of options too") {
    CHECK(first_unknown_word(kGrammar, {"-h"}).empty());
    CHECK(first_unknown_word(kGrammar, {"q", "-Q", "x", "--queue-file", "y", "-ev"}).empty());
    CHECK(first_unknown_word(kGrammar, {"queue", "-Qx", "--queue-file=y", "-eQ", "z"}).empty());
}

TEST_CASE("what is shown of a word is harmless") {
    CHECK(first_unknown_word(kGrammar, {"a\x1B]0;x\x07z"}) == "unknown subcommand 'az'");
}

TEST_CASE("the command of add belongs behind the dashes") {
    CHECK(first_unknown_word(kGrammar, {"add", "echo hi"}) ==
          "the command belongs behind `--`, as in: remuda add -- 'echo hi'");
}
