// SPDX-License-Identifier: MIT
//
// `remuda edit`: a copy is edited while the queue goes on, and merged.
#include "terminal.h"
#include "user.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::Terminal;
using remuda::test::text_of;
using remuda::test::User;

namespace {

// An editor that runs `text` with the copy as "$1" and remuda as "$R", in the project.
std::string editor(const User& user, const std::string& text) {
    user.write("ed", "#!/bin/sh\nR=" REMUDA_BINARY "\n" + text + "\n");
    std::filesystem::permissions(user.path("ed"), std::filesystem::perms::owner_all);
    return "./ed";
}

// The file that a message says the user's text is in.
std::string kept_text(const std::string& errors) {
    constexpr std::string_view mark = "your text is in ";
    const std::size_t at = errors.find(mark);
    REQUIRE(at != std::string::npos);
    const std::size_t begin = at + mark.size();
    const std::string path = errors.substr(begin, errors.find_first_of("\r\n", begin) - begin);
    const auto permissions = std::filesystem::status(path).permissions();
    CHECK((permissions & std::filesystem::perms::others_read) == std::filesystem::perms::none);
    std::string text = text_of(path);
    std::filesystem::remove(path);
    return text;
}

}  // namespace

TEST_CASE("an edit is merged into the queue as it is when the editor ends") {
    const User user;
    user.write("queue.yaml", "# top\n- a\n- b\n- c\n");
    const Finished edited =
        user.run({"edit", "--editor",
                  editor(user,
                         "printf '# mine\\n- c\\n\\n- a\\n- new  # x\\n' > \"$1\"\n"
                         "$R rm 1 2> /dev/null > /dev/null; $R add -- d; $R add --front -- e")});
    CHECK(edited.exit_status == 0);
    CHECK(user.read("queue.yaml") == "# mine\n- e\n- c\n\n- new  # x\n- d\n");
    CHECK(contains(edited.errors,
                   "queue.yaml: 4 entries, 4 jobs; 1 entry left the queue meanwhile, wholly or in "
                   "part; 2 entries came meanwhile\n"));
}

TEST_CASE("nothing is written if nothing was changed") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited = user.run({"edit", "--editor", editor(user, "$R rm 1 > /dev/null")},
                                     {{"TMPDIR", user.path("")}});
    CHECK(edited.exit_status == 0);
    CHECK(contains(edited.errors, "no changes\n"));
    CHECK(user.read("queue.yaml").empty());
}

TEST_CASE("an editor that does not wait is told of, and its copy stays") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited = user.run({"edit", "--editor", "true"}, {{"TMPDIR", user.path("")}});
    CHECK(edited.exit_status == 0);
    CHECK(contains(edited.errors,
                   "no changes\nnote: the editor came back at once. If it is still "
                   "open, start it so that it waits for you (such as `code --wait`, "
                   "`gvim -f`); what you save now goes to " +
                       user.path("")));
    bool is_kept = false;
    for (const auto& file : std::filesystem::directory_iterator(user.project()))
        is_kept = is_kept || contains(file.path().string(), "remuda-queue-");
    CHECK(is_kept);
}

TEST_CASE("an edit mends a queue with faults that nobody else has touched") {
    const User user;
    user.write("queue.yaml", "- echo a\n- \"echo b\n");
    const Finished edited =
        user.run({"edit", "--editor", editor(user, "printf -- '- echo a\n- echo b\n' > \"$1\"")});
    CHECK(edited.exit_status == 0);
    CHECK(edited.errors == "queue.yaml: 2 entries, 2 jobs\n");
    CHECK(user.read("queue.yaml") == "- echo a\n- echo b\n");
}

TEST_CASE("of two who mend a queue with faults the second is not merged") {
    const User user;
    user.write("queue.yaml", "- echo a\n- \"echo b\n");
    const Finished edited = user.run(
        {"edit", "--editor",
         editor(user, "printf -- '- echo b\n' > \"$1\"; printf -- '- echo a\n' > queue.yaml")});
    CHECK(edited.exit_status == 2);
    CHECK(contains(edited.errors, "had faults and was changed meanwhile"));
    CHECK(kept_text(edited.errors) == "- echo b\n");
    CHECK(user.read("queue.yaml") == "- echo a\n");
}

TEST_CASE("a signal while the lock is waited for leaves the text where it says") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const auto locked =
        user.start({"l", "--", "sh", "-c", "touch held; while [ ! -e go ]; do sleep 0.02; done"});
    REQUIRE(remuda::test::wait_until([&] { return user.has("held"); }));
    const auto edited = user.start({"edit", "--editor", editor(user, "echo '- b' > \"$1\"")});
    REQUIRE(remuda::test::wait_until(
        [&] { return contains(edited->errors(), "waiting for the lock"); }));
    edited->signal(SIGINT);
    const Finished ended = edited->finish();
    user.write("go", "");
    CHECK(kept_text(ended.errors) == "- b\n");
    CHECK(user.read("queue.yaml") == "- a\n");
    (void)locked->finish();
}

TEST_CASE("an edit makes the queue if there is none") {
    const User user;
    CHECK(user.run({"edit", "--editor", editor(user, "echo '- a' > \"$1\"")}).exit_status == 0);
    CHECK(user.read("queue.yaml") == "- a\n");
}

TEST_CASE("the copy is private and named as a YAML file") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited =
        user.run({"edit", "--editor", editor(user, "stat -c '%a %n' \"$1\"; echo '- b' >> \"$1\"")},
                 {{"TMPDIR", user.path("")}});
    CHECK(edited.output.starts_with("600 " + user.path("")));
    CHECK(edited.output.ends_with(".yaml\n"));
    // It is gone again.
    for (const auto& file : std::filesystem::directory_iterator(user.project()))
        CHECK_FALSE(contains(file.path().string(), "remuda-queue-"));
}

TEST_CASE("copies that were left long ago are removed, those that are being edited are not") {
    const User user;
    user.write("queue.yaml", "- a\n");
    for (const char* name : {"remuda-queue-abcdef.yaml", "remuda-queue-ghijkl.yaml", "else.yaml"})
        user.write(name, "");
    const auto long_ago =
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(20 * 24);
    std::filesystem::last_write_time(user.path("remuda-queue-abcdef.yaml"), long_ago);
    std::filesystem::last_write_time(user.path("else.yaml"), long_ago);
    const Finished edited =
        user.run({"edit", "--editor",
                  editor(user,
                         "touch -d '20 days ago' \"$1\"; $R edit --editor 'test -e' 2> inner;"
                         " test -e \"$1\" && echo '- b' >> \"$1\"")},
                 {{"TMPDIR", user.path("")}});
    INFO(edited.errors);
    CHECK(edited.exit_status == 0);
    CHECK(contains(user.read("inner"), "no changes"));
    CHECK(user.read("queue.yaml") == "- a\n- b\n");
    CHECK(!user.has("remuda-queue-abcdef.yaml"));
    CHECK(user.has("remuda-queue-ghijkl.yaml"));
    CHECK(user.has("else.yaml"));
}

TEST_CASE("an edit with faults changes nothing and is kept") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited =
        user.run({"edit", "--editor", editor(user, "echo '- echo {{ x' > \"$1\"")});
    CHECK(edited.exit_status == 2);
    CHECK(contains(edited.errors, "error: this tag is never closed"));
    CHECK(kept_text(edited.errors) == "- echo {{ x\n");
    CHECK(user.read("queue.yaml") == "- a\n");
}

TEST_CASE("an editor that fails changes nothing") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited =
        user.run({"edit", "--editor", editor(user, "echo '- b' > \"$1\"; exit 1")});
    CHECK(edited.exit_status == 1);
    CHECK(kept_text(edited.errors) == "- b\n");
    CHECK(user.read("queue.yaml") == "- a\n");
}

TEST_CASE("a change of an entry that was taken meanwhile is refused with the reason") {
    const User user;
    user.write("queue.yaml", "- make a\n- b\n");
    const std::string changes =
        editor(user,
               "if [ ! -e once ]; then touch once; echo '- make a -j\n- b' > \"$1\";"
               "$R rm 1 > /dev/null 2> /dev/null; fi");
    SUBCASE("off a terminal") {
        const Finished edited = user.run({"edit", "--editor", changes});
        CHECK(edited.exit_status == 1);
        CHECK(contains(edited.errors,
                       "error: 'make a' was taken while you edited it: your change "
                       "of it cannot be merged\n"));
        CHECK(kept_text(edited.errors) == "- make a -j\n- b\n");
        CHECK(user.read("queue.yaml") == "- b\n");
    }
    SUBCASE("on a terminal, giving up") {
        Terminal terminal(user, {"edit", "--editor", changes}, 200);
        terminal.read_until("[g]ive up? ");
        terminal.type("g\n");
        CHECK(terminal.finish() == 1);
        CHECK(kept_text(terminal.bytes()) == "- make a -j\n- b\n");
        CHECK(user.read("queue.yaml") == "- b\n");
    }
    SUBCASE("on a terminal, with ctrl-c") {
        Terminal terminal(user, {"edit", "--editor", changes}, 200);
        terminal.read_until("[g]ive up? ");
        terminal.type("\x03");
        CHECK(terminal.finish() == -1);
        CHECK(kept_text(terminal.bytes()) == "- make a -j\n- b\n");
        CHECK(user.read("queue.yaml") == "- b\n");
    }
    SUBCASE("on a terminal, keeping it as a new entry") {
        Terminal terminal(user, {"edit", "--editor", changes}, 200);
        terminal.read_until("[g]ive up? ");
        terminal.type("e\n");
        CHECK(terminal.finish() == 0);
        CHECK(user.read("queue.yaml") == "- make a -j\n- b\n");
    }
}

TEST_CASE("a queue that has got faults meanwhile is not merged into") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited = user.run(
        {"edit", "--editor", editor(user, "echo '- b' > \"$1\"; echo '- \"' > queue.yaml")});
    CHECK(edited.exit_status == 2);
    CHECK(contains(edited.errors, "queue.yaml has faults now"));
    CHECK(kept_text(edited.errors) == "- b\n");
}

TEST_CASE("an edit that finds the queue locked keeps the text") {
    const User user;
    user.write("queue.yaml", "- a\n");
    const Finished edited = user.run(
        {"edit", "--no-wait", "--editor",
         editor(user,
                "echo '- b' > \"$1\"; $R l -- sh -c 'touch started; while [ -e ed ] && [ ! -e "
                "go ]; do sleep 0.02; done' > /dev/null 2>&1 & "
                "while [ ! -e started ]; do sleep 0.02; done")});
    user.write("go", "");
    CHECK(edited.exit_status == 4);
    CHECK(kept_text(edited.errors) == "- b\n");
}
