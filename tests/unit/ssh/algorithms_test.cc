// SPDX-License-Identifier: MIT
#include "ssh/algorithms.h"

#include <doctest/doctest.h>

using remuda::ssh::choose_algorithms;

TEST_CASE("a list of algorithms keeps what the library has, in the order of the list") {
    CHECK(choose_algorithms("x,c,a", "a,b,c", false).list == "c,a");
    CHECK(choose_algorithms("x,c,a", "a,b,c", true).list == "a,c");
    CHECK(choose_algorithms("x,y", "a,b,c", false).list.empty());
    CHECK(choose_algorithms("", "a,b,c", false).list.empty());
    CHECK(choose_algorithms("aes*", "aes1,b,aes2", false).list == "aes1,aes2");
}

TEST_CASE("a minus takes away, by patterns too") {
    CHECK(choose_algorithms("-b,x", "a,b,c", false).list == "a,c");
    CHECK(choose_algorithms("-a*", "a1,a2,c", false).list == "c");
    CHECK(choose_algorithms("-*", "a,b", false).list.empty());
}

TEST_CASE("a caret puts first") {
    CHECK(choose_algorithms("^c,x", "a,b,c", false).list == "c,a,b");
    CHECK(choose_algorithms("^x", "a,b,c", false).list == "a,b,c");
}

TEST_CASE("a plus that adds what the library does not have is told of") {
    CHECK(choose_algorithms("+c", "a,b,c", false).list == "a,b,c");
    CHECK(choose_algorithms("+c", "a,b,c", false).missing.empty());
    CHECK(choose_algorithms("+c,ssh-rsa,x", "a,b,c", false).missing == "ssh-rsa");
    // As ssh -G lists it, the whole is there.
    CHECK(choose_algorithms("a,ssh-rsa,b", "a,b,c", true).missing == "ssh-rsa");
    CHECK(choose_algorithms("a,x,b", "a,b,c", true).missing.empty());
}
