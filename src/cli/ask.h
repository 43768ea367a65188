// SPDX-License-Identifier: MIT
//
// The question whether hosts that are not known yet are to be trusted: one for all of them.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::cli {

struct NewHost {
    /// As the user knows it, with the port where it is not 22.
    std::string name;
    /// As ssh shows it: "ED25519".
    std::string key_type;
    /// "SHA256:...".
    std::string fingerprint;
    model::Place place;
};

/// The question as shown on the terminal; ends with a space behind the choices.
[[nodiscard]] std::string question_text(const std::vector<NewHost>& hosts);

/// Which of `count` hosts the answer trusts: "y" all; "n" and nothing none; "1,3-5" these. Nothing
/// where the answer is not understood.
[[nodiscard]] std::optional<std::vector<bool>> understand_answer(std::string_view answer,
                                                                 std::size_t count);

/// Asks on `terminal`, which does not block, and reads whole lines, without holding up the loop.
/// After three answers that are not understood, on a stop, and at an end of input: none is trusted.
[[nodiscard]] loop::Task<std::vector<bool>> ask_on_terminal(loop::Loop& loop, loop::Stop& stop,
                                                            int terminal,
                                                            std::vector<NewHost> hosts);

}  // namespace remuda::cli
