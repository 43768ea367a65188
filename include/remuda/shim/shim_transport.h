// SPDX-License-Identifier: MIT
//
// ShimTransport: a host whose jobs are run by the shim, over one channel of another transport to
// it.
//
// `open` opens the other transport, and starts the shim by it, pushing its program where it is not
// there yet. Where that does not work commands go by the other transport as they are, and one
// notice says what that costs. When the channel ends while the host can still be reached, another
// is opened and jobs with a key go on: nobody notices.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/transport/transport.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::shim {

struct ShimSettings {
    enum class Use { automatic, never, always };
    /// automatic: where it works, but not on this machine; always: `open` fails where it does not.
    Use use = Use::automatic;
    /// Names the run, as the keys of its commands do: they are this text, which ends with '-', and
    /// a number. An older connection of the same controller to a host is cut; so is one of the
    /// controller whose key is attached to and not known there. Empty: one of this transport alone.
    std::string controller;
    /// Commands with a key outlive the connection.
    bool durable = false;
    /// The shim's folder on the host; empty: ~/.cache/remuda there.
    std::string dir;
    /// After `open` asked with the keys of the receipts that begin
    /// with `key_prefix`: which of them nobody wants any more? The host forgets those. May be null.
    std::function<std::vector<std::string>(const std::vector<std::string>& keys)> unwanted;
    std::string key_prefix;
    /// Told once, with the host's name, that the shim is not used and what that costs.
    std::function<void(const std::string& host, const std::string& text)> notice;
};

/// What the shim keeps of an attempt.
struct Kept {
    std::string key;
    std::string label;
    /// What is run by `sh -c`; its first 128 KiB.
    std::string script;
    /// Milliseconds since 1970-01-01 UTC.
    std::uint64_t time = 0;
    /// From TERM to KILL; absent where its host does not say.
    std::optional<Duration> grace;
    /// What is kept of its output so far.
    transport::Offsets kept;
    /// Absent: it has not ended.
    std::optional<model::Outcome> outcome;
};

class ShimTransport : public transport::Transport {
  public:
    /// After `open`: whether the shim runs the commands, and not the other transport.
    [[nodiscard]] virtual bool has_shim() const = 0;
    /// What there is to know of the host: one JSON object (docs/shim.md). Fails with
    /// Code::not_found without the shim.
    virtual loop::Task<Result<std::string>> facts(Time deadline, loop::Stop& stop) = 0;
    /// The receipts whose keys begin with `prefix`.
    virtual loop::Task<Result<std::vector<Kept>>> list(std::string prefix, Time deadline,
                                                       loop::Stop& stop) = 0;
};

/// `loop` outlives it.
[[nodiscard]] std::unique_ptr<ShimTransport> make_shim_transport(
    loop::Loop& loop, std::unique_ptr<transport::Transport> inner, model::Host host,
    ShimSettings settings);

/// A script for the host that removes programs and folders of shims that are not in use there. It
/// writes a line for each, `removed <path>` or `kept <path>: <why>`. `dir` as in the settings.
[[nodiscard]] std::string cleaning_script(const std::string& dir);

/// A script for the host that succeeds where there may be receipts.
[[nodiscard]] std::string receipts_script(const std::string& dir);

}  // namespace remuda::shim
