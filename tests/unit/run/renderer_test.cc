// SPDX-License-Identifier: MIT
#include "run/renderer.h"

#include <string>

#include <doctest/doctest.h>

namespace model = remuda::model;
using remuda::run::Renderer;
using remuda::run::RenderFault;

namespace {

std::string rendered(Renderer& renderer, const std::string& command) {
    model::Job job;
    job.command = command;
    job.parameters = {{"x", "job's"}, {"hostname", "hidden"}, {"slots", "hidden"}, {"y", "yes"}};
    model::Node node;
    node.hostname = "ml@gpu-1:2222";
    node.parameters = {{"x", "node's"}, {"slots", "hidden too"}};
    auto result = renderer.render(job, node, {4, 5});
    if (auto* fault = std::get_if<RenderFault>(&result)) return "fault: " + fault->reason;
    return std::get<std::string>(result);
}

}  // namespace

TEST_CASE("job parameters give way to node parameters, and both to hostname and slots") {
    Renderer renderer;
    CHECK(rendered(renderer, "{{x}} {{y}} {{hostname}} {{slots}}") ==
          "node's yes ml@gpu-1:2222 4,5");
}

TEST_CASE("a template that cannot be parsed or filled in is a fault with its reason") {
    Renderer renderer;
    CHECK(rendered(renderer, "{{ z }}").starts_with("fault: "));
    CHECK(rendered(renderer, "{{ x").starts_with("fault: "));
}

TEST_CASE("only the last templates are kept") {
    Renderer renderer;
    for (int index = 0; index < 1000; ++index) {
        CHECK(rendered(renderer, std::to_string(index)) == std::to_string(index));
    }
    CHECK(renderer.kept() == 64);
}

TEST_CASE("lenient, an unknown variable is empty") {
    Renderer lenient(remuda::templating::Unknown::is_empty);
    CHECK(rendered(lenient, "echo [{{ nothing }}]") == "echo []");
    Renderer strict;
    CHECK(rendered(strict, "echo [{{ nothing }}]") != "echo []");
}

TEST_CASE("a command may name its allocation policy") {
    Renderer renderer;
    CHECK(rendered(renderer, "{{ allocation_policy }}") == "first_fit");
}
