// SPDX-License-Identifier: MIT
#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using remuda::test::faults_of;
using remuda::test::jobs_in;
using Lines = std::vector<std::string>;

namespace {

remuda::queue::Entry only_entry(const std::string& text) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    auto entries = remuda::queue::parse_queue(source, diagnostics);
    CHECK(remuda::test::described(source, diagnostics).empty());
    REQUIRE(entries.size() == 1);
    return entries.front();
}

}  // namespace

TEST_CASE("empty files, comments alone and an empty list are empty queues") {
    for (const char* text : {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF", "[]", "[]\n", "---\n",
                             "# a\n---\n# b\n", "\r\n"}) {
        CAPTURE(text);
        CHECK(jobs_in(text).empty());
        CHECK(faults_of(text).empty());
    }
}

TEST_CASE("an item is a command, or a mapping with one or several commands and parameters") {
    CHECK(jobs_in("- echo hi\n- command: ls\n- command: [a, b]\n  x: [1, 2]\n  y: z\n") ==
          Lines{"echo hi", "ls", "a x=1 y=z", "a x=2 y=z", "b x=1 y=z", "b x=2 y=z"});
}

TEST_CASE("values are the text as it is written") {
    CHECK(jobs_in("- command: c\n  x: [0.10, 0x10, 1e-4, true, ~, null, '', \"a\\tb\", 007]\n") ==
          Lines{"c x=0.10", "c x=0x10", "c x=1e-4", "c x=true", "c x=~", "c x=null",
                "c x=", "c x=a\tb", "c x=007"});
    CHECK(jobs_in("- 8\n- true\n- 'it''s'\n") == Lines{"8", "true", "it's"});
}

TEST_CASE("a command may have several lines") {
    CHECK(jobs_in("- |\n  set -e\n  make\n- command:\n    - |-\n      a\n      # b\n") ==
          Lines{"set -e\nmake\n", "a\n# b"});
}

TEST_CASE("aliases stand for what they name") {
    CHECK(jobs_in("- &c echo a\n- *c\n- command: *c\n  x: &l [1, 2]\n- command: d\n  y: *l\n") ==
          Lines{"echo a", "echo a", "echo a x=1", "echo a x=2", "d y=1", "d y=2"});
}

TEST_CASE("reserved keys say what a job needs and what it is called") {
    CHECK(jobs_in("- command: c\n  slots: 2\n  allocation_policy: buddy\n  job: {name: train}\n") ==
          Lines{"c slots=2 buddy name=train"});
    CHECK(
        jobs_in("- command: c\n  slots:\n    - 2\n  allocation_policy: [first_fit]\n  job: {}\n") ==
        Lines{"c slots=2"});
}

TEST_CASE("job with a text or a list is a parameter like any other") {
    CHECK(jobs_in("- command: c\n  job: [a, b]\n") == Lines{"c job=a", "c job=b"});
}

TEST_CASE("a value that stands in the file as it is knows where") {
    CHECK(only_entry("- echo hi\n").commands[0].verbatim_at == 2);
    CHECK(only_entry("- 'echo hi'\n").commands[0].verbatim_at == 3);
    CHECK(only_entry("- \"echo hi\"\n").commands[0].verbatim_at == 3);
    CHECK(only_entry("\xEF\xBB\xBF- echo hi\n").commands[0].verbatim_at == 5);
    CHECK_FALSE(only_entry("- 'it''s'\n").commands[0].verbatim_at);
    CHECK_FALSE(only_entry("- \"a\\tb\"\n").commands[0].verbatim_at);
    CHECK_FALSE(only_entry("- |\n  a\n").commands[0].verbatim_at);
}

TEST_CASE("a file that is no list is a fault") {
    CHECK(faults_of("command: a\n") ==
          Lines{"1:1 error: the file must be a list of commands | begin each item with '- ': - "
                "command: a"});
}

TEST_CASE("an entry without command is a fault that knows similar words") {
    CHECK(faults_of("- comand: a\n") ==
          Lines{"1:3 error: this entry has no `command` | did you mean 'command'?"});
    CHECK(faults_of("- cmd: a\n  x: [1]\n") ==
          Lines{"1:3 error: this entry has no `command` | did you mean 'command'?"});
    CHECK(faults_of("- model: [a]\n") ==
          Lines{"1:3 error: this entry has no `command` | every mapping needs the key `command`; "
                "other keys are parameters"});
}

TEST_CASE("a colon or bracket in a command is a fault that shows the quotes to add") {
    CHECK(
        faults_of("- echo a: b\n") ==
        Lines{"1:3 error: this command is read as a mapping, because of the ': ' in it | read as a "
              "key | quote the command: - 'echo a: b'"});
    const Lines faults = faults_of("- [ -f x ]\n");
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].starts_with("1:3 error: a list stands where a command is expected | "));
}

TEST_CASE("a comment that cuts a command is a warning") {
    CHECK(faults_of("- make # all\n") ==
          Lines{"1:8 warning: the command is cut at ' #': the rest is a comment | not part of the "
                "command | quote it if it belongs to the command: 'make # all'\notherwise put the "
                "comment on a line of its own"});
}

TEST_CASE("empty commands, lists and values are faults") {
    CHECK(
        faults_of("- ''\n-\n- command:\n- command: [a, '  ']\n") ==
        Lines{"1:3 error: the command is empty | write `\"true\"` for a command that does nothing",
              "2:2 error: the command is empty | write `\"true\"` for a command that does nothing",
              "3:11 error: the command is empty | write `\"true\"` for a command that does nothing",
              "4:16 error: the command is empty | write `\"true\"` for a command that does "
              "nothing"});
    CHECK(faults_of("- command: a\n  x: []\n") ==
          Lines{"2:6 error: the list of 'x' is empty | an entry with an empty list would stand for "
                "no job at all"});
    CHECK(faults_of("- command: a\n  x:\n") ==
          Lines{"2:3 error: the value of 'x' is missing | for an empty text write `\"\"`"});
}

TEST_CASE("values that are no texts are faults") {
    CHECK(faults_of("- command: a\n  x: {b: c}\n") ==
          Lines{"2:6 error: 'x' is a mapping | a parameter is a text or a list of texts"});
    CHECK(faults_of("- command: a\n  x: [1, [2]]\n") ==
          Lines{"2:10 error: a list stands in the list of 'x' | a parameter is a text or a list of "
                "texts; quote it if it is meant as text"});
    CHECK(faults_of("- command: \"a\\0b\"\n  x: \"\\0\"\n").size() == 2);
    CHECK(faults_of("- command: \"a\\uffff\"\n").size() == 1);
    CHECK(faults_of("- command: a\n  <<: {x: 1}\n") ==
          Lines{"2:3 error: merge keys (`<<`) are not supported | write the keys out"});
}

TEST_CASE("wrong slots and policies are faults") {
    for (const char* slots : {"0", "-1", "x", "1.5", "99999999999", "''", "65537"}) {
        CAPTURE(slots);
        const auto faults = faults_of(std::string("- command: a\n  slots: ") + slots + "\n");
        REQUIRE(faults.size() == 1);
        CHECK(
            faults[0].ends_with("is no number of slots | a whole number from 1 to 65536, or a "
                                "list of such numbers"));
    }
    const std::string help = " | a whole number from 1 to 65536, or a list of such numbers";
    CHECK(faults_of("- command: a\n  slots: [1, no, 0, [2]]\n") ==
          Lines{"2:14 error: 'no' is no number of slots" + help,
                "2:18 error: '0' is no number of slots" + help,
                "2:21 error: 'slots' takes a number, or a list of numbers" + help});
    CHECK(faults_of("- command: a\n  slots: {x: 1}\n") ==
          Lines{"2:10 error: 'slots' takes a number, or a list of numbers" + help});
    CHECK(
        faults_of("- command: a\n  slots: []\n") ==
        Lines{"2:10 error: the list of 'slots' is empty | an entry with an empty list would stand "
              "for no job at all"});
    CHECK(faults_of("- command: a\n  allocation_policy: [buddy, first_fit]\n") ==
          Lines{"2:22 error: 'allocation_policy' takes one value | it is `first_fit` or `buddy`"});
    CHECK(
        faults_of("- command: a\n  allocation_policy: first_fti\n") ==
        Lines{"2:22 error: unknown allocation policy 'first_fti' | did you mean 'first_fit'? | it "
              "is `first_fit` or `buddy`"});
}

TEST_CASE("unknown options of the job are faults") {
    CHECK(
        faults_of("- command: a\n  job: {nmae: x}\n") ==
        Lines{"2:9 error: unknown job option 'nmae' | did you mean 'name'? | `job` with a mapping "
              "holds options of the job; a parameter of that name would be a text or a list"});
}

TEST_CASE("every fault of a file is reported") {
    CHECK(faults_of("- a: 1\n- command: b\n  slots: no\n- x: []\n").size() == 4);
    CHECK(faults_of("- command: a\n  command: b\n").size() == 1);
}

TEST_CASE("a parameter that no command uses and that looks like one of our keys is a warning") {
    CHECK(faults_of("- command: train\n  slot: 2\n") ==
          Lines{"2:3 warning: no command uses the parameter 'slot' | did you mean 'slots'?"});
    CHECK(faults_of("- command: train\n  timeout: 5\n") ==
          Lines{"2:3 warning: no command uses the parameter 'timeout' | options of the job stand "
                "under `job:`, as in `job: {timeout: ...}`"});
    CHECK(faults_of("- command: train {{ slot }}\n  slot: 2\n").empty());
    CHECK(faults_of("- command: again\n  time: [1, 2, 3]\n").empty());
}

TEST_CASE("a job that is named by a bare text is told how") {
    CHECK(faults_of("- command: a\n  job: train\n") ==
          Lines{"2:3 warning: no command uses the parameter 'job' | options of the job are a "
                "mapping: write "
                "`job: {name: train}`"});
    CHECK(faults_of("- command: a\n  job: 'x, y'\n").front().ends_with("`job: {name: ...}`"));
    CHECK(faults_of("- command: a\n  job: [x, y]\n") ==
          Lines{"2:3 warning: no command uses the parameter 'job' | options of the job are a "
                "mapping: write "
                "`job: {name: ...}`"});
    CHECK(faults_of("- command: a\n  job:\n") ==
          Lines{"2:3 error: the value of 'job' is missing | options of the job are a mapping, as "
                "in `job: "
                "{name: ...}`"});
    // A parameter as any other.
    CHECK(faults_of("- command: a {{ job }}\n  job: train\n").empty());
}

TEST_CASE("a parameter named hostname is never used, which is a warning") {
    CHECK(
        faults_of("- command: a\n  hostname: [b]\n") ==
        Lines{"2:3 warning: this parameter is never used | `{{ hostname }}` is always the name of "
              "the node"});
}
