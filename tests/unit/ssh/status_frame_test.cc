// SPDX-License-Identifier: MIT
#include "ssh/status_frame.h"

#include "support/program.h"

#include <optional>
#include <string>

#include <doctest/doctest.h>

using remuda::ssh::RemoteCommand;
using remuda::ssh::StatusFrame;
using remuda::test::Finished;
using remuda::test::run_program;

namespace {

struct Framed {
    std::string out;
    std::string err;
    std::optional<int> status;
};

// As a login shell does it, its stderr cut into pieces of one byte.
Framed run_framed(const std::string& script) {
    StatusFrame frame("REMUDATEST");
    const RemoteCommand command = frame.command(script);
    const Finished finished =
        run_program({"setsid", "--wait", "sh", "-c", command.line}, command.stdin_bytes);
    Framed result;
    result.out = finished.output;
    for (const char c : finished.errors)
        result.err += frame.add_err(std::string(1, c));
    result.err += frame.rest();
    result.status = frame.status();
    return result;
}

}  // namespace

TEST_CASE("the status behind the mark is taken out of stderr, and nothing else") {
    StatusFrame frame("MARK");
    CHECK(frame.add_err("MARK be") == "");
    CHECK_FALSE(frame.has_begun());
    CHECK(frame.add_err("gun 7\nzero MARK begun 8\n") == "zero ");
    CHECK(frame.has_begun());
    CHECK(frame.add_err("one MA") == "one ");
    CHECK(frame.add_err("P two M") == "MAP two ");
    CHECK(frame.add_err("ARK 25") == "");
    CHECK_FALSE(frame.status());
    CHECK(frame.add_err("5\nlate") == "late");
    CHECK(frame.status() == 255);
    CHECK(frame.add_err("MARK 1\n") == "MARK 1\n");
    CHECK(frame.status() == 255);
}

TEST_CASE("a framed command may have stdin for itself, and its group is told") {
    const std::string script = "cat; ps -o pgid= -p $$; exit 3";
    for (const std::string& padding : {std::string(), ": " + std::string(40'000, 'x') + "\n"}) {
        StatusFrame frame("REMUDATEST");
        const RemoteCommand command = frame.command(padding + script, true);
        const Finished finished = run_program({"setsid", "--wait", "sh", "-c", command.line},
                                              command.stdin_bytes + "its own\n");
        CHECK(frame.add_err(finished.errors) == "");
        CHECK(frame.status() == 3);
        REQUIRE(finished.output.starts_with("its own\n"));
        CHECK(std::stol(finished.output.substr(8)) == frame.group());
    }
}

TEST_CASE("a mark without a status, and one that is cut off, stay part of stderr") {
    StatusFrame frame("MARK");
    CHECK(frame.add_err("MARK no status\n") == "MARK no status\n");
    CHECK(frame.add_err("MARK 12 and more\n") == "MARK 12 and more\n");
    CHECK(frame.add_err("MARK\n") == "MARK\n");
    CHECK(frame.add_err("MAR") == "");
    CHECK(frame.rest() == "MAR");
    CHECK_FALSE(frame.status());
}

TEST_CASE("every exit status travels, and the streams stay as they are") {
    for (const int status : {0, 1, 127, 254, 255}) {
        const Framed result =
            run_framed("printf out; printf err >&2; exit " + std::to_string(status));
        CHECK(result.out == "out");
        CHECK(result.err == "err");
        CHECK(result.status == status);
    }
}

TEST_CASE("a command ended by a signal is told as a shell does, without a word of the shell") {
    const Framed result = run_framed("kill -KILL $$");
    CHECK(result.status == 128 + 9);
    CHECK(result.err.empty());
}

TEST_CASE("the command has an empty stdin, whatever its length") {
    CHECK(run_framed("cat; echo end").out == "end\n");
    const std::string filler(40'000, 'x');
    const Framed result = run_framed("cat; s='" + filler + "'; echo ${#s}; exit 255");
    CHECK(result.out == "40000\n");
    CHECK(result.status == 255);
}
