// SPDX-License-Identifier: MIT
//
// OutputPipes: what a child process of ours writes to its stdout and stderr, told apart.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/transport/transport.h"

#include <optional>
#include <string>

namespace remuda::transport {

class OutputPipes {
  public:
    /// `loop` outlives it.
    explicit OutputPipes(loop::Loop& loop) : loop_(loop) {}
    ~OutputPipes();
    OutputPipes(const OutputPipes&) = delete;
    OutputPipes& operator=(const OutputPipes&) = delete;

    /// Makes both pipes. `out` and `err` are the child's ends: close them here once it has started,
    /// or the output never ends.
    [[nodiscard]] Result<void> open(Fd& out, Fd& err);

    /// The next piece, from both streams in turns. Nothing: both have ended, or `stop` came. What
    /// nobody asks for stays in the pipes, and holds the child back.
    loop::Task<std::optional<Output>> next(loop::Stop& stop);
    [[nodiscard]] bool has_ended() const { return !out_.fd && !err_.fd; }

  private:
    struct Pipe {
        model::Stream stream = model::Stream::out;
        Fd fd;
    };
    // Reads what is there; an empty result: nothing now, or the end (then the pipe is closed).
    std::string read(Pipe& pipe);
    void close(Pipe& pipe);
    loop::Task<> wait(loop::Stop& stop);

    loop::Loop& loop_;
    Pipe out_{model::Stream::out, {}};
    Pipe err_{model::Stream::err, {}};
    bool prefers_err_ = false;
};

}  // namespace remuda::transport
