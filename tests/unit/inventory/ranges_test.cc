// SPDX-License-Identifier: MIT
#include "remuda/inventory/inventory.h"

#include <doctest/doctest.h>

using remuda::inventory::expand_ranges;
using remuda::inventory::kMostNodes;
using Names = std::vector<std::string>;

namespace {

Names names(std::string_view pattern) {
    const auto expanded = expand_ranges(pattern);
    return expanded ? *expanded : Names{"error: " + expanded.error().text()};
}

}  // namespace

TEST_CASE("a pattern without brackets gives itself") {
    CHECK(names("node-1") == Names{"node-1"});
    CHECK(names("") == Names{""});
}

TEST_CASE("a range gives its numbers and lists them in the order written") {
    CHECK(names("node[1-3]") == Names{"node1", "node2", "node3"});
    CHECK(names("n[9,2-3]x") == Names{"n9x", "n2x", "n3x"});
    CHECK(names("n[7]") == Names{"n7"});
}

TEST_CASE("leading zeros give the width, for each part of a range on its own") {
    CHECK(names("node[03-05,9]") == Names{"node03", "node04", "node05", "node9"});
    CHECK(names("n[008-10]") == Names{"n008", "n009", "n010"});
    CHECK(names("n[8-10]") == Names{"n8", "n9", "n10"});
    CHECK(names("n[0-1]") == Names{"n0", "n1"});
    CHECK(names("n[099-101]") == Names{"n099", "n100", "n101"});
}

TEST_CASE("several ranges multiply, the last varying fastest") {
    CHECK(names("r[1-2]n[1-2]") == Names{"r1n1", "r1n2", "r2n1", "r2n2"});
}

TEST_CASE("an IPv6 address in brackets is no range") {
    CHECK(names("ml@[fe80::1]:22") == Names{"ml@[fe80::1]:22"});
    CHECK(names("[2001:db8::1-2]") == Names{"[2001:db8::1-2]"});
}

TEST_CASE("wrong ranges are errors") {
    CHECK(names("n[1-3") == Names{"error: a '[' without ']'"});
    CHECK(names("n[1[2]]") == Names{"error: a '[' without ']'"});
    CHECK(names("n1-3]") == Names{"error: a ']' without '['"});
    CHECK(names("n[]") == Names{"error: the range is empty"});
    CHECK(names("n[1,]") == Names{"error: a number is missing in the range"});
    CHECK(names("n[-3]") == Names{"error: a number is missing in the range"});
    CHECK(names("n[1-]") == Names{"error: a number is missing in the range"});
    CHECK(names("n[a-c]") == Names{"error: 'a' in the range is no number"});
    CHECK(names("n[1-2-3]") == Names{"error: '2-3' in the range is no number"});
    CHECK(names("n[5-3]") == Names{"error: the range 5-3 ends before it begins"});
    CHECK(names("n[1-99999999999999999999]") ==
          Names{"error: '99999999999999999999' in the range is no number"});
}

TEST_CASE("more names than a fleet may have are an error, exactly as many are not") {
    const Names too_many = {"error: the ranges give more than 100000 names"};
    CHECK(names("n[1-100001]") == too_many);
    CHECK(names("n[1-100000,1]") == too_many);
    CHECK(names("n[0-999999999999999]") == too_many);
    CHECK(names("n[1-1000]m[1-101]") == too_many);
    CHECK(expand_ranges("n[1-100000]")->size() == kMostNodes);
}
