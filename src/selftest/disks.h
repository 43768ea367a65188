// SPDX-License-Identifier: MIT
//
// Small disks that can be filled: file systems in memory that only this process and its children
// see, so that they are gone with it, however it ends.
#pragma once

#include "remuda/base/result.h"

#include <string>

namespace remuda::selftest {

/// From now on what is mounted is seen by us and our children alone. As root, or where ordinary
/// users may have namespaces of their own. Once, while there is one thread.
[[nodiscard]] Result<void> enter_own_mounts();

class Disk {
  public:
    /// Mounts one on the folder, which exists.
    [[nodiscard]] static Result<Disk> mount(const std::string& folder);
    ~Disk();
    Disk(Disk&& other) noexcept;
    Disk& operator=(Disk&& other) = delete;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    /// Leaves no byte.
    void fill();
    /// Gives back what `fill` took.
    void free();

  private:
    explicit Disk(std::string folder) : folder_(std::move(folder)) {}

    /// Empty: moved from.
    std::string folder_;
};

}  // namespace remuda::selftest
