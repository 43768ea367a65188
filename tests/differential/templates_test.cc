// SPDX-License-Identifier: MIT
//
// Templates by a generator, rendered by remuda and by the handlebars package of npm. The seed is
// printed; REMUDA_SEED repeats a run.
#include "differential/generator.h"
#include "support/program.h"
#include "support/seed.h"
#include "templating/helpers.h"
#include "templating/json.h"
#include "templating/parser.h"
#include "templating/renderer.h"
#include "templating/whitespace.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::test::TemplateGenerator;
using namespace remuda::templating;

namespace {

constexpr std::size_t kTemplates = 2000;

bool has_node() {
    try {
        return remuda::test::run_program({"node", "--version"}).exit_status == 0 &&
               remuda::test::run_program({"npm", "--version"}).exit_status == 0;
    } catch (const std::runtime_error&) {
        return false;
    }
}

// Ours, with data that holds more than text: as if `assign` had set it.
std::string rendered(const std::string& text, const Members& data) {
    std::vector<Fault> faults;
    Statements statements;
    for (const auto& [name, value] : data) {
        Call call{"assign", 0, {}, {}};
        call.arguments.push_back({0, 0, Literal{Value(name)}});
        call.arguments.push_back({0, 0, Literal{value}});
        statements.push_back({Output{{0, 0, std::move(call)}}, {}});
    }
    Statements own = parse_statements(text, faults);
    if (!faults.empty()) return "syntax: " + faults.front().message;
    apply_whitespace_control(own);
    std::ranges::move(own, std::back_inserter(statements));
    auto result = render_statements(statements, {}, Unknown::is_empty, real_machine());
    if (auto* fault = std::get_if<Fault>(&result)) return "fault: " + fault->message;
    return std::get<std::string>(result);
}

std::string json_of(const Value& value) {
    return *json_text(value, false, kLongestValue);
}

std::vector<std::string> theirs(const std::vector<std::string>& templates, const Value& data) {
    std::string input;
    for (const std::string& text : templates) {
        input += json_of(*Value::object({{"template", Value(text)}, {"data", data}})) + "\n";
    }
    const auto finished = remuda::test::run_program(
        {"node", DIFFERENTIAL_DIR "/handlebars.js", DIFFERENTIAL_DEPS}, input);
    INFO(finished.errors);
    REQUIRE(finished.exit_status == 0);
    std::vector<std::string> answers;
    std::size_t begin = 0;
    for (std::size_t end = finished.output.find('\n'); end != std::string::npos;
         end = finished.output.find('\n', begin)) {
        const auto answer =
            parse_json(std::string_view(finished.output).substr(begin, end - begin));
        REQUIRE(answer.has_value());
        const Value* text = answer->find("text");
        answers.push_back(text != nullptr ? *text->text() : "error: " + json_of(*answer));
        begin = end + 1;
    }
    return answers;
}

}  // namespace

TEST_CASE("templates of all kinds are rendered as by Handlebars") {
    if (!has_node()) {
        std::cout << "not run: node or npm is not installed\n";
        std::cout.flush();
        ::_exit(77);
    }
    const std::string package = DIFFERENTIAL_DEPS "/installed";
    INFO("run tests/differential/install; looked for " << package);
    REQUIRE(std::filesystem::exists(package));

    const auto start = static_cast<std::uint32_t>(remuda::test::seed());
    std::cout << "REMUDA_SEED=" << start << "\n";
    TemplateGenerator generator(start);
    std::vector<std::string> templates;
    for (std::size_t i = 0; i < kTemplates; ++i)
        templates.push_back(generator.make());
    const Members& data = TemplateGenerator::data();
    const std::vector<std::string> answers = theirs(templates, *Value::object(data));
    REQUIRE(answers.size() == templates.size());
    std::size_t differing = 0;
    for (std::size_t i = 0; i < templates.size(); ++i) {
        const std::string own = rendered(templates[i], data);
        if (own == answers[i]) continue;
        // A few are enough to see what is wrong.
        if (++differing > 5) continue;
        INFO("template: " << json_of(Value(templates[i])));
        CHECK(json_of(Value(own)) == json_of(Value(answers[i])));
    }
    CHECK(differing == 0);
}
