// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "remuda/queue/template_faults.h"
#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;

TEST_CASE("queue.yaml.example is a queue without faults or warnings, and drains") {
    const auto text = remuda::load_file(REMUDA_SOURCE_DIR "/queue.yaml.example");
    REQUIRE(text);
    const remuda::yaml::Source source("queue.yaml.example", *text);
    remuda::yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    check_templates(parsed.entries, {}, diagnostics);
    CHECK(diagnostics.render(source) == "");
    CHECK(parsed.layout.has_value());

    QueueText queue(source, std::move(parsed));
    const auto expected = remuda::test::jobs_in(*text);
    CHECK(expected.size() > 10);
    for (const std::string& job : expected) {
        CHECK(remuda::test::take(queue) == std::vector<std::string>{job});
    }
    CHECK(queue.is_empty());
}
