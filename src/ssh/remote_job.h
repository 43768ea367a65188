// SPDX-License-Identifier: MIT
//
// RemoteJob: one command between the pool, which carries it out on some connection, and whoever
// awaits what happens with it.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/transport/output_queue.h"
#include "remuda/transport/transport.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace remuda::ssh {

class RemoteJob {
  public:
    /// `script` with what it reads; with `input_follows` until `end_input`.
    RemoteJob(loop::Loop& loop, std::string script, std::string input = {},
              bool input_follows = false, bool tells_began = false);

    // --- The side that carries it out.

    [[nodiscard]] const std::string& script() const { return script_; }
    /// Whether it reads anything at all.
    [[nodiscard]] bool reads_input() const { return reads_input_; }
    /// What was not yet sent to its stdin. The caller sends of it from the front.
    [[nodiscard]] std::string_view input() const {
        return std::string_view(input_).substr(input_sent_);
    }
    void sent_input(std::size_t count);
    /// Behind `input` comes no more.
    [[nodiscard]] bool is_input_whole() const { return is_input_whole_; }
    /// Whether more output is wanted; false holds the command back by flow control.
    [[nodiscard]] bool wants_output() const { return outputs_.bytes() < kMostBufferedBytes; }
    /// The host says that it runs.
    void begin();
    void add_output(model::Stream stream, std::string_view bytes);
    /// The end; everything after it is ignored.
    void finish(transport::Happening end);
    [[nodiscard]] bool is_finished() const { return end_.has_value(); }
    /// The next signal that was asked for and not yet sent, or nullptr.
    [[nodiscard]] const std::string* wanted_signal() const {
        return signals_.empty() ? nullptr : &signals_.front();
    }
    void signal_sent() { signals_.pop_front(); }
    /// Nobody awaits it any more.
    [[nodiscard]] bool is_abandoned() const { return is_abandoned_; }
    /// Called when the job wants its channel looked at: output was read, a signal is wanted.
    std::function<void()> on_poke;

    // --- The side that awaits it.

    loop::Task<transport::Happening> next();
    void signal(const std::string& name);
    void abandon();
    void write(std::string_view bytes);
    void end_input();

    /// Most bytes of output that wait to be read.
    static constexpr std::size_t kMostBufferedBytes = std::size_t{64} * 1024;

  private:
    void poke() const {
        if (on_poke) on_poke();
    }

    loop::Loop& loop_;
    std::string script_;
    std::string input_;
    std::size_t input_sent_ = 0;
    bool reads_input_ = false;
    bool is_input_whole_ = true;
    transport::OutputQueue outputs_;
    bool tells_began_ = false;
    bool has_news_of_begin_ = false;
    std::optional<transport::Happening> end_;
    std::deque<std::string> signals_;
    bool is_abandoned_ = false;
    loop::Notice happened_;
};

/// The job of `command`. Where it cannot be carried out as it is, the job has ended already.
[[nodiscard]] std::shared_ptr<RemoteJob> job_of(loop::Loop& loop,
                                                const transport::Command& command);

/// The awaiting side of `job`; its destruction abandons the job.
[[nodiscard]] std::unique_ptr<transport::Execution> execution_of(std::shared_ptr<RemoteJob> job);

}  // namespace remuda::ssh
