// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace remuda::shim::program {

struct FrontOptions {
    std::string path;
    std::uint64_t linger_us = 10'000'000;
};

/// `serve`: hands the channel on stdin and stdout to the supervisor, which it starts if there is
/// none, and waits for its end. Returns the exit code.
int run_front(const FrontOptions& options);

}  // namespace remuda::shim::program
