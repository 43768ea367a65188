// SPDX-License-Identifier: MIT
#include "remuda/model/outcome.h"

namespace remuda::model {

bool is_success(const Outcome& outcome) {
    const auto* exited = std::get_if<Exited>(&outcome);
    return exited != nullptr && exited->code == 0;
}

namespace {

struct Describer {
    std::string operator()(const Exited& exited) const {
        return "exit " + std::to_string(exited.code);
    }
    std::string operator()(const Signalled& signalled) const {
        return "killed by SIG" + signalled.signal;
    }
    std::string operator()(const TimedOut&) const { return "timed out"; }
    std::string operator()(const Cancelled&) const { return "cancelled"; }
    std::string operator()(const NeverStarted& never) const {
        return "never started: " + never.reason;
    }
    std::string operator()(const Lost& lost) const { return "lost: " + lost.reason; }
};

}  // namespace

bool shows_begin(const Outcome& outcome) {
    return std::holds_alternative<Exited>(outcome) || std::holds_alternative<Signalled>(outcome) ||
           std::holds_alternative<TimedOut>(outcome);
}

std::string describe(const Outcome& outcome) {
    return std::visit(Describer{}, outcome);
}

}  // namespace remuda::model
