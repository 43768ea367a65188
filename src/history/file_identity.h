// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <string>

#include <sys/types.h>

namespace remuda::history {

/// Which file stands at a path.
class FileIdentity {
  public:
    [[nodiscard]] static Result<FileIdentity> of(const std::string& path);

    /// Another file stands there now, or none. False where that cannot be told.
    [[nodiscard]] bool is_gone() const;

  private:
    FileIdentity(std::string path, dev_t device, ino_t inode)
        : path_(std::move(path)), device_(device), inode_(inode) {}

    std::string path_;
    dev_t device_;
    ino_t inode_;
};

}  // namespace remuda::history
