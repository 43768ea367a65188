// SPDX-License-Identifier: MIT
//
// Transport: the way to one host. Execution: one command there.
//
// The seam between `run`, which drives, and `ssh`, `local` and the fake, which carry out. One
// Transport serves all nodes of its host. Everything happens on the loop's thread.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/event.h"
#include "remuda/model/outcome.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::transport {

/// A command to run. `script` is run by `sh -c`; any byte but NUL is allowed.
struct Command {
    std::string script;
    // NOLINTBEGIN(readability-redundant-member-init): so that they may be left out.
    /// Names with values, added to the environment of the login. They may be secrets: they stand in
    /// no argv.
    std::vector<std::pair<std::string, std::string>> environment = {};
    /// Where it runs; "~/" at its beginning is the home. Empty: the home (here: our own directory).
    std::string directory = {};
    /// What it reads on stdin.
    std::string input = {};
    /// More may follow by Execution::write, until Execution::end_input.
    bool input_follows = false;
    int nice = 0;
    /// Enforced on the host where something of ours runs there; whoever starts the command
    /// enforces it too.
    std::optional<Duration> time_limit = std::nullopt;
    /// From TERM to KILL.
    Duration grace = std::chrono::seconds(10);
    /// Names the attempt on the host for ever (docs/protocol/shim.md); empty: it dies with the
    /// connection. A transport that can keep nothing ignores it.
    std::string key = {};
    /// What people call it.
    std::string label = {};
    std::optional<std::uint64_t> output_limit = std::nullopt;
    /// `Began` is wanted.
    bool tells_began = false;
    // NOLINTEND(readability-redundant-member-init)
};

/// Bytes of each stream that are known already.
struct Offsets {
    std::uint64_t out = 0;
    std::uint64_t err = 0;
};

/// The host's word that the command runs there. At most once, before any Output; Output and most
/// ends say the same where it does not come. Only where it is wanted (Command::tells_began).
struct Began {};

/// Bytes that the command wrote.
struct Output {
    model::Stream stream = model::Stream::out;
    std::string bytes;
};

/// The command ended, or its fate is known to be unknown (Lost). Nothing follows.
struct Ended {
    model::Outcome outcome;
    std::optional<model::Usage> usage = std::nullopt;
    /// Bytes of its output that were not kept for want of room (Command::output_limit).
    model::CutOutput cut = {};
};

/// The command was not started, for certain; it may be run elsewhere. Nothing follows.
struct Refused {
    std::string reason;
};

/// The connection is gone, and the command goes on or has ended on the host: Transport::attach with
/// its key, on a new transport to the same host, tells more. Only for commands with a key. Nothing
/// follows.
struct Detached {
    std::string reason;
    /// No transport of this run will tell more; one of another run may.
    bool is_final = false;
};

using Happening = std::variant<Began, Output, Ended, Refused, Detached>;

/// The host's word that receipts of commands with a key are kept.
struct Keeper {
    /// As long as both are the same, a key that is not known there was never started.
    std::string boot;
    std::string epoch;

    bool operator==(const Keeper&) const = default;
};

/// One command on its way, running, or ended. Destroying it before Ended or Refused abandons it:
/// the command is told to end, and nobody waits for it.
class Execution {
  public:
    virtual ~Execution() = default;
    /// What happens next. Await one at a time. Not reading holds back the command by flow control:
    /// the memory that it can fill is bounded by the transport.
    virtual loop::Task<Happening> next() = 0;
    /// Sends a signal ("TERM", "KILL", "INT") to the command's process group, as far as the other
    /// side allows. A no-op before the start is known and after the end.
    virtual void signal(const std::string& name) = 0;
    /// More for stdin (Command::input_follows). What cannot be sent at once is kept: `unsent` tells
    /// how much.
    virtual void write(std::string bytes);
    virtual void end_input() {}
    [[nodiscard]] virtual std::size_t unsent() const { return 0; }
};

class Transport {
  public:
    virtual ~Transport() = default;

    /// Makes the host ready for `start`. Await once; may be long; returns early with Code::stopped.
    virtual loop::Task<Result<void>> open(loop::Stop& stop) = 0;

    /// Begins to run `command`. Never fails itself: what goes wrong comes from the Execution.
    [[nodiscard]] virtual std::unique_ptr<Execution> start(Command command) = 0;

    /// After `open`: who keeps receipts there; absent: nobody does, and keys are ignored.
    [[nodiscard]] virtual std::optional<Keeper> keeper() const { return std::nullopt; }

    /// Goes on with a command that was started under `key` by an earlier transport to this host,
    /// with its output from `from` on. `sent_to` is the keeper of that time: it tells "never
    /// started" (Refused) from "nobody knows" (Lost). Where nobody there can be asked it is
    /// Detached for good. `grace` is the command's (Command::grace).
    [[nodiscard]] virtual std::unique_ptr<Execution> attach(std::string key, Offsets from,
                                                            const Keeper& sent_to, Duration grace);

    /// Outcome and output of `key` are kept on our side: the host may forget them.
    virtual void release(std::string key);

    /// Returns when the host, having been open, cannot be used any more, with the reason; or with
    /// Code::stopped. Await once, after `open` succeeded. Executions that were running end by
    /// themselves (Lost).
    virtual loop::Task<Error> failed(loop::Stop& stop) = 0;

    /// Says goodbye and closes everything within `deadline`. Executions are ended.
    virtual loop::Task<> close(Time deadline) = 0;
};

}  // namespace remuda::transport
