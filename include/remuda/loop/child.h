// SPDX-License-Identifier: MIT
//
// Child: a process of ours on this machine.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace remuda::loop {

/// How a child ended: an exit code, or the number of the signal that killed it.
struct ChildEnd {
    int exit_code = 0;
    int signal = 0;
};

struct ChildSpec {
    /// argv; argv[0] is looked up in PATH.
    std::vector<std::string> arguments;
    /// Descriptors that become 0, 1 and 2; -1: /dev/null. They stay the caller's.
    int in = -1;
    int out = -1;
    int err = -1;
    /// A process group of its own, so that Ctrl-C on the terminal does not reach it.
    bool own_group = true;
    /// Names and values that it has besides our own environment, which they win over.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Where it runs; empty: where we are.
    std::string directory;
};

/// A running child. Its destruction kills the process group with KILL if it was not waited for, and
/// reaps it.
class Child {
  public:
    /// Starts the child with default signal handling and an empty signal mask.
    [[nodiscard]] static Result<Child> spawn(Loop& loop, const ChildSpec& spec);

    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// Returns when it has ended; nothing if the deadline passed or `stop` came first.
    Task<std::optional<ChildEnd>> wait(Time deadline, Stop& stop);

    /// Signals the child's process group (the child alone if it has none of its own).
    void signal(int number) const;
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    Child(Loop& loop, pid_t pid, Fd pidfd, bool own_group);
    void end();

    Loop* loop_;
    pid_t pid_ = -1;
    Fd pidfd_;
    bool own_group_ = true;
    std::optional<ChildEnd> ended_;
};

}  // namespace remuda::loop
