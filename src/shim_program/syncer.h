// SPDX-License-Identifier: MIT
//
// The one thread beside the loop: it syncs the journal, so that no start of a job waits for a disk.
#pragma once

#include "shim_program/system.h"

#include <atomic>

namespace remuda::shim::program {

class Syncer {
  public:
    /// `fd` stays open as long as the process lives.
    bool start(int fd);
    /// The file has changed.
    void wake();

  private:
    static void* run(void* self);

    int fd_ = -1;
    Fd wake_;
    std::atomic<bool> is_awake_ = false;
};

}  // namespace remuda::shim::program
