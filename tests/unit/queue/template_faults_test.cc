// SPDX-License-Identifier: MIT
#include "remuda/queue/template_faults.h"

#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;
using Lines = std::vector<std::string>;

namespace {

Lines template_faults(const std::string& text, const Lines& node_variables = {}) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    const auto entries = parse_queue(source, diagnostics);
    check_templates(entries, node_variables, diagnostics);
    Lines result;
    for (const auto& found : diagnostics.all()) {
        const auto at = source.position(found.span.begin);
        result.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + "+" +
                         std::to_string(found.span.end - found.span.begin) + " " + found.message);
    }
    return result;
}

}  // namespace

TEST_CASE("a command may use its entry's parameters, the nodes' ones, hostname and slots") {
    CHECK(template_faults("- command: 'a {{ x }} {{ gpu }} {{ hostname }} {{ slots }}'\n  x: 1\n",
                          {"gpu"})
              .empty());
}

TEST_CASE("a fault points at its bytes in the file") {
    CHECK(template_faults("- a {{ y }}\n- 'b {{ y }}'\n- c {{\n") ==
          Lines{"1:8+1 unknown variable 'y'", "2:9+1 unknown variable 'y'",
                "3:5+2 this tag is never closed"});
}

TEST_CASE("in a value that is written with escapes or on several lines it points at the value") {
    CHECK(template_faults("- \"a\\t{{ y }}\"\n- |\n  b\n  {{ y }}\n") ==
          Lines{"1:3+12 unknown variable 'y'", "2:3+15 unknown variable 'y'"});
}

TEST_CASE("a parameter of one entry is unknown in the next") {
    CHECK(template_faults("- command: a {{ x }}\n  x: 1\n- command: a {{ x }}\n  z: 1\n") ==
          Lines{"3:17+1 unknown variable 'x'"});
}
