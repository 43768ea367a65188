// SPDX-License-Identifier: MIT
//
// Receipts: what `remuda attach` finds on the hosts, and what it is to follow. Plain values.
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/output/receipts.h"
#include "remuda/run/receipt_label.h"
#include "remuda/shim/shim_transport.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::cli {

/// What one host keeps.
struct HostReceipts {
    model::HostId host;
    transport::Keeper keeper;
    std::vector<shim::Kept> kept;
};

struct Receipt {
    shim::Kept kept;
    run::ReceiptLabel label;
    /// Where it is followed.
    model::NodeId node;
    transport::Keeper keeper;
};

/// Each receipt once, the oldest first. A machine may stand under several names in the fleet, and
/// several nodes may share it: a receipt belongs to the node whose label it bears, else to the
/// first one that has it.
[[nodiscard]] std::vector<Receipt> distinct_receipts(const model::Fleet& fleet,
                                                     std::vector<HostReceipts> found);

/// Those that are meant: by the numbers of their jobs ("12", "3-7"), by a whole key, or by what
/// their keys begin with. Without words all. Fails with Code::not_found for a word that means none.
[[nodiscard]] Result<std::vector<Receipt>> chosen_receipts(std::vector<Receipt> all,
                                                           const std::vector<std::string>& words);

/// For what cannot be taken back, "released" or "cancelled". Each store counts its jobs anew, so
/// that a word may stand for jobs of several queues: what is to be said of the first such word, a
/// line each, with the keys that tell the jobs apart. Empty: there is none.
[[nodiscard]] std::vector<std::string> mistakable(const std::vector<Receipt>& all,
                                                  const std::vector<std::string>& words,
                                                  std::string_view done);

/// For the driver. Whoever does not know a receipt any more says that the job is lost, never that
/// it may be started. `only_new`: without the output that is kept already.
/// `now_ms`: by the wall clock, which is taken for that of the hosts too.
[[nodiscard]] std::vector<model::JobResumed> to_follow(const std::vector<Receipt>& receipts,
                                                       bool only_new, std::int64_t now_ms);

/// For the output room.
[[nodiscard]] output::ListedReceipt listed(const Receipt& receipt, const model::Fleet& fleet);

}  // namespace remuda::cli
