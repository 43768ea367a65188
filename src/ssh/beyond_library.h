// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/ssh/host_settings.h"

#include <map>
#include <string>

namespace remuda::ssh {

/// Servers that showed while we logged in that they want what the library does not have, and that
/// the system's ssh may reach all the same. Kept for the run, so that each is found out once.
class BeyondLibrary {
  public:
    void note(const HostSettings& settings, const std::string& why);
    /// Why the server needs ssh; null: it is not known to.
    [[nodiscard]] const std::string* why(const HostSettings& settings) const;

  private:
    std::map<std::string, std::string> reasons_;
};

/// There is an `ssh` in PATH.
[[nodiscard]] bool is_ssh_installed();

}  // namespace remuda::ssh
