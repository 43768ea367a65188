// SPDX-License-Identifier: MIT
#include "remuda/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace remuda::base {

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "remuda: internal error: %s:%d: '%s' does not hold\n", file, line,
                 expression);
    std::abort();
}

}  // namespace remuda::base
