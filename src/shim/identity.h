// SPDX-License-Identifier: MIT
//
// Who keeps receipts: a Keeper whose boot names its machine too, as `boot@machine`, so that another
// machine that answers under the same name is not taken for one that was restarted.
#pragma once

#include "remuda/transport/transport.h"
#include "shim/conversation.h"

#include <string>

namespace remuda::shim {

[[nodiscard]] inline transport::Keeper keeper_of(const Greeting& greeting) {
    const bool is_named = !greeting.machine.empty();
    return {is_named ? greeting.boot + "@" + greeting.machine : greeting.boot, greeting.epoch};
}

/// How the keeper of then and the one of now are akin.
struct Kinship {
    bool is_same_boot = false;
    /// And no receipt was lost.
    bool is_same = false;
    /// For certain; one of the two may have told no machine.
    bool is_other_machine = false;
};

[[nodiscard]] inline Kinship kinship_of(const transport::Keeper& then,
                                        const transport::Keeper& now) {
    const auto boot_of = [](const std::string& text) { return text.substr(0, text.find('@')); };
    const auto machine_of = [](const std::string& text) {
        const std::size_t at = text.find('@');
        return at == std::string::npos ? std::string() : text.substr(at + 1);
    };
    const std::string before = machine_of(then.boot);
    const std::string after = machine_of(now.boot);
    Kinship kinship;
    kinship.is_same_boot = boot_of(then.boot) == boot_of(now.boot);
    kinship.is_same = kinship.is_same_boot && then.epoch == now.epoch;
    kinship.is_other_machine =
        !kinship.is_same_boot && !before.empty() && !after.empty() && before != after;
    return kinship;
}

}  // namespace remuda::shim
