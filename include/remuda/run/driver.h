// SPDX-License-Identifier: MIT
//
// Driver: one run, from opening the hosts to the last report. It waits on the loop, the queue and
// the transports, tells the engine what happened, performs what the engine asks for, and tells
// every event to the readers, in order. It decides nothing.
//
// Commands are sent and reports are shown at the end of a turn of the loop, after one commit of all
// that has happened in it: what was started is on record before it starts, and an outcome before it
// is told. While another process keeps the store locked all of that waits, for a minute at the most
// or, in a daemon, without end.
//
// Everything happens on the loop's thread. A chunk of output is shown before the next one of its
// attempt is asked for, so that a slow reader holds the commands back instead of filling memory.
#pragma once

#include "remuda/base/log.h"
#include "remuda/base/secret.h"
#include "remuda/engine/engine.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/fleet.h"
#include "remuda/output/reader.h"
#include "remuda/run/job_source.h"
#include "remuda/run/recorder.h"
#include "remuda/transport/transport.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace remuda::run {

struct RunSettings {
    engine::Settings::Mode mode = engine::Settings::Mode::queue;
    /// Take no further job once an attempt has failed.
    bool stop_on_failure = false;
    /// Go on when the queue is empty, faulty or gone for a while; only a stop ends the run.
    bool is_daemon = false;
    /// When else the run ends early.
    engine::Halt halt = {};
    /// For what a job's options leave out.
    model::JobOptions defaults = {};
    /// Draws the delays between attempts.
    std::uint64_t seed = 0;
    /// For jobs that are run by sudo; null: it must ask for none.
    std::shared_ptr<const Secret> sudo_password = nullptr;
    /// From TERM to KILL, and from KILL (5 s at least) to giving a command up as lost; where the
    /// job does not say.
    Duration grace = std::chrono::seconds(10);
    /// Attempts that outlive their connections are named by this and their number; empty: none
    /// does.
    std::string key_prefix;
    /// Nothing is started, whatever happens: what other runs have left (RunParts::resumed) is
    /// followed.
    bool only_follows = false;
    /// Hosts are told to forget what is on record here.
    bool releases = true;
    /// For so long a host is waited for on which something goes on.
    Duration lost_after = std::chrono::minutes(10);
    /// Some reader wants `tick`.
    bool ticks = false;
    /// Unknown variables in templates are empty.
    bool lenient_templates = false;
};

using MakeTransport = std::function<std::unique_ptr<transport::Transport>(const model::Host&)>;

/// A node that joins a run, and its host. Their ids are given by the driver.
struct JoiningNode {
    model::Host host;
    model::Node node;
};

/// All of it outlives the driver, but for the transports, which it owns.
struct RunParts {
    loop::Loop& loop;
    /// The driver puts nodes that join at its end.
    model::Fleet& fleet;
    /// One for each host, in the order of the fleet.
    std::vector<std::unique_ptr<transport::Transport>> transports;
    JobSource& jobs;
    std::vector<output::Reader*> readers;
    /// Null: nothing is recorded.
    Recorder* recorder = nullptr;
    /// For hosts that join, and for those that a daemon tries again; null: neither happens.
    MakeTransport make_transport = nullptr;
    // NOLINTBEGIN(readability-redundant-member-init): so that they may be left out.
    /// What earlier runs have left running, in the order of their attempts, which get the first
    /// numbers.
    std::vector<model::JobResumed> resumed = {};
    /// What the host is told of an attempt that outlives its connection, for whoever looks at its
    /// receipts; null: the command.
    std::function<std::string(const model::Job&, model::NodeId, const std::string& command)>
        label_of = nullptr;
    /// The queue file, to hear of its changes at once; empty: it is only looked at.
    std::string watched_file = {};
    /// What matters to few.
    Log log = {};
    // NOLINTEND(readability-redundant-member-init)
};

class Driver {
  public:
    Driver(RunParts parts, const RunSettings& settings);
    ~Driver();
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;

    /// The run. Await once. When it returns, every transport is closed and RunEnded has been read.
    [[nodiscard]] loop::Task<> run();

    /// Stops the run, more urgently with each grade (model::StopAsked). At any time while `run`
    /// goes on, and before it.
    void stop(int grade);

    /// A stop of grade 1 that leaves at once what outlives us.
    void hang_up();

    /// The user does not want this job any more: its attempts are ended, and none follows. Does
    /// nothing if it has ended.
    void cancel(model::JobId job);

    /// The run has nothing left to do but to close what is open.
    [[nodiscard]] bool is_closing() const;

    /// Changes the fleet, not once the run is closing. `joining`: new nodes; a host that is in use
    /// already is shared. `leaving`: their running jobs finish, then a host that has no other node
    /// is closed. Jobs are checked afresh against what the queue's check looks at, and hosts that
    /// are down are tried again now. Returns the ids of those that joined, in their order.
    std::vector<model::NodeId> change_fleet(const std::vector<JoiningNode>& joining,
                                            const std::vector<model::NodeId>& leaving);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::run
