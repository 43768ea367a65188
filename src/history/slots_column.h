// SPDX-License-Identifier: MIT
//
// How the indices of slots stand in attempts.slots: "0,1".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace remuda::history {

[[nodiscard]] std::string text_of_slots(const std::vector<int>& slots);
/// What is no number is passed over.
[[nodiscard]] std::vector<int> slots_of_text(std::string_view text);

}  // namespace remuda::history
