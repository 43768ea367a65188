// SPDX-License-Identifier: MIT
#include "output/outcome_json.h"

#include <cstdint>
#include <variant>

namespace remuda::output {

void add_outcome(JsonWriter& json, const model::Outcome& outcome) {
    if (const auto* exited = std::get_if<model::Exited>(&outcome)) {
        json.field("outcome", "exited").key("code").value(std::int64_t{exited->code});
    } else if (const auto* signalled = std::get_if<model::Signalled>(&outcome)) {
        json.field("outcome", "signalled").field("signal", signalled->signal);
    } else if (const auto* never = std::get_if<model::NeverStarted>(&outcome)) {
        json.field("outcome", "never_started").field("reason", never->reason);
    } else if (const auto* lost = std::get_if<model::Lost>(&outcome)) {
        json.field("outcome", "lost").field("reason", lost->reason);
    } else if (std::holds_alternative<model::TimedOut>(outcome)) {
        json.field("outcome", "timed_out");
    } else {
        json.field("outcome", "cancelled");
    }
}

}  // namespace remuda::output
