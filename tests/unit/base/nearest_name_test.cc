// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

#include <doctest/doctest.h>

using remuda::nearest_name;

TEST_CASE("one wrong, missing or swapped letter is near") {
    CHECK(nearest_name("hostnames", {"hostname", "slots"}) == "hostname");
    CHECK(nearest_name("comand", {"command", "slots"}) == "command");
    CHECK(nearest_name("sltos", {"command", "slots"}) == "slots");
}

TEST_CASE("what is far from every name has no nearest one") {
    CHECK(nearest_name("gpu", {"command", "slots"}).empty());
    CHECK(nearest_name("", {"command"}).empty());
    CHECK(nearest_name(std::string(100'000, 'a'), {std::string(100'000, 'a')}).empty());
}
