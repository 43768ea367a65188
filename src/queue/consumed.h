// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <string>
#include <string_view>

#include <sys/types.h>

namespace remuda::queue {

/// consumed.yaml: what was taken, in canonical form, oldest first. Used under the queue's lock
/// only.
class Consumed {
  public:
    /// Made when it is needed, with the mode of `queue_path`: it holds the same commands.
    /// `is_synced`: each change is on the disk when it returns.
    Consumed(std::string path, std::string queue_path, bool is_synced)
        : path_(std::move(path)), queue_path_(std::move(queue_path)), is_synced_(is_synced) {}

    /// Appends `text`, on a line of its own: the length that the file had. On failure the file is
    /// as it was.
    [[nodiscard]] Result<off_t> append(std::string_view text);
    /// Takes back all behind `length`, the result of the latest append.
    void take_back(off_t length);
    /// Takes `text` back if it is the end of the file.
    void take_back_tail(std::string_view text);

  private:
    std::string path_;
    std::string queue_path_;
    bool is_synced_;
};

}  // namespace remuda::queue
