// SPDX-License-Identifier: MIT
//
// What a controller may want to know of the host (docs/protocol/shim.md, "Facts").
#pragma once

#include "shim_program/system.h"

#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace remuda::shim::program {

/// The facts as JSON; `gpus` is what nvidia-smi wrote.
std::string facts_as_json(const std::string& boot, std::string_view gpus);

/// One look at the GPUs at a time, by a child that is not waited for.
class Facts {
  public:
    /// Starts nvidia-smi; false where there is none.
    bool start(const rlimit& files);
    /// Reads what it wrote; true when it is done.
    bool read();
    /// It takes too long.
    void stop();

    [[nodiscard]] bool is_running() const { return static_cast<bool>(pipe_); }
    [[nodiscard]] int fd() const { return pipe_.number(); }
    [[nodiscard]] std::uint64_t deadline_us() const { return deadline_us_; }
    [[nodiscard]] const std::string& text() const { return text_; }

    /// Who asked: serial of the connection and id of the frame.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> asked_by;

  private:
    Fd pipe_;
    pid_t pid_ = 0;
    std::uint64_t deadline_us_ = 0;
    std::string text_;
};

}  // namespace remuda::shim::program
