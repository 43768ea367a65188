// SPDX-License-Identifier: MIT
#include "cli/suggestion.h"

#include <doctest/doctest.h>

using remuda::cli::first_unknown_word;
using remuda::cli::Grammar;

namespace {

const Grammar kGrammar = {
    {{"--help", false}, {"-h", false}},
    {{{"queue", "q"},
      {{"--queue-file", true}, {"-Q", true}, {"--json", false}, {"-e", false}, {"-v", false}}},
     {{"version"}, {}}}};

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

TEST_CASE("what Pegasus has and we do not is said to be missing") {
    CHECK(first_unknown_word(kGrammar, {"l"}) == "'l': lock mode is not there yet");
    CHECK(first_unknown_word(kGrammar, {"q", "-ed"}) == "'-d': daemon mode is not there yet");
    CHECK(first_unknown_word(kGrammar, {"q", "--print-period=3"}) ==
          "'--print-period': a print period is not there yet");
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
