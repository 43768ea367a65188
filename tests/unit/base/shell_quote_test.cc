// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

#include <doctest/doctest.h>

using remuda::shell_quote;

TEST_CASE("plain words stay as they are") {
    CHECK(shell_quote("python3") == "python3");
    CHECK(shell_quote("--lr=1e-4,a:b@c/d_.%+") == "--lr=1e-4,a:b@c/d_.%+");
}

TEST_CASE("everything else is put in single quotes") {
    CHECK(shell_quote("") == "''");
    CHECK(shell_quote("a b") == "'a b'");
    CHECK(shell_quote("$HOME") == "'$HOME'");
    CHECK(shell_quote("a\nb\\") == "'a\nb\\'");
    CHECK(shell_quote("~") == "'~'");
}

TEST_CASE("a single quote closes, escapes and opens again") {
    CHECK(shell_quote("it's") == "'it'\\''s'");
    CHECK(shell_quote("'") == "''\\'''");
}
