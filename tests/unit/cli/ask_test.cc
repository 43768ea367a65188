// SPDX-License-Identifier: MIT
#include "cli/ask.h"

#include <doctest/doctest.h>

using namespace remuda::cli;
using Chosen = std::vector<bool>;

TEST_CASE("all new hosts are in one question") {
    CHECK(question_text({{"node-1", "ED25519", "SHA256:abc", {"hosts.yaml", 2, 3}},
                         {"big.example.org", "ECDSA", "SHA256:d", {"hosts.yaml", 9, 3}},
                         {"r", "RSA", "SHA256:e", {"hosts.yaml", 10, 3}}}) ==
          "The authenticity of 3 hosts is not known yet:\n"
          "  1  node-1           ED25519  SHA256:abc  (hosts.yaml:2)\n"
          "  2  big.example.org  ECDSA    SHA256:d  (hosts.yaml:9)\n"
          "  3  r                RSA      SHA256:e  (hosts.yaml:10)\n"
          "Trust them all and remember their keys? [y/N/1,3] ");
}

TEST_CASE("one host is asked for without numbers") {
    CHECK(question_text({{"node-1", "ED25519", "SHA256:abc", {"hosts.yaml", 2, 3}}}) ==
          "The authenticity of this host is not known yet:\n"
          "  node-1  ED25519  SHA256:abc  (hosts.yaml:2)\n"
          "Trust it and remember its key? [y/N] ");
}

TEST_CASE("what a server sends is shown harmlessly") {
    const std::string text =
        question_text({{"n", "x\x1B[2Jy\nz", "SHA256:a\x07", {"hosts.yaml", 1, 1}}});
    CHECK(text.find("  n  xyz  SHA256:a  (hosts.yaml:1)\n") != std::string::npos);
}

TEST_CASE("yes, no and numbers are understood") {
    CHECK(understand_answer("y\n", 2) == Chosen{true, true});
    CHECK(understand_answer(" YES \r\n", 1) == Chosen{true});
    CHECK(understand_answer("\n", 2) == Chosen{false, false});
    CHECK(understand_answer("No", 1) == Chosen{false});
    CHECK(understand_answer("1,3\n", 3) == Chosen{true, false, true});
    CHECK(understand_answer("2-3", 4) == Chosen{false, true, true, false});
    CHECK(understand_answer("1 3", 3) == Chosen{true, false, true});
}

TEST_CASE("anything else trusts nobody and is asked again") {
    for (const char* answer : {"maybe", "0", "4", "1,x", "3-2", "1-", "-", "yy", "1;2",
                               "99999999999999999999", "1-99999999999999999999"}) {
        CHECK_FALSE(understand_answer(answer, 3).has_value());
    }
}
