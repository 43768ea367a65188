// SPDX-License-Identifier: MIT
//
// The one thread beside the loop: it syncs the journal, so that no start of a job waits for a disk,
// and removes files, since a large one takes its time.
#pragma once

#include "shim_program/system.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include <pthread.h>

namespace remuda::shim::program {

class Syncer {
  public:
    /// `fd` and `folder` stay open as long as the process lives.
    bool start(int fd, int folder);
    /// The file has changed.
    void wake();
    /// Soon, the file of this name in the folder.
    void remove(std::string name);
    /// Those that are left, now. False if there were none.
    bool remove_all();

  private:
    static void* run(void* self);
    bool remove_one();

    int fd_ = -1;
    int folder_ = -1;
    Fd wake_;
    std::atomic<bool> is_awake_ = false;
    /// Held while a file is removed.
    pthread_mutex_t removing_ = PTHREAD_MUTEX_INITIALIZER;
    /// Of `doomed_`; taken after the other.
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    std::vector<std::string> doomed_;
    /// Of files that are not removed yet.
    std::atomic<std::size_t> left_ = 0;
};

}  // namespace remuda::shim::program
