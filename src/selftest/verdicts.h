// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "selftest/judgement.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace remuda::selftest {

/// What remuda's store tells of each job, by its number. `project` holds the store, `script` is
/// that of the queue's commands, `addresses` are those of the hosts in their order.
[[nodiscard]] Result<std::map<int, Told>> read_verdicts(const std::string& project,
                                                        const std::string& script,
                                                        const std::vector<std::string>& addresses);

}  // namespace remuda::selftest
