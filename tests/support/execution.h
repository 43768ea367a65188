// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/model/outcome.h"
#include "remuda/transport/transport.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace remuda::test {

/// What a command wrote and how it ended.
struct CommandResult {
    std::string out;
    std::string err;
    model::Outcome outcome;
    /// Set if the command was not started.
    std::string refusal;
    /// Set if the connection went and the command goes on.
    std::string detachment;
    std::optional<model::Usage> usage = std::nullopt;
};

/// Awaits everything that happens with `execution`.
inline loop::Task<> collect(transport::Execution& execution, CommandResult& result) {
    for (;;) {
        transport::Happening happening = co_await execution.next();
        if (auto* output = std::get_if<transport::Output>(&happening)) {
            (output->stream == model::Stream::out ? result.out : result.err) += output->bytes;
            continue;
        }
        if (auto* ended = std::get_if<transport::Ended>(&happening)) {
            result.outcome = std::move(ended->outcome);
            result.usage = ended->usage;
        } else if (auto* detached = std::get_if<transport::Detached>(&happening)) {
            result.detachment = std::move(detached->reason);
        } else {
            result.refusal = std::get<transport::Refused>(happening).reason;
        }
        co_return;
    }
}

/// Runs one command with all that belongs to it to its end.
inline loop::Task<> run_whole_command(transport::Transport& transport, transport::Command command,
                                      CommandResult& result) {
    const auto execution = transport.start(std::move(command));
    co_await collect(*execution, result);
}

/// Runs one command to its end.
inline loop::Task<> run_command(transport::Transport& transport, std::string script,
                                CommandResult& result) {
    transport::Command command{std::move(script)};
    const auto execution = transport.start(std::move(command));
    co_await collect(*execution, result);
}

/// A text with everything that quoting gets wrong.
inline std::string awkward_text() {
    return "it's \"q\" $HOME `x` \\ \\\\ \\n !! * ~ # & ; | < > ( ) { } [ ] ? é 漢字 \t "
           "tab\nline\n\n'";
}

}  // namespace remuda::test
