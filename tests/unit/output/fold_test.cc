// SPDX-License-Identifier: MIT
#include "output/fold.h"

#include <doctest/doctest.h>

using remuda::output::folded_names;

TEST_CASE("names that differ in a number fold into ranges") {
    CHECK(folded_names({"n1", "n2", "n3", "n5"}) == "n[1-3,5]");
    CHECK(folded_names({"n08", "n09", "n10", "n12"}) == "n[08-10,12]");
    CHECK(folded_names({"n8", "n9", "n10"}) == "n[8-10]");
    CHECK(folded_names({"n1.lab2", "n2.lab2"}) == "n[1-2].lab2");
    CHECK(folded_names({"g (c=0)", "g (c=1)"}) == "g (c=[0-1])");
    CHECK(folded_names({"127.0.0.1:2201", "127.0.0.1:2202"}) == "127.0.0.1:[2201-2202]");
}

TEST_CASE("other names stay as they are") {
    CHECK(folded_names({"alpha", "beta"}) == "alpha,beta");
    CHECK(folded_names({"n7"}) == "n7");
    CHECK(folded_names({"n1", "head", "n2"}) == "n[1-2],head");
    CHECK(folded_names({}).empty());
    CHECK(folded_names({"n99999999999999999999999", "n1"}) == "n99999999999999999999999,n1");
}
