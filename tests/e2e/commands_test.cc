// SPDX-License-Identifier: MIT
//
// add, list, rm and lock as people use them.
#include "json_text.h"
#include "terminal.h"
#include "user.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::is_json;
using remuda::test::lines_of;
using remuda::test::Terminal;
using remuda::test::User;
using remuda::test::wait_until;
using remuda::test::Words;

namespace {

// A script of the project's; the path by which it is called there.
std::string script(const User& user, const std::string& name, const std::string& text) {
    user.write(name, "#!/bin/sh\n" + text);
    std::filesystem::permissions(user.path(name), std::filesystem::perms::owner_all);
    return "./" + name;
}

// Begins by making the file `started`, ends when there is a file `go` (or no folder any more).
std::string waiting_script(const User& user, const std::string& then = "") {
    return script(user, "waits",
                  "touch started; while [ -e waits ] && [ ! -e go ]; do sleep 0.02; done\n" + then);
}

bool wait_for_file(const User& user, const std::string& name) {
    return wait_until([&] { return user.has(name); });
}

}  // namespace

TEST_CASE("add appends a job and says how many there are") {
    const User user;
    user.write("queue.yaml", "# mine\n- a   # x\n");
    const Finished added = user.run({"add", "--", "echo", "a b", "{{ hostname }}"});
    CHECK(added.exit_status == 0);
    CHECK(added.output.empty());
    CHECK(added.errors == "added 1 job to queue.yaml (2 entries, 2 jobs)\n");
    CHECK(user.read("queue.yaml") == "# mine\n- a   # x\n- 'echo ''a b'' {{ hostname }}'\n");
    const Finished sweep = user.run({"add", "--front", "-p", "x=1", "-p", "x=2", "--slots", "2",
                                     "--name", "big", "--", "run {{ x }}"});
    CHECK(sweep.errors == "added 2 jobs to queue.yaml (3 entries, 4 jobs)\n");
    CHECK(user.read("queue.yaml").starts_with("# mine\n- command:\n    - 'run {{ x }}'\n"));
}

TEST_CASE("add makes the queue file if there is none") {
    const User user;
    CHECK(user.run({"add", "--", "make"}).exit_status == 0);
    CHECK(user.read("queue.yaml") == "- make\n");
}

TEST_CASE("add refuses an entry with faults and shows them") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished syntax = user.run({"add", "--", "echo {{ x"});
    CHECK(syntax.exit_status == 2);
    CHECK(contains(syntax.errors, "--> command:1:6"));
    // Without hosts.yaml a variable may be a node's.
    CHECK(user.run({"add", "--", "echo {{ room }}"}).exit_status == 0);
    user.write("hosts.yaml", "- hostname: localhost\n  room: [attic]\n");
    CHECK(user.run({"add", "--", "echo {{ room }}"}).exit_status == 0);
    const Finished unknown = user.run({"add", "--", "echo {{ roon }}"});
    CHECK(unknown.exit_status == 2);
    CHECK(contains(unknown.errors, "error: unknown variable 'roon'\n --> command:1:9\n"));
    CHECK(user.run({"add", "--lenient-templates", "--", "echo {{ roon }}"}).exit_status == 0);
    CHECK(user.run({"add", "-p", "slots=2", "--", "x"}).exit_status == 2);
    CHECK(user.run({"add"}).exit_status == 2);
    CHECK(count_of(user.read("queue.yaml"), "\n") == 4);
}

TEST_CASE("a queue with faults is left alone by add, list and rm") {
    const User user;
    const std::string text = "- a\n- echo b: c\n";
    user.write("queue.yaml", text);
    for (const Words& words : {Words{"add", "--", "x"}, Words{"list"}, Words{"rm", "1"}}) {
        const Finished finished = user.run(words);
        CAPTURE(finished.errors);
        CHECK(finished.exit_status == 2);
        CHECK(contains(finished.errors, "--> queue.yaml:2:3"));
        CHECK(finished.output.empty());
    }
    CHECK(user.read("queue.yaml") == text);
}

TEST_CASE("a list in brackets is written anew, which is said") {
    const User user;
    user.write("queue.yaml", "[a, b]\n");
    const Finished added = user.run({"add", "--", "c"});
    CHECK(contains(added.errors, "note: queue.yaml was written anew in canonical form"));
    CHECK(user.run({"list"}).errors == "3 entries, 3 jobs\n");
}

TEST_CASE("list numbers the entries, and rm takes them out by number and id") {
    const User user;
    user.write("queue.yaml",
               "# top\n- a\n# of b\n- command: b {{ x }}\n  x: [1, 2]\n- |\n  c\n  d\n- e\n");
    const Finished listed = user.run({"ls"});
    CHECK(listed.exit_status == 0);
    CHECK(listed.errors == "4 entries, 5 jobs\n");
    const auto lines = lines_of(listed.output);
    REQUIRE(lines.size() == 4);
    CHECK(contains(lines[1], "2 jobs  b {{ x }}  x=1,2"));
    CHECK(lines[2].ends_with("c ..."));
    const std::string id_of_e = lines[3].substr(3, 6);

    const Finished removed = user.run({"rm", "2"});
    CHECK(removed.exit_status == 0);
    CHECK(removed.errors == "removed 1 entry, 2 jobs from queue.yaml (3 entries, 3 jobs left)\n");
    CHECK(removed.output == "- command:\n    - 'b {{ x }}'\n  x:\n    - '1'\n    - '2'\n");
    CHECK(user.read("queue.yaml") == "# top\n- a\n# of b\n- |\n  c\n  d\n- e\n");
    // The queue has moved on: the number would be another entry now, the id is not.
    CHECK(user.run({"rm", id_of_e}).output == "- e\n");
    const Finished again = user.run({"rm", "1", id_of_e});
    CHECK(again.exit_status == 2);
    CHECK(again.errors ==
          "error: '" + id_of_e + "' names no entry (any more)\nnothing was removed\n");
    CHECK(user.read("queue.yaml") == "# top\n- a\n# of b\n- |\n  c\n  d\n");
    CHECK(user.run({"rm", "-Q", "no.yaml", "1"}).exit_status == 2);
    CHECK_FALSE(user.has("no.yaml.lock"));
}

TEST_CASE("what rm cannot write to stdout is on stderr, and is no success") {
    const User user;
    user.write("queue.yaml", "- a\n- b\n");
    const Finished removed = remuda::test::run_program(
        {"sh", "-c", "cd '" + user.project() + "' && '" REMUDA_BINARY "' rm 1 > /dev/full"}, "",
        user.environment());
    CHECK(removed.exit_status == 1);
    CHECK(contains(removed.errors, "error: cannot write the output"));
    CHECK(contains(removed.errors, "\n- a\n"));
    CHECK(user.read("queue.yaml") == "- b\n");
}

TEST_CASE("errors show no control characters of our arguments") {
    const User user;
    user.write("queue.yaml", "- a\n");
    user.write("hosts.yaml", "- localhost\n");
    for (const remuda::test::Words& words : {remuda::test::Words{"rm", "\x1b[2J"},
                                             {"-Q", "no\x1b[2J", "q"},
                                             {"l", "--", "nope\x1b[2J"},
                                             {"add", "--", "echo",
                                              "a\xff"
                                              "b"}}) {
        const Finished failed = user.run(words);
        CHECK(failed.exit_status != 0);
        CHECK(contains(failed.errors, "error: "));
        CHECK_FALSE(contains(failed.errors, "\x1b"));
    }
}

TEST_CASE("list --json gives an object a line") {
    const User user;
    user.write("queue.yaml",
               "- a\n- command: [b, 'c\"']\n  x: [1, 2]\n  slots: 2\n  job: {name: n}\n");
    const Finished listed = user.run({"list", "--json"});
    CHECK(listed.errors.empty());
    const auto lines = lines_of(listed.output);
    REQUIRE(lines.size() == 2);
    for (const std::string& line : lines)
        CHECK(is_json(line));
    CHECK(lines[1].starts_with(R"({"v":1,"type":"entry","number":2,"id":")"));
    CHECK(lines[1].ends_with(R"("jobs":4,"commands":["b","c\""],"parameters":{"x":["1","2"]},)"
                             R"("slots":2,"name":"n","line":2})"));
}

TEST_CASE("list fits the terminal and shows no control characters") {
    const User user;
    user.write("queue.yaml", "- \"echo \\e[2J" + std::string(100, 'x') + "\"\n");
    Terminal terminal(user, {"list"}, 40);
    CHECK(terminal.finish() == 0);
    const auto screen = remuda::test::screen_of(terminal.bytes(), 40);
    REQUIRE(screen.size() == 2);
    CHECK(screen[0].ends_with("…"));
    CHECK_FALSE(contains(terminal.bytes(), "\x1B[2J"));
}

TEST_CASE("jobs added side by side are all there") {
    const User user;
    std::vector<std::unique_ptr<remuda::test::Running>> adding;
    for (int i = 0; i < 8; ++i)
        adding.push_back(user.start({"add", "--", "job " + std::to_string(i)}));
    for (const auto& running : adding)
        CHECK(running->finish().exit_status == 0);
    CHECK(user.run({"list"}).errors == "8 entries, 8 jobs\n");
}

TEST_CASE("while a command holds the lock others wait, or end with 4 and its name") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const auto locked = user.start({"l", "--", waiting_script(user)});
    REQUIRE(wait_for_file(user, "started"));
    const Finished refused = user.run({"add", "--no-wait", "--", "b"});
    CHECK(refused.exit_status == 4);
    CHECK(refused.errors.starts_with("error: queue.yaml is locked by remuda lock (pid "));
    CHECK(user.run({"rm", "--no-wait", "1"}).exit_status == 4);
    CHECK(user.run({"l", "--no-wait", "--", "true"}).exit_status == 4);
    const auto waiting = user.start({"add", "--", "c"});
    CHECK(wait_until([&] {
        return contains(waiting->errors(),
                        "waiting for the lock of queue.yaml, held by remuda lock (pid ");
    }));
    user.write("go", "");
    CHECK(waiting->finish().exit_status == 0);
    CHECK(locked->finish().exit_status == 0);
    CHECK(user.read("queue.yaml") == "- a\n- c\n");
}

TEST_CASE("the editor holds the lock even if remuda is killed") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const auto locked = user.start({"l", "--editor", waiting_script(user, "echo '- b' >> \"$1\"")});
    REQUIRE(wait_for_file(user, "started"));
    locked->signal(SIGKILL);
    CHECK(locked->finish().signal == SIGKILL);
    const Finished refused = user.run({"add", "--no-wait", "--", "c"});
    CHECK(refused.exit_status == 4);
    CHECK(contains(refused.errors, "waits (pid "));
    CHECK(contains(refused.errors, ", left by remuda lock (pid "));
    user.write("go", "");
    CHECK(user.run({"add", "--", "c"}).exit_status == 0);
    CHECK(user.read("queue.yaml") == "- a\n- b\n- c\n");
}

TEST_CASE("an editor that goes on in the background is told of, and keeps the lock") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished locked = user.run(
        {"l", "--editor", script(user, "forks", waiting_script(user) + " > log 2>&1 &\n")});
    CHECK(locked.exit_status == 0);
    CHECK(contains(locked.errors,
                   "queue.yaml: no changes, 1 entry, 1 job\nnote: the editor came "
                   "back at once."));
    CHECK(contains(locked.errors, "warning: queue.yaml stays locked until "));
    CHECK(contains(locked.errors, "; if that is your editor, start it so that it waits for you"));
    CHECK(user.run({"add", "--no-wait", "--", "c"}).exit_status == 4);
    user.write("go", "");
    CHECK(user.run({"add", "--", "c"}).exit_status == 0);
    CHECK_FALSE(contains(user.run({"l", "--", "true"}).errors, "stays locked"));
}

TEST_CASE("lock passes on how its command ended") {
    const User user;
    CHECK(user.run({"l", "--", "sh", "-c", "exit 7"}).exit_status == 7);
    CHECK(user.run({"l", "--", "sh", "-c", "kill -TERM $$"}).exit_status == 128 + SIGTERM);
    CHECK(user.run({"l", "--", "./no-such-program"}).exit_status == 127);
    user.write("plain", "");
    CHECK(user.run({"l", "--", "./plain"}).exit_status == 126);
    CHECK(user.run({"l", "--", "sh", "-c", "echo $REMUDA_QUEUE"}).output ==
          std::filesystem::canonical(user.project()).string() + "/queue.yaml\n");
}

TEST_CASE("what runs under the lock may change the queue itself") {
    const User user;
    const std::string remuda = REMUDA_BINARY;
    CHECK(user.run({"l", "--", remuda, "add", "--", "a"}).exit_status == 0);
    CHECK(user.run({"l", "--", remuda, "l", "--", remuda, "add", "--", "b"}).exit_status == 0);
    CHECK(user.run({"l", "--", "sh", "-c",
                    "for i in 1 2 3 4; do " + remuda + " add -- c$i & done; wait"})
              .exit_status == 0);
    CHECK(user.run({"list"}).errors == "6 entries, 6 jobs\n");
    // Without the descriptor it would wait for ever.
    const Finished lost =
        user.run({"l", "--", "env", "-u", "REMUDA_LOCK_FD", remuda, "add", "--", "d"});
    CHECK(lost.exit_status == 4);
    CHECK(contains(lost.errors, "which waits for this command to end"));
}

TEST_CASE("a run under the lock, which it could never take, ends at once and says so") {
    const User user;
    user.write("queue.yaml", "- a\n");
    user.write("hosts.yaml", "- localhost\n");
    const std::string remuda = REMUDA_BINARY;
    for (const char* how : {"q", "b", "q -d"}) {
        const std::string command = remuda + " " + how;
        const Finished refused = user.run({"l", "--", "sh", "-c", command});
        CHECK(refused.exit_status == 4);
        CHECK(refused.errors.starts_with("error: queue.yaml is locked by remuda lock (pid "));
        CHECK(contains(refused.errors, "start it outside of `remuda lock`"));
        CHECK(user.run({"l", "--", "sh", "-c", "unset REMUDA_LOCK_FD; " + command}).exit_status ==
              4);
    }
    // The `remuda lock` is gone, its lock is not.
    (void)user.run(
        {"l", "--", "sh", "-c",
         "(while kill -0 $PPID; do sleep 0.01; done; " + remuda + " q; echo $? > code) 2> log &"});
    CHECK(wait_until([&] { return user.read("code") == "4\n"; }));
    CHECK(user.read("queue.yaml") == "- a\n");
    CHECK_FALSE(user.has("consumed.yaml"));

    CHECK(user.run({"l", "--", remuda, "q", "--dry-run"}).exit_status == 0);
    user.write("other.yaml", "- echo other\n");
    CHECK(user.run({"l", "--", remuda, "q", "-Q", "other.yaml"}).exit_status == 0);
}

TEST_CASE("what an editor has saved under the lock is checked") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished good = user.run(
        {"l"}, {{"VISUAL", script(user, "good", "echo '- b' >> \"$1\"")}, {"EDITOR", "false"}});
    CHECK(good.exit_status == 0);
    CHECK(good.errors == "queue.yaml: 2 entries, 2 jobs\n");
    const Finished failed = user.run({"l", "--editor", "sh -c 'exit 3'"});
    CHECK(failed.exit_status == 1);
    CHECK(contains(failed.errors, "the editor failed with exit code 3"));
    const Finished bad =
        user.run({"l", "--editor", script(user, "bad", "echo '- echo {{ x' >> \"$1\"")});
    CHECK(bad.exit_status == 2);
    CHECK(contains(bad.errors, "--> queue.yaml:3:8"));
    CHECK(contains(bad.errors, "queue.yaml has been saved with these faults"));
    CHECK(user.read("queue.yaml") == "- a\n- b\n- echo {{ x\n");
}

TEST_CASE("on a terminal faults lead to a question") {
    const User user;
    const std::string text = "- a\n";
    user.write("queue.yaml", text);
    const std::string bad = script(user, "bad", "echo '- echo {{ x' >> \"$1\"");
    SUBCASE("restore") {
        Terminal terminal(user, {"l", "--editor", bad}, 80);
        terminal.read_until("[r]estore the old text? ");
        terminal.type("x\n");
        terminal.read_until("x\r\n[e]dit again, [k]eep as it is, [r]estore the old text? ");
        terminal.type("r\n");
        CHECK(terminal.finish() == 0);
        CHECK(contains(terminal.bytes(), "queue.yaml is as it was"));
        CHECK(user.read("queue.yaml") == text);
    }
    SUBCASE("keep") {
        Terminal terminal(user, {"l", "--editor", bad}, 80);
        terminal.read_until("[r]estore the old text? ");
        terminal.type("K\n");
        CHECK(terminal.finish() == 2);
        CHECK(user.read("queue.yaml") == "- a\n- echo {{ x\n");
    }
    SUBCASE("edit again") {
        const std::string mends =
            script(user, "mends",
                   "if [ -e once ]; then echo '- b' > \"$1\"; else touch once; ./bad \"$1\"; fi");
        Terminal terminal(user, {"l", "--editor", mends}, 80);
        terminal.read_until("[r]estore the old text? ");
        terminal.type("e\n");
        CHECK(terminal.finish() == 0);
        CHECK(user.read("queue.yaml") == "- b\n");
    }
}

TEST_CASE("ctrl-c belongs to the editor") {
    const User user;
    user.write("queue.yaml", "- a\n");
    // Ends with the signal's own work done, as an editor that takes it for a key would.
    const std::string editor = script(user, "traps",
                                      "trap 'echo \"- b\" >> \"$1\"; exit 0' INT\ntouch started\n"
                                      "while [ -e traps ]; do sleep 0.02; done");
    Terminal terminal(user, {"l", "--editor", editor}, 80);
    REQUIRE(wait_for_file(user, "started"));
    terminal.type("\x03");
    const int code = terminal.finish();
    CAPTURE(terminal.bytes());
    CHECK(code == 0);
    CHECK(user.read("queue.yaml") == "- a\n- b\n");
}
