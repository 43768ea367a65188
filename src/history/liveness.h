// SPDX-License-Identifier: MIT
//
// Whether a run is alive, and on which machine since when: what a killed process cannot falsify.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace remuda::history {

/// A flock on `<directory>/<run>.lock`, held for as long as the run is alive. Given up when the
/// object, or the process, ends.
class RunLock {
  public:
    /// Nothing if somebody holds it. Makes the file if needed.
    [[nodiscard]] static Result<std::optional<RunLock>> try_take(const std::string& directory,
                                                                 std::uint64_t run);
    /// Whether somebody holds it. Makes nothing.
    [[nodiscard]] static Result<bool> is_held(const std::string& directory, std::uint64_t run);
    /// Removes the file: the run is known to have ended, and nobody will ask again.
    void remove();

  private:
    RunLock(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    Fd fd_;
    std::string path_;
};

/// Another one after each start of the machine; empty where the kernel does not tell.
[[nodiscard]] std::string boot_id();
[[nodiscard]] std::string machine_name();

}  // namespace remuda::history
