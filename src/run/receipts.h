// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/event.h"
#include "remuda/model/ids.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::run {

class Hosts;

/// Of the attempts that outlive their connections: how each is found again on its host, and what is
/// to be forgotten there once the end is on record here. On the loop's thread.
class Receipts {
  public:
    /// Keys begin with `prefix`; with an empty one nothing outlives anything. Unless it `releases`
    /// nothing is to be forgotten. `hosts` outlives this.
    Receipts(Hosts& hosts, std::string prefix, bool releases)
        : hosts_(hosts), prefix_(std::move(prefix)), releases_(releases) {}

    /// Names the receipt of an attempt that is to begin, where its host keeps them.
    [[nodiscard]] std::optional<model::Durable> name(model::AttemptId attempt, model::HostId host);
    /// An attempt of an earlier run is gone on with.
    void adopt(model::AttemptId attempt, model::HostId host, std::string key);
    /// Goes on without us if we leave now.
    [[nodiscard]] bool outlives(model::AttemptId attempt) const { return kept_.contains(attempt); }
    /// All that do, in order.
    [[nodiscard]] std::vector<model::AttemptId> attempts() const;

    /// Notes ends: those of refused attempts leave nothing to forget, and those that were left are
    /// not to be forgotten.
    void read(const model::Event& event);
    /// All ends that were read are on record: their receipts may go.
    void release_ended();

  private:
    struct Kept {
        model::HostId host;
        std::string key;
    };

    Hosts& hosts_;
    std::string prefix_;
    bool releases_;
    std::unordered_map<model::AttemptId, Kept> kept_;
    std::vector<Kept> ended_;
};

}  // namespace remuda::run
