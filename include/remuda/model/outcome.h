// SPDX-License-Identifier: MIT
//
// Outcome: how an attempt ended; exactly one of six things, and never a guess.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace remuda::model {

/// The command ended by itself with this exit code.
struct Exited {
    int code = 0;
    bool operator==(const Exited&) const = default;
};

/// A signal ended the command. The name is without "SIG": "KILL", "TERM".
struct Signalled {
    std::string signal;
    bool operator==(const Signalled&) const = default;
};

/// Its time limit passed and we ended it.
struct TimedOut {
    bool operator==(const TimedOut&) const = default;
};

/// We ended it because we were told to.
struct Cancelled {
    bool operator==(const Cancelled&) const = default;
};

/// Nothing of the command ever ran, for certain.
struct NeverStarted {
    std::string reason;
    bool operator==(const NeverStarted&) const = default;
};

/// It may have run, wholly, partly or not at all: the connection ended before a verdict came.
struct Lost {
    std::string reason;
    bool operator==(const Lost&) const = default;
};

using Outcome = std::variant<Exited, Signalled, TimedOut, Cancelled, NeverStarted, Lost>;

/// What an attempt used, where the shim can tell; of the command and the descendants it waited for.
struct Usage {
    std::chrono::microseconds wall{0};
    std::chrono::microseconds user{0};
    std::chrono::microseconds system{0};
    /// Most resident memory of any one process, KiB.
    std::uint64_t memory = 0;
    bool operator==(const Usage&) const = default;
};

/// True for Exited{0} alone.
[[nodiscard]] bool is_success(const Outcome& outcome);

/// It says by itself that the command ran: it exited, a signal ended it, or its time was over.
[[nodiscard]] bool shows_begin(const Outcome& outcome);

/// One short phrase: "exit 3", "killed by SIGTERM", "timed out", "cancelled",
/// "never started: <reason>", "lost: <reason>".
[[nodiscard]] std::string describe(const Outcome& outcome);

}  // namespace remuda::model
