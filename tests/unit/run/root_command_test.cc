// SPDX-License-Identifier: MIT
#include "run/root_command.h"

#include "run/input_file.h"
#include "run/renderer.h"
#include "support/temp_dir.h"

#include <fstream>

#include <doctest/doctest.h>

using namespace remuda;

namespace {

std::variant<run::Rendered, run::RenderFault> rendered(const model::JobOptions& options) {
    model::Job job;
    job.command = "echo {{ x }}";
    job.parameters = {{"x", "1"}};
    model::Node node;
    node.hostname = "n";
    run::Renderer renderer;
    return renderer.render_all(job, options, node, {0});
}

}  // namespace

TEST_CASE("what a job says of itself is filled in and goes into the command") {
    model::JobOptions options;
    options.name = "train";
    options.environment = {{"A", "{{ x }}"}, {"B", "b"}};
    options.directory = "~/{{ x }}";
    options.input = "in {{ hostname }}";
    options.nice = 5;
    options.output_limit = 10;
    const auto made = rendered(options);
    const auto& command = std::get<run::Rendered>(made).command;
    CHECK(std::get<run::Rendered>(made).text == "echo 1");
    CHECK(command.script == "echo 1");
    CHECK(command.environment == model::Parameters{{"A", "1"}, {"B", "b"}});
    CHECK(command.directory == "~/1");
    CHECK(command.input == "in n");
    CHECK(command.nice == 5);
    CHECK(command.output_limit == 10U);
    CHECK(command.label == "train");
}

TEST_CASE("an option that cannot be filled in says which it is") {
    model::JobOptions options;
    options.environment = {{"A", "{{ nope }}"}};
    const auto made = rendered(options);
    CHECK(std::get<run::RenderFault>(made).reason.starts_with("env: A: "));
    model::JobOptions with_file;
    with_file.input_file = "/nonexistent/{{ x }}";
    const auto no_file = rendered(with_file);
    CHECK(std::get<run::RenderFault>(no_file).reason ==
          "stdin_file: cannot open '/nonexistent/1': No such file or directory");
}

TEST_CASE("an input file is read up to a bound, and must be a regular file") {
    const test::TempDir folder;
    const std::string path = folder.path() + "/in";
    std::ofstream(path) << "0123456789";
    const auto whole = run::load_input(path);
    REQUIRE(whole.has_value());
    CHECK(*whole == "0123456789");
    CHECK_FALSE(run::load_input(path, 9).has_value());
    CHECK(run::load_input(path, 10).has_value());
    CHECK_FALSE(run::load_input(folder.path()).has_value());
}

TEST_CASE("a command of root gets its environment on stdin, before its input") {
    transport::Command command{"echo \"$A\"; cat"};
    command.environment = {{"A", "it's secret"}};
    command.input = "input";
    command.nice = -5;
    run::run_as_root(command, nullptr);
    CHECK(command.environment.empty());
    CHECK(command.nice == 0);
    CHECK(command.script.starts_with("exec sudo -n -- sh -c "));
    CHECK(command.script.find("secret") == std::string::npos);
    CHECK(command.script.find("nice -n -5 sh -c") != std::string::npos);
    const std::string exported = "export A='it'\\''s secret'\n";
    CHECK(command.input == exported + "input");
    CHECK(command.script.find("count=" + std::to_string(exported.size())) != std::string::npos);
}

TEST_CASE("a password goes first on stdin, and into no argument") {
    transport::Command command{"cat"};
    command.input = "input";
    const Secret password(std::string("hunter2"));
    run::run_as_root(command, &password);
    CHECK(command.script.starts_with("exec sudo -S -p '' -- sh -c "));
    CHECK(command.script.find("hunter2") == std::string::npos);
    CHECK(command.input.starts_with("hunter2\n-- remuda"));
    CHECK(command.input.ends_with("--\ninput"));
}
