// SPDX-License-Identifier: MIT
//
// Renders the examples of docs/templates.md.
#include "templating/helpers.h"
#include "unit/templating/templates.h"

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

struct Fenced {
    std::string language;
    std::vector<std::string> lines;
};

std::vector<Fenced> blocks_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<Fenced> blocks;
    bool is_inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            is_inside = !is_inside;
            if (is_inside) blocks.push_back({line.substr(3), {}});
        } else if (is_inside) {
            blocks.back().lines.push_back(line);
        }
    }
    return blocks;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

}  // namespace

TEST_CASE("the examples in docs/templates.md are true, and show every helper") {
    const std::vector<Fenced> blocks = blocks_of(PROJECT_DIR "/docs/templates.md");
    remuda::templating::Data data;
    std::string all;
    std::size_t count = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (blocks[i].language == "ini") {
            for (const std::string& line : blocks[i].lines) {
                const std::size_t equals = line.find(" =");
                REQUIRE(equals != std::string::npos);
                data.emplace_back(line.substr(0, equals),
                                  line.size() > equals + 3 ? line.substr(equals + 3) : "");
            }
        }
        if (blocks[i].language != "handlebars") continue;
        all += joined(blocks[i].lines);
        if (i + 1 < blocks.size() && blocks[i + 1].language == "text") {
            CHECK(remuda::test::rendered(joined(blocks[i].lines), data) ==
                  joined(blocks[i + 1].lines));
            continue;
        }
        for (const std::string& line : blocks[i].lines) {
            const std::size_t arrow = line.rfind(" => ");
            CAPTURE(line);
            REQUIRE(arrow != std::string::npos);
            const std::string text = line.substr(0, line.find_last_not_of(' ', arrow) + 1);
            CHECK(remuda::test::rendered(text, data) == line.substr(arrow + 4));
            ++count;
        }
    }
    CHECK(count > 60);
    for (const auto& helper : remuda::templating::helpers()) {
        CAPTURE(helper.name);
        CHECK(all.find(helper.name) != std::string::npos);
    }
}
