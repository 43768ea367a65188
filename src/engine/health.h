// SPDX-License-Identifier: MIT
//
// Health: which host does worse than the others, by what is known of the jobs that ended. A host is
// blamed only on evidence from other hosts: where everything fails everywhere nobody is.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/ids.h"
#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::engine {

/// One attempt that failed, as Health counted it.
struct Mark {
    model::HostId host;
    /// The streak of failures of that host that it belongs to.
    std::uint64_t streak = 0;
};

class Health {
  public:
    /// An attempt at a job with this command (a template) failed. Cancelled attempts and those that
    /// never started tell nothing: they are not to be counted.
    Mark failed(model::HostId id, const std::string& command, bool is_lost);
    /// One succeeded, having failed before as `marks` say.
    void succeeded(model::HostId id, const std::string& command, const std::vector<Mark>& marks);

    /// What speaks against the host; empty if nothing does, or not enough.
    [[nodiscard]] std::string evidence(model::HostId id) const;
    /// It is to rest now: for how long. Longer each time, until it succeeds again.
    [[nodiscard]] Duration rest(model::HostId id);

  private:
    struct Totals {
        std::size_t passed = 0;
        /// Lost ones too.
        std::size_t failed = 0;
        std::size_t lost = 0;
    };
    struct Host {
        Totals own;
        /// Of all hosts, when the streak began.
        Totals at_start;
        Totals own_at_start;
        std::uint64_t streak = 0;
        /// Failures in a row; the last ones of them that were lost.
        std::size_t failures = 0;
        std::size_t losses = 0;
        /// Of the failures: those whose job succeeded on another host since; those whose command
        /// had succeeded there with another job.
        std::size_t passed_elsewhere = 0;
        std::size_t known_good = 0;
        int rests = 0;
    };
    /// Where a command succeeded.
    struct Good {
        model::HostId host;
        bool on_several = false;
    };

    [[nodiscard]] Host& at(model::HostId host);
    [[nodiscard]] Totals elsewhere_since_start(const Host& host) const;
    void end_streak(Host& host);

    std::vector<Host> hosts_;
    Totals all_;
    std::uint64_t last_streak_ = 0;
    /// By the hash of the command.
    std::unordered_map<std::size_t, Good> good_;
};

}  // namespace remuda::engine
