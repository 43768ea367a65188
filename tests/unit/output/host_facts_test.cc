// SPDX-License-Identifier: MIT
#include "remuda/output/host_facts.h"

#include <string>

#include <doctest/doctest.h>

using remuda::output::facts_as_json;
using remuda::output::facts_table;
using remuda::output::no_facts;
using remuda::output::read_facts;

namespace {

constexpr const char* kFacts =
    R"({"host_name":"box","machine":"x86_64","cpus":8,"memory_total":34359738368,)"
    R"("memory_available":8589934592,"disk_total":500000000000,"disk_free":1000000000,)"
    R"("uptime":200000,"load":[0.52,0.10,1],"gpus":[{"index":0,"name":"A100",)"
    R"("memory_total":42949672960},{"index":1,"name":"A100","memory_total":42949672960}]})";

}  // namespace

TEST_CASE("facts are a line for each host that told them") {
    CHECK(facts_table({read_facts("gpu-1", kFacts), no_facts("gpu-2", "down"),
                       read_facts("old", R"({"machine":"aarch64","cpus":2,"gpus":[]})")},
                      0) ==
          "HOST   MACHINE  CPUS  LOAD  MEMORY FREE      DISK FREE       UP   GPUS\n"
          "gpu-1  x86_64   8     0.52  8.0 of 32.0 GiB  0.9 of 466 GiB  2 d  2 x A100 (40.0 GiB)\n"
          "old    aarch64  2\n");
    CHECK(facts_table({no_facts("gpu-2", "down")}, 0).empty());
}

TEST_CASE("facts go on to programs as they are, on a line each") {
    const std::string facts = kFacts;
    CHECK(facts_as_json({read_facts("gpu-1", facts), no_facts("gpu-2", "it is \"down\"")}) ==
          "{\"v\":1,\"type\":\"host_facts\",\"host\":\"gpu-1\",\"facts\":" + facts +
              "}\n{\"v\":1,\"type\":\"host_facts\",\"host\":\"gpu-2\",\"reason\":\"it is "
              "\\\"down\\\"\"}\n");
}

TEST_CASE("what a host says that is no JSON object is not passed on") {
    for (const char* text : {"", "{", "[1]", "word", "{\"a\":1}\n{\"b\":2}"}) {
        CAPTURE(text);
        CHECK(facts_as_json({read_facts("odd", text)}).find("\"reason\"") != std::string::npos);
    }
    // What YAML takes and JSON does not becomes a string.
    CHECK(facts_as_json({read_facts("odd", "{a: +1, b: 01, c: .5, d: 1., e: 0x1, f: true}")}) ==
          "{\"v\":1,\"type\":\"host_facts\",\"host\":\"odd\",\"facts\":{\"a\":\"+1\",\"b\":\"01\","
          "\"c\":\".5\",\"d\":\"1.\",\"e\":\"0x1\",\"f\":\"true\"}}\n");
}
