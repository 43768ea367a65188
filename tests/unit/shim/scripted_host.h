// SPDX-License-Identifier: MIT
//
// ScriptedHost: a transport whose every command is a shim that the test speaks for. Nothing is
// executed, and the clock may be simulated.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/shim/wire.h"
#include "remuda/transport/transport.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace remuda::test {

/// A frame that the controller sent.
struct SentFrame {
    shim::FrameType type{};
    std::uint64_t id = 0;
    std::string payload;

    [[nodiscard]] std::vector<std::string> all(shim::Tag tag) const {
        std::vector<std::string> values;
        shim::Fields fields(payload);
        while (const auto field = fields.next()) {
            if (field->tag == tag) values.emplace_back(field->value);
        }
        return values;
    }
    [[nodiscard]] std::string text(shim::Tag tag) const {
        const auto values = all(tag);
        return values.empty() ? "" : values.front();
    }
    [[nodiscard]] std::uint64_t number(shim::Tag tag) const {
        const std::string value = text(tag);
        return value.size() == 8 ? shim::get_number(value, 8) : 0;
    }
};

/// One command that the controller started on the host.
class ScriptedChannel {
  public:
    ScriptedChannel(loop::Loop& loop, transport::Command command)
        : loop_(loop), script(std::move(command.script)), written(std::move(command.input)) {
        const std::size_t at = script.find("remuda-");
        if (at != std::string::npos) mark = script.substr(at, 39);
    }

    void say(std::string bytes, model::Stream stream = model::Stream::out) {
        happen(transport::Output{stream, std::move(bytes)});
    }
    void say_ready() { say(mark + " ready\n"); }
    void say_hello(const std::string& boot = "boot", const std::string& epoch = "epoch",
                   const std::string& machine = "") {
        std::string frame;
        shim::Frame(frame, shim::FrameType::shim_hello, 0)
            .number(shim::Tag::version, shim::kVersion)
            .text(shim::Tag::boot, boot)
            .text(shim::Tag::machine, machine)
            .text(shim::Tag::epoch, epoch);
        say(frame);
    }
    void say_started(std::uint64_t id, std::uint64_t window = 0) {
        std::string frame;
        shim::Frame(frame, shim::FrameType::started, id).number(shim::Tag::window, window);
        say(frame);
    }
    void say_output(std::uint64_t id, std::uint64_t offset, std::string_view bytes) {
        std::string frame;
        shim::Frame(frame, shim::FrameType::output, id).output_head(1, offset).raw(bytes);
        say(frame);
    }
    void say_exited(std::uint64_t id, std::uint64_t code = 0) {
        std::string frame;
        shim::Frame(frame, shim::FrameType::ended, id)
            .number(shim::Tag::kind, 0)
            .number(shim::Tag::code, code)
            .number(shim::Tag::wall, 5);
        say(frame);
    }
    void say_attached(std::uint64_t id, shim::AttachState state) {
        std::string frame;
        shim::Frame(frame, shim::FrameType::attached, id)
            .number(shim::Tag::state, static_cast<std::uint64_t>(state));
        say(frame);
    }
    void end(transport::Happening how) { happen(std::move(how)); }
    void cut() { end(transport::Ended{model::Lost{"the connection broke"}}); }

    /// Frames that came since this was last asked.
    std::vector<SentFrame> frames() {
        std::vector<SentFrame> all;
        for (;;) {
            const std::string_view rest = std::string_view(written).substr(read_);
            const auto header = shim::read_header(rest);
            if (!header || rest.size() < shim::kHeaderSize + header->length) return all;
            all.push_back({header->type, header->id,
                           std::string(rest.substr(shim::kHeaderSize, header->length))});
            read_ += shim::kHeaderSize + header->length;
        }
    }
    /// Those of one type.
    std::vector<SentFrame> frames(shim::FrameType type) {
        auto all = frames();
        std::erase_if(all, [&](const SentFrame& frame) { return frame.type != type; });
        return all;
    }
    void skip_frames_of(std::size_t bytes) { read_ += bytes; }

    loop::Task<transport::Happening> next() {
        loop::Stop never;
        while (happenings_.empty())
            co_await loop_.wait(happened_, kNever, never);
        auto happening = std::move(happenings_.front());
        if (std::holds_alternative<transport::Output>(happening)) happenings_.pop_front();
        co_return happening;
    }

  private:
    void happen(transport::Happening happening) {
        happenings_.push_back(std::move(happening));
        happened_.notify();
    }

    loop::Loop& loop_;
    std::deque<transport::Happening> happenings_;
    loop::Notice happened_;
    std::size_t read_ = 0;

  public:
    const std::string script;
    std::string mark;
    std::string written;
    std::vector<std::string> signals;
    bool is_input_ended = false;
    /// Nothing that is written from now on leaves.
    bool is_stalled = false;
    std::size_t stalled_bytes = 0;
};

using ChannelPtr = std::shared_ptr<ScriptedChannel>;

struct ScriptedHost {
    std::vector<ChannelPtr> channels;
    /// Called for each new channel.
    std::function<void(ScriptedChannel&)> on_channel = [](ScriptedChannel& channel) {
        channel.say_ready();
        channel.say_hello();
    };
    loop::Notice changed;
    std::optional<Error> failure;
    bool is_closed = false;
};

class ScriptedExecution final : public transport::Execution {
  public:
    ScriptedExecution(ScriptedHost& host, ChannelPtr channel)
        : host_(host), channel_(std::move(channel)) {}
    loop::Task<transport::Happening> next() override { return channel_->next(); }
    void signal(const std::string& name) override { channel_->signals.push_back(name); }
    void write(std::string bytes) override {
        if (channel_->is_stalled) {
            channel_->stalled_bytes += bytes.size();
        } else {
            channel_->written += bytes;
        }
        host_.changed.notify();
    }
    void end_input() override { channel_->is_input_ended = true; }
    [[nodiscard]] std::size_t unsent() const override { return channel_->stalled_bytes; }

  private:
    ScriptedHost& host_;
    // Shared with the test.
    ChannelPtr channel_;
};

class ScriptedTransport final : public transport::Transport {
  public:
    ScriptedTransport(loop::Loop& loop, ScriptedHost& host) : loop_(loop), host_(host) {}
    loop::Task<Result<void>> open(loop::Stop& /*stop*/) override { co_return Result<void>(); }
    std::unique_ptr<transport::Execution> start(transport::Command command) override {
        auto channel = std::make_shared<ScriptedChannel>(loop_, std::move(command));
        host_.channels.push_back(channel);
        host_.on_channel(*channel);
        host_.changed.notify();
        return std::make_unique<ScriptedExecution>(host_, std::move(channel));
    }
    loop::Task<Error> failed(loop::Stop& stop) override {
        loop::Notice never;
        co_await loop_.wait(never, kNever, stop);
        co_return Error(Code::stopped, "stopped");
    }
    loop::Task<> close(Time /*deadline*/) override {
        host_.is_closed = true;
        for (const ChannelPtr& channel : host_.channels)
            channel->cut();
        co_return;
    }

  private:
    loop::Loop& loop_;
    ScriptedHost& host_;
};

}  // namespace remuda::test
