// SPDX-License-Identifier: MIT
//
// How an attempt ended, as the shim tells it: the fields of `ended`, and of the receipts in
// `listed` (docs/protocol/shim.md).
#pragma once

#include "remuda/model/event.h"
#include "remuda/model/outcome.h"
#include "remuda/shim/shim_transport.h"
#include "remuda/shim/wire.h"
#include "remuda/transport/transport.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remuda::shim {

struct ToldEnd {
    EndKind kind = EndKind::lost;
    bool has_kind = false;
    int code = 0;
    std::string signal;
    std::string reason;
    model::Usage usage;
    transport::Offsets length;
    transport::Offsets lacking;

    /// Other fields are passed over.
    void take(const Field& field);
    [[nodiscard]] model::Outcome outcome() const;
    [[nodiscard]] model::CutOutput cut() const { return {lacking.out, lacking.err}; }
};

/// From an `entry`.
[[nodiscard]] Kept receipt_of(std::string_view entry);

}  // namespace remuda::shim
