// SPDX-License-Identifier: MIT
//
// The self-test: does remuda work on this machine, and does it tell the truth when things die?
// It starts throwaway servers on loopback and this very program, and leaves nothing behind. It
// judges remuda from outside: by what jobs have recorded themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace remuda::selftest {

struct Settings {
    /// Path of remuda.
    std::string program = "/proc/self/exe";
    /// Faults strike. Otherwise a quick look whether all is there.
    bool is_chaos = false;
    std::size_t runs = 20;
    /// Absent: drawn.
    std::optional<std::uint64_t> seed;
    bool as_json = false;
    /// What failed runs have left is copied to it; empty: it is not kept.
    std::string keep;
    /// Gets what is told: for stdout, for stderr, and a line that replaces the one before.
    std::function<void(const std::string&)> tell;
    std::function<void(const std::string&)> complain;
    std::function<void(const std::string&)> show_progress;
    /// The user wants it to end.
    std::function<bool()> is_stopped;
};

/// 0: passed. 1: failed. 2: it cannot be done here. 130: stopped. While it goes on there is one
/// thread, and what this process mounts is seen by its children alone.
[[nodiscard]] int run_selftest(const Settings& settings);

}  // namespace remuda::selftest
