// SPDX-License-Identifier: MIT
#pragma once

#include "cli/ask.h"
#include "cli/ask_secret.h"
#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace remuda::cli {

/// What the user is asked on the terminal while hosts are connected: one question at a time.
class Questions {
  public:
    /// `while_asking` is called with true before a question, with false after it; may be null.
    /// `askpass`: the program that asks for secrets; empty: the terminal is used.
    Questions(loop::Loop& loop, std::function<void(bool)> while_asking, std::string askpass = {})
        : loop_(loop), while_asking_(std::move(while_asking)), askpass_(std::move(askpass)) {}

    /// See `ask_on_terminal`.
    loop::Task<std::vector<bool>> ask_new_hosts(std::vector<NewHost> hosts, loop::Stop& stop);
    /// See `ask_secret` and `ask_by_program`. `question` is asked again behind a stop of this
    /// process.
    loop::Task<std::optional<Secret>> ask_secret(std::string question, loop::Stop& stop);

    /// The user wants to stop: the open question, and those to come, are answered with no. (A
    /// question whose answer nobody waits for any more is withdrawn in any case: what was typed is
    /// discarded, and a line says so.)
    void drop();
    /// This process is about to be stopped (ctrl-z), or goes on.
    void suspend(bool is_suspended);

  private:
    // Whoever holds it asks.
    class Turn;

    loop::Task<bool> wait_turn(loop::Stop& stop);
    /// Takes the open question back, once.
    void withdraw();
    /// It is over; `stop` is what would have ended it.
    void close(const loop::Stop& stop);

    // Set once.
    loop::Loop& loop_;
    std::function<void(bool)> while_asking_;
    std::string askpass_;

    bool is_asking_ = false;
    bool is_dropped_ = false;
    loop::Notice over_;
    // Those of the open question, while there is one.
    loop::Stop* stop_ = nullptr;
    int asked_on_ = -1;
    SilentTerminal* terminal_ = nullptr;
    std::string question_;
};

}  // namespace remuda::cli
