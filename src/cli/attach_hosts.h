// SPDX-License-Identifier: MIT
//
// The hosts of `remuda attach`: asked for their receipts once, and then handed to the driver as
// they are, so that nobody logs in twice.
#pragma once

#include "cli/receipts.h"
#include "cli/transports.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/fleet.h"
#include "remuda/transport/transport.h"

#include <memory>
#include <optional>
#include <vector>

namespace remuda::cli {

class AttachHosts {
  public:
    /// All outlive it.
    AttachHosts(loop::Loop& loop, Transports& transports, const model::Fleet& fleet)
        : loop_(loop), transports_(transports), fleet_(fleet), hosts_(fleet.hosts.size()) {}

    /// Logs in to all and asks them, side by side. On a host where nothing was ever left, nothing
    /// is started, and nothing is put there.
    [[nodiscard]] loop::Task<> look(loop::Stop& stop);
    [[nodiscard]] std::vector<HostReceipts> take_receipts();
    /// Why a host could not be asked; absent: it was.
    [[nodiscard]] const std::optional<Error>& fault(model::HostId host) const {
        return hosts_[host.value].fault;
    }

    /// The way to the host for the driver, open already; where it could not be asked, one that
    /// says so.
    [[nodiscard]] std::unique_ptr<transport::Transport> transport(const model::Host& host);
    /// Another one, when that has broken.
    [[nodiscard]] std::unique_ptr<transport::Transport> another(const model::Host& host);

    /// Closes those that the driver has not been given.
    [[nodiscard]] loop::Task<> close();

  private:
    struct Host {
        /// Null once it is handed on, and where nothing was ever left.
        std::unique_ptr<transport::Transport> transport;
        std::optional<HostReceipts> receipts;
        std::optional<Error> fault;
    };
    [[nodiscard]] loop::Task<> look_at(model::HostId id, loop::Stop& stop);
    [[nodiscard]] loop::Task<Result<void>> ask(model::HostId id, loop::Stop& stop);
    [[nodiscard]] loop::Task<> close_one(transport::Transport& transport);

    loop::Loop& loop_;
    Transports& transports_;
    const model::Fleet& fleet_;
    std::vector<Host> hosts_;
};

}  // namespace remuda::cli
