// SPDX-License-Identifier: MIT
//
// What tests draw from.
#pragma once

#include <cstdlib>

namespace remuda::test {

/// REMUDA_SEED; without it always the same, so that a test fails because of what was changed.
/// scripts/explore gives others.
inline unsigned long seed() {
    const char* const given = std::getenv("REMUDA_SEED");  // NOLINT(concurrency-mt-unsafe)
    return given == nullptr ? 1 : std::strtoul(given, nullptr, 10);
}

}  // namespace remuda::test
