// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/log.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/fleet.h"
#include "remuda/run/driver.h"
#include "remuda/transport/transport.h"
#include "run/crew.h"
#include "run/emit.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace remuda::run {

/// The hosts of a run and the ways to them: opens them, tells of nodes that are up and down, tries
/// again where that is wanted, lets hosts join and leave.
class Hosts {
  public:
    struct Parts {
        loop::Loop& loop;
        model::Fleet& fleet;
        Emit emit;
        Crew::Fail fail;
        /// Makes a fresh transport for a host that joins or is tried again; may be null.
        MakeTransport make_transport;
        /// A host that cannot be reached, or breaks, is tried again and again. Needs
        /// `make_transport`.
        bool tries_again = false;
        Log log;
    };
    /// What `parts` refers to outlives it. `transports`: one for each host of the fleet.
    Hosts(Parts parts, std::vector<std::unique_ptr<transport::Transport>> transports);

    /// Begins to open all hosts that have nodes.
    void open_all();
    /// Begins to run a command there.
    [[nodiscard]] std::unique_ptr<transport::Execution> start(model::HostId host,
                                                              transport::Command command);

    /// Goes on with a command that was started there; the host is up.
    [[nodiscard]] std::unique_ptr<transport::Execution> attach(model::AttemptId attempt,
                                                               model::HostId host,
                                                               const model::Durable& durable,
                                                               transport::Offsets from,
                                                               Duration grace);
    /// The attempt has no connection any more and goes on: nothing of it is in the host's way.
    void detached(model::AttemptId attempt);
    [[nodiscard]] bool is_up(model::HostId host) const {
        return hosts_[host.value].state == Host::State::up;
    }
    /// Some host is up that was not.
    [[nodiscard]] loop::Notice& changed() { return changed_; }
    /// Who keeps receipts on the host, which is up.
    [[nodiscard]] std::optional<transport::Keeper> keeper(model::HostId host) const {
        return hosts_[host.value].transport->keeper();
    }
    /// Outcome and output of `key` are on record here.
    void release(model::HostId host, std::string key);

    /// An event of the run, whoever it comes from: keeps count of what runs where.
    void read(const model::Event& event);

    /// Puts a node into the fleet, with its host if that is not in use yet, tells of it and opens
    /// the host.
    model::NodeId add(const JoiningNode& joining);
    /// Tells that a node leaves.
    void retire(model::NodeId node);
    /// Closes hosts whose nodes have all left, each when nothing runs there. After a change of the
    /// fleet is complete, so that a host of which one node leaves and another joins stays open.
    void close_unused();
    [[nodiscard]] bool is_retired(model::NodeId node) const { return retired_[node.value]; }
    /// Tries hosts that are down again now.
    void retry_now();

    /// Stops opening, watching and trying again.
    void stop() { stop_.request(); }
    /// Returns when all of that has stopped.
    [[nodiscard]] loop::Task<> join();
    /// Closes what is open, within `deadline`. After `join`.
    [[nodiscard]] loop::Task<> close(Time deadline);

  private:
    struct Host {
        Host(loop::Stop& parent, std::unique_ptr<transport::Transport> its_transport)
            : transport(std::move(its_transport)), stop(parent) {}

        enum class State { unused, opening, up, down, closed };
        State state = State::unused;
        std::unique_ptr<transport::Transport> transport;
        /// The one before, closed: whoever still holds a command of it may let go of it.
        std::unique_ptr<transport::Transport> previous;
        /// Those that have not left.
        std::vector<model::NodeId> nodes;
        /// Why it is down.
        std::string reason;
        /// Keys that it may forget when it is up.
        std::vector<std::string> to_release;
        /// Attempts there that have not ended.
        std::size_t running = 0;
        /// Nothing runs there any more.
        loop::Notice emptied;
        /// Its last node has left, and nothing runs there; or the run ends.
        loop::Stop stop;
        loop::Notice retry;
    };

    void open(model::HostId id);
    [[nodiscard]] loop::Task<> serve(model::HostId id);
    /// Opens it and waits until it breaks; says why it can no longer be used.
    [[nodiscard]] loop::Task<Error> use(model::HostId id);
    /// Makes a fresh transport for a host that is down.
    [[nodiscard]] loop::Task<> renew(model::HostId id);
    [[nodiscard]] loop::Task<> close_one(model::HostId id, Time deadline);
    [[nodiscard]] model::HostId host_of(const JoiningNode& joining);
    void leave_if_unused(Host& host);
    void count_end(model::AttemptId attempt);
    void one_less(Host& host);
    /// A copy: telling of one node may change the list.
    [[nodiscard]] std::vector<model::NodeId> nodes_of(model::HostId id) const;

    Parts parts_;
    loop::Stop stop_;
    /// In the order of the fleet. They stay where they are.
    std::deque<Host> hosts_;
    std::vector<bool> retired_;
    std::unordered_map<model::AttemptId, model::HostId> places_;
    /// Of those, the ones that are not counted as running there.
    std::unordered_set<model::AttemptId> detached_;
    loop::Notice changed_;
    Crew crew_;
};

}  // namespace remuda::run
