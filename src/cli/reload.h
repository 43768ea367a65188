// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/run/driver.h"

#include <functional>
#include <string>
#include <vector>

namespace remuda::cli {

/// hosts.yaml, read again while a run goes on. Knows which node of the run each node of the file
/// is.
class Reload {
  public:
    using Note = std::function<void(const std::string&)>;

    /// `fleet`: as the file gave it at the start, when its nodes were those of the run.
    Reload(std::string hosts_file, model::Fleet fleet);

    /// Reads the file and has `driver` change the run's fleet; says what came of it. A file with
    /// faults changes nothing.
    void read_again(run::Driver& driver, const Note& note);

    /// The fleet as the file gave it last.
    [[nodiscard]] const model::Fleet& fleet() const { return fleet_; }

  private:
    std::string hosts_file_;
    model::Fleet fleet_;
    /// For each node of `fleet_` the node of the run.
    std::vector<model::NodeId> in_run_;
};

}  // namespace remuda::cli
