// SPDX-License-Identifier: MIT
//
// A folder for a shim of its own, and channels to it.
#pragma once

#include "channel.h"
#include "support/temp_dir.h"

#include <memory>
#include <string>

#include <sys/types.h>

namespace remuda::test {

class Bed {
  public:
    Bed();
    /// Ends what is left of the supervisor. Fails the test if a sanitizer complained.
    ~Bed();
    Bed(const Bed&) = delete;
    Bed& operator=(const Bed&) = delete;

    std::unique_ptr<Channel> connect(const std::string& controller = {});
    /// For tests that change them.
    ChannelOptions& options() { return options_; }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
    /// Of the one file whose name ends so, in the shim's folder; empty if there is none.
    [[nodiscard]] std::string shim_file(const std::string& end) const;

    /// A key that no other program on this machine uses: what has lost its keepers is looked for
    /// everywhere.
    static std::string own_key(const std::string& name);

    /// The nanny of a supervisor.
    static pid_t parent_of(pid_t pid);
    /// Ends a process that is not ours with KILL and waits until it is gone.
    static void kill_and_wait(pid_t pid);
    /// Kills nanny and supervisor, so that nobody is left who knows of jobs.
    static void kill_keepers(pid_t supervisor);
    /// Ends the channel, and waits until its supervisor has ended by itself.
    static void leave(std::unique_ptr<Channel>& channel);

  private:
    MemoryDir folder_;
    ChannelOptions options_;
};

/// A pipe by name that a job's script opens: tests wait by it, and let the job go on.
class Gate {
  public:
    explicit Gate(const std::string& path);
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// The words with which a script waits for `open`.
    [[nodiscard]] std::string wait() const { return "read line < " + path_; }
    /// Lets one waiting script go on.
    void open() const;
    /// The words with which a script lets `pass` return.
    [[nodiscard]] std::string opening() const { return "echo go > " + path_; }
    void pass() const;

  private:
    std::string path_;
};

}  // namespace remuda::test
