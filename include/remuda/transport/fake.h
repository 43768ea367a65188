// SPDX-License-Identifier: MIT
//
// A fake Transport for tests: a host whose opening, breaking and commands follow a script on the
// loop's clock, and which records what was asked of it. Nothing is executed.
#pragma once

#include "remuda/transport/transport.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::transport {

/// What a fake command does: one happening after the other, each so long after the one before.
/// After the last step nothing happens any more; a command without an end runs until a signal ends
/// it.
struct FakeCommand {
    struct Step {
        Duration after{0};
        Happening happening;
    };
    std::vector<Step> steps;
    /// Signals that do not end it.
    std::vector<std::string> ignored_signals;

    /// Adds a step; returns itself.
    FakeCommand& prints(std::string bytes, model::Stream stream = model::Stream::out,
                        Duration after = {});
    FakeCommand& ends(model::Outcome outcome, Duration after = {});
    FakeCommand& refuses(std::string reason, Duration after = {});
};

/// The script of one host, and the record of what happened to it. Outlives its transport.
struct FakeHost {
    enum class Opening { succeeds, fails, never_returns };

    // The script.
    Opening opening = Opening::succeeds;
    Duration opening_takes{0};
    /// Why opening fails.
    std::string opening_fault = "connection refused";
    /// It breaks so long after it was opened: commands are lost, and new ones refused.
    std::optional<Duration> breaks_after;
    /// `failed` tells of it so much later.
    Duration news_takes{0};
    std::string break_reason = "connection reset";
    Duration closing_takes{0};
    /// It keeps receipts: commands with a key go on when it breaks, and are attached to.
    std::optional<Keeper> keeper;
    /// What a command does. Without it every command ends at once with exit code 0.
    std::function<FakeCommand(const std::string& script)> on_command;

    // The record.
    /// Scripts of the commands in the order of their start.
    std::vector<std::string> started;
    /// Commands started and not ended.
    std::size_t running = 0;
    std::size_t most_running = 0;
    /// A command with a key: when it began, and what it does.
    struct Kept {
        Time began;
        FakeCommand command;
    };
    std::map<std::string, Kept> kept;
    /// What was attached to, with the offsets: "key 3 0".
    std::vector<std::string> attached;
    /// The graces of those that were attached to.
    std::vector<Duration> graces;
    std::vector<std::string> released;
    /// Signals sent to commands that ran, in order.
    std::vector<std::string> signals;
    bool is_closed = false;
};

/// `loop` and `host` outlive it.
[[nodiscard]] std::unique_ptr<Transport> make_fake(loop::Loop& loop, FakeHost& host);

}  // namespace remuda::transport
