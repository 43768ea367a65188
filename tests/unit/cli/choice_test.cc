// SPDX-License-Identifier: MIT
#include "cli/choice.h"

#include <doctest/doctest.h>

using remuda::cli::letter_of;

TEST_CASE("an answer is known by its first letter") {
    CHECK(letter_of("e\n", "ekr") == 'e');
    CHECK(letter_of("  Keep\r\n", "ekr") == 'k');
    CHECK_FALSE(letter_of("x\n", "ekr"));
    CHECK_FALSE(letter_of("\n", "ekr"));
    CHECK_FALSE(letter_of("", "ekr"));
}
