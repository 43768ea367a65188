// SPDX-License-Identifier: MIT
//
// What README.md shows is what happens. A block of console text below a line `<!-- test: NAME -->`
// is run, each block in a new folder: lines that begin with "$ " are commands (with their
// here-documents), the others what they show, stdout and stderr together. A line `...` stands for
// any lines, `~` for any text within a line.
#include "support/program.h"
#include "user.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::run_program;
using remuda::test::text_of;
using remuda::test::User;

namespace {

struct Step {
    std::string command;
    std::vector<std::string> expected;
};

struct Block {
    std::string name;
    std::size_t line = 0;
    std::vector<Step> steps;
};

// The word that ends the here-document which `command` begins, if any.
std::string here_document_end(const std::string& command) {
    const std::size_t at = command.find("<<");
    if (at == std::string::npos) return "";
    std::string word;
    for (const char c : command.substr(at + 2)) {
        if (c == '\'' || c == '"') continue;
        if (c == ' ') break;
        word += c;
    }
    return word;
}

std::vector<Step> steps_of(const std::vector<std::string>& lines) {
    std::vector<Step> steps;
    std::string until;
    for (const std::string& line : lines) {
        if (!until.empty()) {
            steps.back().command += "\n" + line;
            if (line == until) until.clear();
        } else if (line.starts_with("$ ")) {
            steps.push_back({line.substr(2), {}});
            until = here_document_end(line);
        } else {
            // Text before the first command shows nothing that could be checked.
            REQUIRE(!steps.empty());
            steps.back().expected.push_back(line);
        }
    }
    REQUIRE(until.empty());
    return steps;
}

std::vector<Block> blocks_of(const std::string& markdown) {
    std::vector<Block> blocks;
    const std::vector<std::string> lines = lines_of(markdown);
    constexpr std::string_view mark = "<!-- test: ";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].starts_with(mark)) continue;
        INFO("README.md:", i + 1);
        const std::size_t name_end = lines[i].find(" -->");
        REQUIRE(name_end != std::string::npos);
        Block block;
        block.name = lines[i].substr(mark.size(), name_end - mark.size());
        block.line = i + 1;
        REQUIRE(i + 1 < lines.size());
        REQUIRE(lines[i + 1] == "```console");
        const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(i + 2);
        const auto end = std::find(begin, lines.end(), "```");
        REQUIRE(end != lines.end());
        block.steps = steps_of({begin, end});
        blocks.push_back(std::move(block));
    }
    return blocks;
}

// `~` in `pattern` stands for any text.
bool is_like(std::string_view pattern, std::string_view text) {
    const std::size_t wave = pattern.find('~');
    if (wave == std::string_view::npos) return pattern == text;
    if (text.substr(0, wave) != pattern.substr(0, wave)) return false;
    const std::string_view rest = pattern.substr(wave + 1);
    for (std::size_t skipped = wave; skipped <= text.size(); ++skipped) {
        if (is_like(rest, text.substr(skipped))) return true;
    }
    return false;
}

using Lines = std::vector<std::string>;

// `...` in `expected` stands for any lines.
bool is_shown(Lines::const_iterator expected, Lines::const_iterator expected_end,
              Lines::const_iterator shown, Lines::const_iterator shown_end) {
    for (; expected != expected_end; ++expected, ++shown) {
        if (*expected == "...") {
            for (;; ++shown) {
                if (is_shown(expected + 1, expected_end, shown, shown_end)) return true;
                if (shown == shown_end) return false;
            }
        }
        if (shown == shown_end || !is_like(*expected, *shown)) return false;
    }
    return shown == shown_end;
}

// All commands of a block in one shell, so that `$?` and variables last; a line of its own after
// each tells where the next one's text begins.
void run_block(const Block& block) {
    const User user;
    const std::string end_of_step = "--- end of the step ---";
    std::string script = "exec 2>&1\ncd '" + user.project() + "'\nPATH='" +
                         std::filesystem::path(REMUDA_BINARY).parent_path().string() + "':$PATH\n";
    for (const Step& step : block.steps) {
        script += step.command + "\n{ code=$?; echo '" + end_of_step + "'; (exit $code); }\n";
    }
    const Finished finished = run_program({"sh", "-c", script}, "", user.environment());
    std::vector<Lines> shown(1);
    for (const std::string& line : lines_of(finished.output)) {
        if (line == end_of_step) {
            shown.emplace_back();
        } else {
            shown.back().push_back(line);
        }
    }
    REQUIRE(shown.size() == block.steps.size() + 1);
    for (std::size_t i = 0; i < block.steps.size(); ++i) {
        const Step& step = block.steps[i];
        std::string text;
        for (const std::string& line : shown[i])
            text += line + "\n";
        INFO("README.md:", block.line, ": $ ", step.command);
        INFO("it shows:\n", text);
        CHECK(
            is_shown(step.expected.begin(), step.expected.end(), shown[i].begin(), shown[i].end()));
    }
}

}  // namespace

TEST_CASE("the README's transcripts are true") {
    const std::vector<Block> blocks = blocks_of(text_of(PROJECT_TREE "/README.md"));
    REQUIRE(!blocks.empty());
    std::set<std::string> names;
    for (const Block& block : blocks) {
        INFO(block.name);
        CHECK(names.insert(block.name).second);
        CHECK(!block.steps.empty());
        run_block(block);
    }
}

TEST_CASE("a transcript that does not hold is found out") {
    const Lines shown{"first", "job 1 in 0.1s", "last"};
    const auto holds = [&](const Lines& expected) {
        return is_shown(expected.begin(), expected.end(), shown.begin(), shown.end());
    };
    CHECK(holds({"first", "job 1 in ~", "last"}));
    CHECK(holds({"first", "...", "last"}));
    CHECK(holds({"...", "last"}));
    CHECK(holds({"first", "..."}));
    CHECK(holds({"...", "~1~", "..."}));
    CHECK(!holds({"first", "job 2 in ~", "last"}));
    CHECK(!holds({"first", "job 1 in ~"}));
    CHECK(!holds({"first", "...", "other"}));
    CHECK(!holds({"first", "job 1 in ~", "last", "more"}));
    CHECK(!holds({}));
}
