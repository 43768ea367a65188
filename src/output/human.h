// SPDX-License-Identifier: MIT
//
// Numbers and foreign text in the words of people.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/fleet.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remuda::output {

/// "0.4s", "41.2s", "4m12s", "3h05m", "2d03h".
[[nodiscard]] std::string human_duration(Duration duration);
/// For guesses: "40s", "24m", "3h05m", "2d03h".
[[nodiscard]] std::string rough_duration(Duration duration);
/// "1 job", "2 jobs".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);
/// A command or reason as one clean line of at most `columns`.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t columns);
/// Foreign text, perhaps several lines, each of them clean and ended; the first behind `head`.
[[nodiscard]] std::string lines_behind(std::string_view head, std::string_view text);
/// "hosts.yaml:9".
[[nodiscard]] std::string place_text(const model::Place& place);

}  // namespace remuda::output
