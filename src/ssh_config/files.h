// SPDX-License-Identifier: MIT
//
// The files on disk, each read once.
#pragma once

#include "ssh_config/file.h"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace remuda::ssh_config {

class Files {
  public:
    /// `environment` outlives this.
    explicit Files(const Environment& environment) : environment_(environment) {}

    /// Null: ssh goes on without it, because it is not there or not to be read. `is_checked`: its
    /// owner and permissions count.
    [[nodiscard]] const File* top(const std::string& path, bool is_users, bool is_checked);

    /// The files that one argument of an Include in `from` names, in order.
    [[nodiscard]] const std::vector<const File*>& included(const File& from,
                                                           const std::string& pattern);

  private:
    [[nodiscard]] const File* open(const std::string& path, bool is_users, bool is_checked,
                                   bool has_to_be_there);
    [[nodiscard]] File load(const std::string& path, bool is_users, bool is_checked,
                            bool has_to_be_there);

    const Environment& environment_;
    std::map<std::tuple<std::string, bool, bool, bool>, std::unique_ptr<File>> files_;
    std::map<std::pair<bool, std::string>, std::vector<const File*>> included_;
};

}  // namespace remuda::ssh_config
