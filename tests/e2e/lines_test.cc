// SPDX-License-Identifier: MIT
//
// Which lines of a job's output are shown, and which of them once more at the end.
#include "json_text.h"
#include "user.h"

#include <csignal>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::is_json;
using remuda::test::lines_of;
using remuda::test::User;
using remuda::test::wait_until;
using remuda::test::Words;

namespace {

std::string in_front_of_each(const std::string& prefix, const Words& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += prefix + line + "\n";
    return text;
}

std::string from_localhost(const Words& lines) {
    return in_front_of_each("[localhost] ", lines);
}

}  // namespace

TEST_CASE("-p 3 shows every third line, -p 0 none; a failure's last lines are shown all the same") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    std::size_t last_job = 0;
    const std::string queue = "- seq 8; printf 'nine, unended'\n- seq 12; exit 3\n";
    for (const auto& [option, output] :
         {std::pair<Words, std::string>{
              {"-p", "3"}, from_localhost({"3", "6", "nine, unended", "3", "6", "9", "12"})},
          std::pair<Words, std::string>{{"--print-period=0"}, ""}}) {
        // Jobs are counted over all runs.
        last_job += 2;
        user.write("queue.yaml", queue);
        Words words{"q"};
        words.insert(words.end(), option.begin(), option.end());
        const Finished finished = user.run(words);
        INFO(finished.errors);
        CHECK(finished.exit_status == 1);
        CHECK(finished.output == output);
        CHECK(contains(
            finished.errors,
            "job " + std::to_string(last_job) + " on localhost, exit 3: seq 12; exit 3\n" +
                in_front_of_each("  | ", {"3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}) +
                "  (last 10 of 12 lines)\nfinished in "));
    }
}

TEST_CASE("--json is complete whatever -p says") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- seq 5\n");
    const Finished finished = user.run({"q", "--json", "-p", "0"});
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.output, "\"text\":\"1\\n2\\n3\\n4\\n5\\n\""));
}

TEST_CASE("a progress bar is one line, CRLF no two, and odd bytes do no harm") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml",
               "- printf '\\r10%%\\r50%%\\r100%%\\n'\n"
               "- printf 'dos\\r\\nfile\\r\\n'\n"
               "- printf 'a\\000b\\377c \\342\\202'; printf '\\254\\n'\n");
    const Finished finished = user.run({"q"});
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == from_localhost({"100%", "dos", "file", "ab\uFFFDc \u20AC"}));
}

TEST_CASE("SIGUSR1 tells how things stand, on stderr, in words also with --json") {
    for (const bool is_json_wanted : {false, true}) {
        const User user;
        user.write("hosts.yaml", "- localhost\n");
        user.write("queue.yaml", "- \"true\"\n- until [ -e " + user.path("go") +
                                     " ]; do sleep 0.05; done\n- echo last\n");
        const auto running = user.start(is_json_wanted ? Words{"q", "--json"} : Words{"q"});
        const auto is_at_second = [&] {
            const std::string text = is_json_wanted ? running->output() : running->errors();
            return contains(text, is_json_wanted ? "\"job\":2,\"node\"" : "started  job 2");
        };
        REQUIRE(wait_until(is_at_second));
        running->signal(SIGUSR1);
        REQUIRE(wait_until([&] { return contains(running->errors(), "JOB  NODE"); }));
        user.write("go", "");
        const Finished finished = running->finish();
        INFO(finished.errors);
        CHECK(finished.exit_status == 0);
        CHECK(contains(finished.errors, ": 1 running, 1 ok, 1 queued; 1 of 1 node ready\n"));
        CHECK(contains(finished.errors, "  2    localhost  "));
        if (!is_json_wanted) continue;
        for (const std::string& line : lines_of(finished.output))
            CHECK(is_json(line));
    }
}

TEST_CASE("a broadcast ends with what became of each command on each node") {
    const User user;
    user.write("hosts.yaml", "- hostname: localhost\n  seat: [a, b]\n");
    user.write("queue.yaml", "- test {{ seat }} = a\n- kill -TERM $$\n");
    const Finished finished = user.run({"b"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(
        finished.errors.ends_with("  NODE                1       2\n"
                                  "  localhost (seat=a)  ok      SIGTERM\n"
                                  "  localhost (seat=b)  exit 1  SIGTERM\n"
                                  "  1: test {{ seat }} = a\n"
                                  "  2: kill -TERM $$\n"));
}

TEST_CASE("nodes of a host that cannot be reached are one line") {
    const User user;
    user.write("hosts.yaml",
               "- localhost\n- hostname: 127.0.0.1:1\n  seat: [a, b, c, d, e, f, g, h]\n");
    user.write("queue.yaml", "- echo hi\n");
    const Finished finished = user.run({"b"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(count_of(finished.errors, "Connection refused") == 1);
    CHECK(contains(finished.errors, "127.0.0.1:1 (8 nodes) down, never used: "));
}
