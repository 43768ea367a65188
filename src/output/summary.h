// SPDX-License-Identifier: MIT
#pragma once

#include "output/tail.h"
#include "remuda/base/clock.h"
#include "remuda/model/fleet.h"
#include "remuda/output/output.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace remuda::output {

/// Remembers what went wrong and tells it at the end. Holds the first kMostRows of each alone, so a
/// run with a million failures takes no more memory.
class Summary {
  public:
    static constexpr std::size_t kMostRows = 20;

    struct Trouble {
        /// Absent for a job of an earlier run.
        std::optional<model::JobId> job;
        /// Empty for a job that no node could take.
        std::string node;
        std::string why;
        /// The command or the job's name.
        std::string what;
        /// The end of its output, where it is to be shown once more.
        std::optional<Tail> tail;
    };

    /// `fleet` outlives it.
    explicit Summary(const model::Fleet& fleet) : fleet_(fleet) {}

    void add(Trouble trouble);
    void node_down(model::NodeId node, const std::string& reason);
    void node_up(model::NodeId node);
    void node_used(model::NodeId node);

    struct Facts {
        Tally::Counts counts;
        Duration took{};
        std::optional<std::size_t> left;
        std::string queue_name;
        /// The user asked to stop.
        bool was_stopped = false;
        /// What nodes have missed can be made up for by --resume.
        bool is_broadcast = false;
        /// The jobs were those of others.
        bool is_attached = false;
        /// A failed job was to end the run early.
        bool stops_at_failure = false;
        /// Why the run was halted; empty if it was not.
        std::string halted;
    };
    /// The whole text, lines ended: the last lines of what failed, the counts, a table of what went
    /// wrong, the nodes that were down. `width` 0: not cut to a terminal.
    [[nodiscard]] std::string text(const Facts& facts, std::size_t width, bool colour) const;

  private:
    struct Fall {
        std::string reason;
        bool is_up_again = false;
        bool was_used = false;
    };
    [[nodiscard]] std::string last_lines(std::size_t width, bool colour) const;
    [[nodiscard]] std::string table(std::size_t width) const;
    [[nodiscard]] std::string fallen_nodes(bool colour) const;

    const model::Fleet& fleet_;
    std::vector<Trouble> troubles_;
    std::size_t trouble_count_ = 0;
    std::map<model::NodeId, Fall> falls_;
    std::vector<bool> used_;
};

}  // namespace remuda::output
