// SPDX-License-Identifier: MIT
//
// A folder on a file system that does not answer, as a network's whose server is gone, until it is
// told to: FUSE, with this process for its server. Only root may mount it here.
#pragma once

#include "support/temp_dir.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace remuda::test {

class SlowFolder {
  public:
    /// Nothing where it cannot be had.
    static std::unique_ptr<SlowFolder> mount();
    ~SlowFolder();
    SlowFolder(const SlowFolder&) = delete;
    SlowFolder& operator=(const SlowFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return point_.path(); }
    /// Whoever waits for it goes on; from now on it is an empty folder.
    void answer();

  private:
    explicit SlowFolder(int device) : device_(device) {}
    void serve();
    void reply(std::string_view request) const;

    TempDir point_;
    int device_;
    std::atomic<bool> has_ended_ = false;
    std::thread server_;
};

}  // namespace remuda::test
