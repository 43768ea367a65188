// SPDX-License-Identifier: MIT
//
// The 16-colour palette, which terminals let people choose for themselves.
#pragma once

#include "remuda/model/ids.h"

#include <array>
#include <string>
#include <string_view>

namespace remuda::output {

inline constexpr std::string_view kReset = "\x1B[0m";
inline constexpr std::string_view kBold = "\x1B[1m";
inline constexpr std::string_view kDim = "\x1B[2m";
inline constexpr std::string_view kRed = "\x1B[31m";
inline constexpr std::string_view kGreen = "\x1B[32m";
inline constexpr std::string_view kYellow = "\x1B[33m";

/// A colour by which a node is known again. Never red: that is for failures.
[[nodiscard]] constexpr std::string_view node_colour(model::NodeId node) {
    constexpr std::array<std::string_view, 8> colours = {
        "\x1B[36m", "\x1B[35m", "\x1B[34m", "\x1B[32m",
        "\x1B[96m", "\x1B[95m", "\x1B[94m", "\x1B[92m",
    };
    return colours[node.value % colours.size()];
}

/// `text` in `colour`, or as it is where colour is off.
[[nodiscard]] inline std::string painted(std::string_view text, std::string_view colour,
                                         bool is_on) {
    std::string result;
    if (is_on) result += colour;
    result += text;
    if (is_on) result += kReset;
    return result;
}

}  // namespace remuda::output
