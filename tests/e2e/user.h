// SPDX-License-Identifier: MIT
//
// The program as people meet it: somebody with a home, a key and a folder with two YAML files.
#pragma once

#include "support/program.h"
#include "support/sshd.h"
#include "support/temp_dir.h"
#include "support/text_of.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

using Words = std::vector<std::string>;

/// Polls until `condition` holds; false when it does not within the limit, which no test should
/// ever reach.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition,
                              std::chrono::seconds limit = std::chrono::seconds(60));

[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
[[nodiscard]] std::size_t count_of(std::string_view text, std::string_view piece);
[[nodiscard]] bool contains(std::string_view text, std::string_view piece);

/// Kills the process `pid`, our child, and all that descends from it: jobs would outlive remuda.
void kill_with_jobs(pid_t pid);

/// A remuda at work. Killed with its jobs if the test leaves it running.
class Running {
  public:
    Running(const Words& words, const Environment& environment);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void signal(int number) const;
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// What it has written so far.
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string errors() const;
    /// Waits for its end; throws if that does not come.
    [[nodiscard]] Finished finish();

  private:
    TempDir folder_;
    pid_t pid_ = -1;
};

/// A user of remuda with a home of their own (.ssh with a key that every Sshd accepts, and
/// known_hosts) and a project folder.
class User {
  public:
    User();

    /// Adds the server's keys to known_hosts.
    void trust(const Sshd& server) const;
    [[nodiscard]] std::string known_hosts() const { return home_.path(".ssh/known_hosts"); }

    /// Path of a file of the project.
    [[nodiscard]] std::string path(const std::string& name) const { return project_.path(name); }
    void write(const std::string& name, std::string_view text) const;
    [[nodiscard]] std::string read(const std::string& name) const { return text_of(path(name)); }
    [[nodiscard]] bool has(const std::string& name) const;

    /// Runs `remuda words...` in the project.
    [[nodiscard]] Finished run(const Words& words, const Environment& more = {}) const;
    [[nodiscard]] std::unique_ptr<Running> start(const Words& words) const;

    /// What `run` runs, for those who run it elsewhere: on a terminal, say.
    [[nodiscard]] static Words command(const Words& words, const std::string& folder);
    [[nodiscard]] Environment environment(const Environment& more = {}) const;
    [[nodiscard]] const std::string& project() const { return project_.path(); }

  private:
    TempDir home_;
    TempDir project_;
};

/// "127.0.0.1:2222".
[[nodiscard]] std::string address_of(const Sshd& server);

}  // namespace remuda::test
