// SPDX-License-Identifier: MIT
#include "remuda/queue/new_entry.h"
#include "remuda/templating/template.h"
#include "support/program.h"
#include "support/seed.h"

#include <array>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using remuda::queue::make_entry;
using remuda::templating::Template;
using remuda::test::run_program;

using Strings = std::vector<std::string>;

namespace {

// No word holds it.
constexpr char kSeparator = '\x1f';

std::string random_word(std::mt19937& random) {
    // Of comments and the like there is a letter before, so that no word is made of nothing.
    static const std::array<const char*, 34> pieces = {"a",
                                                       " ",
                                                       "  ",
                                                       "$HOME",
                                                       "'",
                                                       "\"",
                                                       "; false",
                                                       "}}",
                                                       "}",
                                                       "{",
                                                       "\n",
                                                       "\\",
                                                       "\\\\",
                                                       "`",
                                                       "*",
                                                       "\\{{",
                                                       "\\{{{{",
                                                       "\\{{json .}}",
                                                       "{{ x }}",
                                                       "{{{x}}}",
                                                       "\\\\{{x}}",
                                                       "\\\\\\{{x}}",
                                                       "{{x}}}",
                                                       "k{{!-- }} --}}",
                                                       "k{{! $HOME }}",
                                                       "{{to_lower_case \"}}V\"}}",
                                                       "{{to_lower_case '{{X}}'}}",
                                                       "k{{{{raw}}}}{{json .}} $HOME{{{{/raw}}}}",
                                                       "k{{{{raw}}}}it's \\{{x}}{{{{/raw}}}}",
                                                       "k{{#if x}} ${{/if}}",
                                                       "{{#if no}}; false{{else}}e{{/if}}",
                                                       "#",
                                                       "é",
                                                       "{{x"};
    std::uniform_int_distribution<std::size_t> length(0, 4);
    std::uniform_int_distribution<std::size_t> which(0, pieces.size() - 1);
    std::string word;
    for (std::size_t i = length(random); i > 0; --i)
        word += pieces.at(which(random));
    return word;
}

std::string joined(const Strings& words, char separator) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : std::string(1, separator)) + word;
    return text;
}

// Nothing if it is no template.
std::optional<std::string> rendered(const std::string& text) {
    auto parsed = Template::parse(text);
    if (!std::holds_alternative<Template>(parsed)) return std::nullopt;
    const auto& made = std::get<Template>(parsed);
    if (!made.check({"x", "no"}).empty()) return std::nullopt;
    auto result = made.render({{"x", "v"}, {"no", ""}});
    if (!std::holds_alternative<std::string>(result)) return std::nullopt;
    return std::get<std::string>(result);
}

}  // namespace

TEST_CASE("words reach the job as they are, but for their templates") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    CAPTURE(seed);
    std::mt19937 random(seed);
    int compared = 0;
    for (int i = 0; i < 300; ++i) {
        Strings words = {"w"};
        for (std::size_t count = 1 + random() % 4; count > 0; --count)
            words.push_back(random_word(random));
        words.emplace_back("end");
        CAPTURE(joined(words, kSeparator));
        const auto entry = make_entry({.words = words});
        REQUIRE(entry);
        const auto command = rendered(entry->commands.front().text);
        // What is at fault stays so, and is not added.
        CHECK(rendered(joined(words, ' ')).has_value() == command.has_value());
        // The templates alone, word by word; nothing where one goes over several words.
        const auto wanted = rendered(joined(words, kSeparator));
        if (!command || !wanted) continue;
        ++compared;
        const auto shown = run_program({"sh", "-c", "set -f; printf '%s\\037' " + *command});
        CHECK(shown.errors.empty());
        CHECK(shown.output == *wanted + kSeparator);
    }
    MESSAGE("compared ", compared);
    CHECK(compared > 100);
}
