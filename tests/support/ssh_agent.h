// SPDX-License-Identifier: MIT
#pragma once

#include "support/program.h"

#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>

namespace remuda::test {

/// An ssh-agent of its own, ended with the object.
class SshAgent {
  public:
    explicit SshAgent(std::string path, const std::vector<std::string>& more = {})
        : path_(std::move(path)) {
        std::vector<std::string> words{"ssh-agent", "-D", "-a", path_};
        words.insert(words.end(), more.begin(), more.end());
        pid_ = start_program(words, {});
        for (int i = 0; i < 500 && run({"ssh-add", "-l"}).exit_status == 2; ++i) {
            (void)wait_until_ended(pid_, std::chrono::milliseconds(10));
        }
    }
    ~SshAgent() { end(); }
    SshAgent(const SshAgent&) = delete;
    SshAgent& operator=(const SshAgent&) = delete;

    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    [[nodiscard]] Finished run(const std::vector<std::string>& command,
                               const std::string& input = {}) const {
        return run_program(command, input, {{"SSH_AUTH_SOCK", path_}});
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
    pid_t pid_ = -1;
};

}  // namespace remuda::test
