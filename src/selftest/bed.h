// SPDX-License-Identifier: MIT
//
// Bed: where drills happen. A private folder with keys, servers that stand for hosts, a home, and
// disks that can be filled; gone with this object.
#pragma once

#include "remuda/base/result.h"
#include "selftest/disks.h"
#include "selftest/server.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::selftest {

class Bed {
  public:
    /// `with_disks`: our mounts are our own.
    [[nodiscard]] static Result<Bed> make(std::size_t hosts, bool with_disks);
    ~Bed();
    Bed(Bed&& other) noexcept;
    Bed& operator=(Bed&& other) = delete;
    Bed(const Bed&) = delete;
    Bed& operator=(const Bed&) = delete;

    /// Everything as at first, but for the hosts that a run has not used.
    [[nodiscard]] Result<void> clear(std::size_t hosts);
    /// Copies what a run has left to a folder, for people, with what is wrong about it.
    void keep(const std::string& folder, const std::vector<std::string>& faults) const;

    [[nodiscard]] Server& server(std::size_t host) { return servers_[host]; }
    /// Null: it cannot be filled.
    [[nodiscard]] Disk* disk_here() { return here_ ? &*here_ : nullptr; }
    [[nodiscard]] Disk* disk_there(std::size_t host) {
        return there_.empty() ? nullptr : &there_[host];
    }

    /// Where hosts.yaml, queue.yaml and the store are.
    [[nodiscard]] std::string project() const { return folder_ + "/here/project"; }
    [[nodiscard]] std::string records() const { return folder_ + "/records"; }
    [[nodiscard]] std::string script() const { return folder_ + "/job"; }
    /// What the controllers say.
    [[nodiscard]] std::string console() const { return folder_ + "/console"; }
    /// What struck when.
    [[nodiscard]] std::string diary() const { return folder_ + "/diary"; }
    [[nodiscard]] std::string ssh_config() const { return folder_ + "/ssh_config"; }
    /// Of remuda: ours, with a home of the drill.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;
    [[nodiscard]] std::string hosts_text(std::size_t hosts, int slots) const;

  private:
    Bed() = default;
    [[nodiscard]] Result<void> fill(std::size_t hosts, bool with_disks);
    [[nodiscard]] std::string there(std::size_t host) const;

    std::string folder_;
    std::vector<Server> servers_;
    std::optional<Disk> here_;
    std::vector<Disk> there_;
};

}  // namespace remuda::selftest
