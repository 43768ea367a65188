// SPDX-License-Identifier: MIT
//
// What the command line says of itself.
#include "remuda/base/fd.h"
#include "support/program.h"
#include "user.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::User;
using remuda::test::Words;

namespace {

// The names of the subcommands, aliases too, as the help lists them.
std::vector<std::string> subcommands_in(const std::string& help) {
    std::vector<std::string> names;
    bool is_inside = false;
    for (const std::string& line : lines_of(help)) {
        if (line == "Subcommands:") {
            is_inside = true;
        } else if (line.empty() || line[0] != ' ') {
            is_inside = false;
        } else if (is_inside && line.starts_with("  ") && line[2] != ' ') {
            // "  queue, q    Work off ...".
            std::string word;
            for (const char c : line.substr(2)) {
                if (c == ',') {
                    names.push_back(word);
                    word.clear();
                } else if (c == ' ') {
                    if (!word.empty()) break;
                } else {
                    word += c;
                }
            }
            names.push_back(word);
        }
    }
    return names;
}

// Examples come before all other sections.
bool begins_with_examples(const std::string& help) {
    for (const std::string& line : lines_of(help)) {
        if (line.starts_with("Usage:")) continue;
        if (line.ends_with(':') && line[0] != ' ') return line == "Examples:";
    }
    return false;
}

}  // namespace

TEST_CASE("the help of every command begins with examples") {
    const User user;
    std::vector<Words> to_visit{{}};
    std::size_t visited = 0;
    while (!to_visit.empty()) {
        Words words = to_visit.back();
        to_visit.pop_back();
        const Words command = words;
        words.emplace_back("--help");
        const Finished finished = user.run(words);
        INFO(finished.output);
        CHECK(finished.exit_status == 0);
        CHECK(finished.errors.empty());
        CHECK(begins_with_examples(finished.output));
        CHECK(contains(finished.output, "Usage: remuda"));
        ++visited;
        for (const std::string& name : subcommands_in(finished.output)) {
            Words below = command;
            below.push_back(name);
            to_visit.push_back(std::move(below));
        }
    }
    // remuda, queue, q, broadcast, b, version.
    CHECK(visited >= 6);
}

TEST_CASE("the manual page names every subcommand and option, and so do completions") {
    const User user;
    const std::string manual = remuda::load_file(PROJECT_TREE "/docs/remuda.1").value();
    std::vector<std::string> scripts;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const Finished finished = user.run({"completion", shell});
        CHECK(finished.exit_status == 0);
        scripts.push_back(finished.output);
    }
    std::size_t options = 0;
    for (const std::string& command : subcommands_in(user.run({"help"}).output)) {
        CAPTURE(command);
        CHECK(contains(manual, "Cm " + command));
        for (const std::string& script : scripts)
            CHECK(contains(script, command));
        const std::string help = user.run({"help", command}).output;
        CHECK(help == user.run({command, "--help"}).output);
        for (const std::string& line : lines_of(help)) {
            // "  -Q,--queue-file FILE     The queue".
            const std::size_t at = line.find("--");
            if (!line.starts_with("  -") || at == std::string::npos) continue;
            const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
            const std::string name = line.substr(at + 2, end - at - 2);
            CAPTURE(name);
            ++options;
            CHECK(contains(manual, "Fl -" + name));
            CHECK(contains(scripts[0], "--" + name));
            CHECK(contains(scripts[1], "--" + name));
            CHECK(contains(scripts[2], "-l " + name));
        }
    }
    CHECK(options > 50);
}

TEST_CASE("bash completes subcommands, options and files") {
    const User user;
    const std::string script = user.run({"completion", "bash"}).output;
    const auto completed = [&](const std::string& words, int last) {
        const std::string text = script + "COMP_WORDS=(" + words +
                                 ")\nCOMP_CWORD=" + std::to_string(last) +
                                 "\n_remuda\nprintf '%s ' \"${COMPREPLY[@]}\"\n";
        return remuda::test::run_program({"bash", "-c", text}).output;
    };
    CHECK(completed("remuda br", 1) == "broadcast ");
    CHECK(completed("remuda q --js", 2) == "--json ");
    CHECK(completed("remuda q --queue-file /etc/hostnam", 3) == "/etc/hostname ");
    CHECK(completed("remuda help ve", 2) == "version ");
    CHECK(completed("remuda add -- --fr", 3) == " ");
}

TEST_CASE("a misspelt subcommand or option is answered with the nearest one") {
    const User user;
    const std::pair<Words, std::string> cases[] = {
        {{"quee"}, "did you mean 'queue'?"},
        {{"brodcast"}, "did you mean 'broadcast'?"},
        {{"q", "--jsn"}, "did you mean '--json'?"},
        {{"b", "--eror-aborts"}, "did you mean '--error-aborts'?"},
        {{"--versio"}, "did you mean '--version'?"},
    };
    for (const auto& [words, guess] : cases) {
        const Finished finished = user.run(words);
        INFO(finished.errors);
        CHECK(finished.exit_status == 2);
        CHECK(finished.output.empty());
        CHECK(contains(finished.errors, guess));
    }
}

TEST_CASE("without a word the help goes to stderr, and the exit code is that of a usage error") {
    const User user;
    const Finished finished = user.run({});
    CHECK(finished.exit_status == 2);
    CHECK(finished.output.empty());
    CHECK(contains(finished.errors, "Examples:"));
}

TEST_CASE("the version is the same by option and by subcommand") {
    const User user;
    const Finished option = user.run({"--version"});
    const Finished subcommand = user.run({"version"});
    CHECK(option.exit_status == 0);
    CHECK(subcommand.exit_status == 0);
    CHECK(option.output == subcommand.output);
    CHECK(option.output.starts_with("remuda "));
}
