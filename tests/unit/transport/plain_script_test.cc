// SPDX-License-Identifier: MIT
#include "remuda/transport/plain_script.h"

#include "support/execution.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using remuda::test::Finished;
using remuda::test::run_program;
using remuda::test::TempDir;
using remuda::transport::Command;
using remuda::transport::is_plain;
using remuda::transport::plain_script;

namespace {

Finished run_plain(const Command& command, const std::string& shell = "sh") {
    const auto plain = plain_script(command);
    REQUIRE(plain);
    return run_program({shell, "-c", plain->script}, plain->input);
}

}  // namespace

TEST_CASE("a command without anything else is its script alone") {
    const Command command{"echo hi"};
    CHECK(is_plain(command));
    CHECK(plain_script(command)->script == "echo hi");
    CHECK(plain_script(command)->input.empty());
}

TEST_CASE("values of the environment survive whatever they hold, and stand in no argument") {
    const std::string value = remuda::test::awkward_text() + "\n\n";
    Command command{"printf %s \"$FIRST\"; printf '|%s|' \"$SECOND\"; cat"};
    command.environment = {{"FIRST", value}, {"SECOND", ""}};
    command.input = "the input\n";
    CHECK_FALSE(is_plain(command));
    CHECK(plain_script(command)->script.find("漢字") == std::string::npos);
    for (const char* shell : {"sh", "bash"})
        CHECK(run_plain(command, shell).output == value + "||the input\n");
}

TEST_CASE("the script's line numbers stay what they are") {
    Command command{"echo one\nno-such-command"};
    command.environment = {{"A", "x\ny"}};
    CHECK(run_plain(command).errors.find("2: no-such-command") != std::string::npos);
}

TEST_CASE("a directory may be under the home, and have any name") {
    const TempDir folder;
    const std::string odd = "-an odd 'name'";
    Command command{"mkdir -p -- \"$HOME/$NAME\" && cd \"$HOME\" && pwd"};
    command.environment = {{"HOME", folder.path()}, {"NAME", odd}};
    CHECK(run_plain(command).output == folder.path() + "\n");

    Command inside{"pwd"};
    inside.directory = folder.path(odd);
    CHECK(run_plain(inside).output == folder.path(odd) + "\n");
    inside.directory = "~";
    const std::string script = plain_script(inside)->script;
    CHECK(run_program({"env", "HOME=" + folder.path(), "sh", "-c", script}).output ==
          folder.path() + "\n");
    inside.directory = "~/" + odd;
    CHECK(run_program({"env", "HOME=" + folder.path(), "sh", "-c", plain_script(inside)->script})
              .output == folder.path(odd) + "\n");
}

TEST_CASE("where the directory is missing nothing of the command runs") {
    Command command{"echo ran"};
    command.directory = "/no/such/folder";
    const Finished finished = run_plain(command);
    CHECK(finished.output.empty());
    CHECK(finished.exit_status == 126);
    CHECK(finished.errors.find("/no/such/folder") != std::string::npos);
}

TEST_CASE("niceness is added") {
    Command command{"nice; echo 'a  b'"};
    command.nice = 3;
    const std::string before = run_program({"nice"}).output;
    CHECK(run_plain(command).output == std::to_string(std::stoi(before) + 3) + "\na  b\n");
}

TEST_CASE("names and values that no shell can export are refused") {
    Command command{"true"};
    for (const char* name : {"", "A-B", "1A", "A B", "A=B", "é"}) {
        command.environment = {{name, "x"}};
        CHECK_FALSE(plain_script(command));
    }
    command.environment = {{"A", std::string("x\0y", 3)}};
    CHECK_FALSE(plain_script(command));
}
