// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/ids.h"

namespace remuda::model {

/// Index of a host in the fleet, counted from 0.
using HostId = Id<struct HostTag>;
/// Index of a node in the fleet, counted from 0, in the order of hosts.yaml.
using NodeId = Id<struct NodeTag>;
/// Number of a job within its run, counted from 1, in the order in which jobs are taken.
using JobId = Id<struct JobTag>;
/// Number of an attempt within its run, counted from 1.
using AttemptId = Id<struct AttemptTag>;
/// Names a wait that the engine asked for; never used again within a run.
using WaitId = Id<struct WaitTag>;

}  // namespace remuda::model
