// SPDX-License-Identifier: MIT
//
// A controller's end of the shim's protocol, for tests: frames over pipes to a front.
#pragma once

#include "remuda/shim/wire.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

/// A frame that came.
struct Got {
    shim::FrameType type{};
    std::uint64_t id = 0;
    std::string payload;

    [[nodiscard]] std::uint64_t number(shim::Tag tag) const;
    [[nodiscard]] std::string text(shim::Tag tag) const;
    [[nodiscard]] std::vector<std::string> texts(shim::Tag tag) const;
};

/// A job that has ended, with what it wrote from where the attachment began.
struct Ended {
    Got frame;
    std::string out;
    std::string err;
    std::uint64_t out_begin = 0;

    [[nodiscard]] shim::EndKind kind() const {
        return static_cast<shim::EndKind>(frame.number(shim::Tag::kind));
    }
    [[nodiscard]] std::uint64_t code() const { return frame.number(shim::Tag::code); }
};

/// What carries the frames from the shim.
enum class Carrier { pipe, socket };

struct ChannelOptions {
    /// The program, or what starts it.
    std::vector<std::string> program;
    std::string folder;
    /// Empty: none is told.
    std::string controller;
    std::vector<std::pair<std::string, std::string>> environment;
    std::string linger = "0";
    Carrier carrier = Carrier::pipe;
};

class Channel {
  public:
    /// Starts a front and greets the supervisor. Throws std::runtime_error where nothing answers.
    explicit Channel(const ChannelOptions& options);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// What the shim said of itself.
    [[nodiscard]] const Got& hello() const { return hello_; }
    [[nodiscard]] pid_t front() const { return front_; }
    [[nodiscard]] pid_t supervisor() const;

    /// Adds frames to `frames()` and sends them.
    std::string& frames() { return frames_; }
    void send();
    void send_bytes(std::string_view bytes) const;

    /// Sends `run` with what `more` adds; returns the id.
    std::uint64_t run(const std::string& key, const std::string& script,
                      const std::function<void(shim::Frame&)>& more = nullptr);
    std::uint64_t run_durable(const std::string& key, const std::string& script);
    /// Sends `attach` and returns the id and the answer.
    std::pair<std::uint64_t, Got> attach(const std::string& key, std::uint64_t offset_out = 0,
                                         std::uint64_t offset_err = 0);
    void release(const std::string& key);

    /// The next frame that `is_wanted`; others are kept for later. Throws when the channel ends or
    /// nothing comes for a minute.
    Got wait_for(const std::function<bool(const Got&)>& is_wanted);
    Got wait_for(shim::FrameType type, std::uint64_t id);
    /// `started` or `refused`.
    Got begun(std::uint64_t id);
    /// Takes the job's output, with credit for more, until it has ended.
    Ended ended(std::uint64_t id);
    /// Takes output until stdout of the job is at least so long; returns what came.
    std::string output(std::uint64_t id, std::size_t at_least);

    /// Whether the shim has closed the channel; what comes before that is dropped.
    bool is_closed_by_shim();
    /// Closes ours.
    void close();

  private:
    bool read_more();
    bool take(Got& got);

    pid_t front_ = -1;
    int to_ = -1;
    int from_ = -1;
    Got hello_;
    std::string frames_;
    std::string input_;
    std::deque<Got> kept_;
    std::uint64_t next_id_ = 1;
};

}  // namespace remuda::test
