// SPDX-License-Identifier: MIT
#include "queue/canonical.h"
#include "remuda/queue/template_faults.h"
#include "unit/queue/queues.h"

#include <chrono>

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;
using remuda::test::faults_of;
using Lines = std::vector<std::string>;

namespace {

queue::Entry entry_from(const std::string& text) {
    const yaml::Source source("queue.yaml", text);
    yaml::Diagnostics diagnostics;
    std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    REQUIRE_MESSAGE(!diagnostics.has_errors(), diagnostics.render(source));
    return entries.at(0);
}

model::JobOptions options_of(const std::string& job) {
    return entry_from("- command: c\n  job: " + job + "\n").options;
}

Lines faults_in_job(const std::string& job) {
    return faults_of("- command: c\n  job: " + job + "\n");
}

}  // namespace

TEST_CASE("every option of a job is read") {
    const model::JobOptions options = options_of(
        "{name: train, timeout: 12h, grace: 90s, retries: 2, retry_delay: 1m30s, "
        "retry_on: [lost, 1-10, 137], env: {A: '1', B_2: \"{{ x }}\"}, cwd: ~/work, "
        "stdin: \"a\\nb\", sudo: true, nice: -5, output_limit: 10M}");
    CHECK(options.name == "train");
    CHECK(options.timeout == Duration(12h));
    CHECK(options.grace == Duration(90s));
    CHECK(options.retries == 2);
    CHECK(options.retry_delay == Duration(90s));
    CHECK(options.retry_on == model::RetryOn{{{1, 10}, {137, 137}}, true, false});
    CHECK(options.environment == model::Parameters{{"A", "1"}, {"B_2", "{{ x }}"}});
    CHECK(options.directory == "~/work");
    CHECK(options.input == "a\nb");
    CHECK(options.is_root == true);
    CHECK(options.nice == -5);
    CHECK(options.output_limit == 10U * 1024 * 1024);
    CHECK(options_of("{stdin_file: in.txt}").input_file == "in.txt");
    CHECK(options_of("{retry_on: any}").retry_on == model::RetryOn());
    CHECK(options_of("{retry_on: timeout}").retry_on == model::RetryOn{{}, false, true});
    CHECK(options_of("{sudo: false}").is_root == false);
    CHECK(options_of("{}") == model::JobOptions());
}

TEST_CASE("options are written back as they were written") {
    const std::string canonical =
        "- command:\n"
        "    - c\n"
        "  job:\n"
        "    name: train\n"
        "    timeout: 1h30m\n"
        "    retries: 2\n"
        "    retry_on:\n"
        "      - lost\n"
        "      - 1-10\n"
        "    env:\n"
        "      A: 'b: c'\n"
        "    stdin: \"a\\nb\"\n";
    const queue::Entry entry = entry_from(
        "- command: c\n  job: {timeout: 1h30m, retries: '2', name: train, "
        "retry_on: [lost, 1-10], env: {A: 'b: c'}, stdin: \"a\\nb\"}\n");
    CHECK(queue::canonical_text(entry) == canonical);
    const queue::Entry again = entry_from(canonical);
    CHECK(again.options == entry.options);
    CHECK(queue::canonical_text(again, 2, "\r\n").find("\r\n      timeout: 1h30m\r\n") !=
          std::string::npos);
}

TEST_CASE("options that are written otherwise make another job") {
    CHECK_FALSE(options_of("{timeout: 90s}") == options_of("{timeout: 1m30s}"));
    CHECK_FALSE(options_of("{timeout: 90s}") == options_of("{}"));
}

TEST_CASE("wrong values of options are faults that say what is right") {
    CHECK(faults_in_job("{timeout: 12x}") ==
          Lines{"2:18 error: '12x' is no duration | a duration is written as `90s`, `12h` or "
                "`1h30m`"});
    CHECK(faults_in_job("{timeout: 0s}") ==
          Lines{"2:18 error: a timeout of 0 ends the job before it starts | leave `timeout` out "
                "for none"});
    CHECK(faults_in_job("{timeout: [1s, 2s]}") ==
          Lines{"2:18 error: 'timeout' takes one value | a duration is written as `90s`, `12h` or "
                "`1h30m`"});
    CHECK(faults_in_job("{retries: -1}") ==
          Lines{"2:18 error: 'retries' cannot be '-1' | a whole number from 0 to 1000000"});
    CHECK(faults_in_job("{nice: 20}") ==
          Lines{"2:15 error: 'nice' cannot be '20' | a whole number from -20 to 19"});
    CHECK(faults_in_job("{sudo: maybe}") ==
          Lines{"2:15 error: 'sudo' cannot be 'maybe' | it is `true` or `false`"});
    CHECK(faults_in_job("{output_limit: 1.5M}") ==
          Lines{"2:23 error: '1.5M' is no size | a size is written as `10M`, `1G` or a number of "
                "bytes"});
    const std::string words =
        " | exit codes from 1 to 255 (`3`, `1-10`), `lost`, `timeout` or `any`";
    CHECK(faults_in_job("{retry_on: [losd, 0, 300, 9-3, 1-x]}") ==
          Lines{"2:20 error: 'losd' names no failure | did you mean 'lost'?" + words,
                "2:26 error: '0' names no failure" + words,
                "2:29 error: '300' names no failure" + words,
                "2:34 error: '9-3' names no failure" + words,
                "2:39 error: '1-x' names no failure" + words});
    CHECK(faults_in_job("{retry_on: []}") == Lines{"2:19 error: 'retry_on' names nothing" + words});
    CHECK(faults_in_job("{retry_on: [[1]]}") ==
          Lines{"2:20 error: 'retry_on' takes a word or a list of words" + words});
    CHECK(faults_in_job("{env: [A]}") ==
          Lines{"2:14 error: 'env' takes a mapping of names to values | as in `env: {HF_HOME: "
                "/data, SEED: \"{{ seed }}\"}`"});
    CHECK(faults_in_job("{env: {1A: x, B: [y], C: }}") ==
          Lines{"2:15 error: '1A' cannot be the name of a variable | letters, digits and `_`, not "
                "beginning with a digit",
                "2:25 error: the value of 'B' is no text | quote it if it is meant as text",
                "2:30 error: the value of 'C' is missing | for an empty text write `\"\"`"});
    CHECK(faults_in_job("{cwd: ''}") ==
          Lines{"2:9 error: the value of 'cwd' is missing | it is a path"});
    CHECK(faults_in_job("{stdin_file: a, stdin: b}") ==
          Lines{"2:31 error: 'stdin' and 'stdin_file' are given both | `stdin` is the text itself, "
                "`stdin_file` names a file on this machine"});
    CHECK(faults_in_job("{timeuot: 1h}") ==
          Lines{"2:9 error: unknown job option 'timeuot' | did you mean 'timeout'? | `job` with a "
                "mapping holds options of the job; a parameter of that name would be a text or a "
                "list"});
}

TEST_CASE("templates in options are checked where they stand") {
    const yaml::Source source("queue.yaml",
                              "- command: c {{ x }}\n  x: [1]\n  job:\n    cwd: /{{ x }}\n"
                              "    env: {A: \"{{ nope }}\"}\n    stdin: '{{ bad'\n");
    yaml::Diagnostics diagnostics;
    const auto entries = queue::parse_queue(source, diagnostics);
    REQUIRE(diagnostics.empty());
    queue::check_templates(entries, {}, diagnostics);
    const Lines found = test::described(source, diagnostics);
    REQUIRE(found.size() == 2);
    CHECK(found[0].starts_with("5:18 error: unknown variable 'nope'"));
    CHECK(found[1].starts_with("6:13 error: "));
}

TEST_CASE("a parameter that an option of the job uses is no stray one") {
    CHECK(faults_of("- command: c\n  slot: 2\n  job: {env: {S: '{{ slot }}'}}\n").empty());
}
