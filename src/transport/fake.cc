// SPDX-License-Identifier: MIT
#include "remuda/transport/fake.h"

#include "remuda/transport/ready_execution.h"

#include <algorithm>
#include <set>
#include <utility>

namespace remuda::transport {

FakeCommand& FakeCommand::prints(std::string bytes, model::Stream stream, Duration after) {
    steps.push_back({after, Output{stream, std::move(bytes)}});
    return *this;
}

FakeCommand& FakeCommand::ends(model::Outcome outcome, Duration after) {
    steps.push_back({after, Ended{std::move(outcome)}});
    return *this;
}

FakeCommand& FakeCommand::refuses(std::string reason, Duration after) {
    steps.push_back({after, Refused{std::move(reason)}});
    return *this;
}

namespace {

class FakeExecution;

/// What a transport and its executions share. The transport owns it and outlives its executions.
struct Shared {
    loop::Loop& loop;
    FakeHost& host;
    Time breaks_at = kNever;
    std::set<FakeExecution*> executions;

    [[nodiscard]] bool is_broken() const { return breaks_at <= loop.now(); }
};

class FakeExecution final : public Execution {
  public:
    /// `began`: when the first step was counted from. `from`: output that is known already.
    FakeExecution(Shared& shared, FakeCommand command, Time began, bool is_durable,
                  bool tells_began, Offsets from = {})
        : shared_(shared),
          command_(std::move(command)),
          is_durable_(is_durable),
          known_(from),
          last_(began),
          has_news_of_begin_(tells_began) {
        FakeHost& host = shared_.host;
        host.most_running = std::max(host.most_running, ++host.running);
        shared_.executions.insert(this);
    }
    ~FakeExecution() override {
        shared_.executions.erase(this);
        end();
    }
    FakeExecution(const FakeExecution&) = delete;
    FakeExecution& operator=(const FakeExecution&) = delete;

    loop::Task<Happening> next() override {
        const bool is_refused = !command_.steps.empty() &&
                                std::holds_alternative<Refused>(command_.steps.front().happening);
        if (std::exchange(has_news_of_begin_, false) && !is_refused && !ended_by_) {
            co_return Began{};
        }
        for (;;) {
            if (ended_by_.has_value()) {
                model::Outcome outcome = std::move(*ended_by_);
                end();
                co_return Ended{std::move(outcome)};
            }
            const Time due =
                step_ < command_.steps.size() ? last_ + command_.steps[step_].after : kNever;
            const Time now = shared_.loop.now();
            if (shared_.breaks_at <= now && shared_.breaks_at < due) {
                if (is_durable_) {
                    end();
                    co_return Detached{shared_.host.break_reason};
                }
                ended_by_ = model::Lost{shared_.host.break_reason};
                continue;
            }
            if (due <= now) {
                last_ = due;
                Happening happening = std::move(command_.steps[step_++].happening);
                auto* output = std::get_if<Output>(&happening);
                if (output == nullptr) end();
                if (output != nullptr && !drop_known(*output)) continue;
                co_return happening;
            }
            co_await shared_.loop.wait(signalled_, std::min(due, shared_.breaks_at), never_);
        }
    }

    void signal(const std::string& name) override {
        if (!is_running_) return;
        shared_.host.signals.push_back(name);
        if (std::ranges::find(command_.ignored_signals, name) != command_.ignored_signals.end()) {
            return;
        }
        end_by(model::Signalled{name});
    }

    void end_by(model::Outcome outcome) {
        if (!is_running_ || ended_by_) return;
        ended_by_ = std::move(outcome);
        signalled_.notify();
    }

  private:
    /// False: all of it is known.
    bool drop_known(Output& output) {
        std::uint64_t& known = output.stream == model::Stream::out ? known_.out : known_.err;
        const auto dropped =
            static_cast<std::size_t>(std::min<std::uint64_t>(known, output.bytes.size()));
        known -= dropped;
        output.bytes.erase(0, dropped);
        return !output.bytes.empty();
    }
    void end() {
        if (std::exchange(is_running_, false)) --shared_.host.running;
    }

    Shared& shared_;
    FakeCommand command_;
    bool is_durable_;
    /// Output that is not told again.
    Offsets known_;
    /// When the last step happened.
    Time last_;
    bool has_news_of_begin_;
    std::size_t step_ = 0;
    bool is_running_ = true;
    std::optional<model::Outcome> ended_by_;
    loop::Notice signalled_;
    loop::Stop never_;
};

class FakeTransport final : public Transport {
  public:
    FakeTransport(loop::Loop& loop, FakeHost& host) : shared_{loop, host, kNever, {}} {}

    loop::Task<Result<void>> open(loop::Stop& stop) override {
        FakeHost& host = shared_.host;
        // It may have been closed by the transport before this one.
        host.is_closed = false;
        const Time deadline = host.opening == FakeHost::Opening::never_returns
                                  ? kNever
                                  : shared_.loop.now() + host.opening_takes;
        const loop::Wake wake = co_await shared_.loop.sleep_until(deadline, stop);
        if (wake == loop::Wake::stopped) co_return Error(Code::stopped, "stopped");
        if (host.opening == FakeHost::Opening::fails) {
            co_return Error(Code::unreachable, host.opening_fault);
        }
        if (host.breaks_after) shared_.breaks_at = shared_.loop.now() + *host.breaks_after;
        co_return Result<void>();
    }

    std::unique_ptr<Execution> start(Command command) override {
        FakeHost& host = shared_.host;
        if (host.is_closed || shared_.is_broken()) {
            return ready_execution(Refused{host.break_reason});
        }
        host.started.push_back(command.script);
        FakeCommand made;
        if (host.on_command) {
            made = host.on_command(command.script);
        } else {
            made.ends(model::Exited{0});
        }
        const Time now = shared_.loop.now();
        const bool is_durable = host.keeper && !command.key.empty();
        if (is_durable) host.kept[command.key] = {now, made};
        return std::make_unique<FakeExecution>(shared_, std::move(made), now, is_durable,
                                               command.tells_began);
    }

    [[nodiscard]] std::optional<Keeper> keeper() const override { return shared_.host.keeper; }

    std::unique_ptr<Execution> attach(std::string key, Offsets from, const Keeper& sent_to,
                                      Duration grace) override {
        FakeHost& host = shared_.host;
        if (!host.keeper) return Transport::attach(std::move(key), from, sent_to, grace);
        host.graces.push_back(grace);
        host.attached.push_back(key + " " + std::to_string(from.out) + " " +
                                std::to_string(from.err));
        const auto found = host.kept.find(key);
        if (found == host.kept.end()) {
            if (host.keeper == sent_to) return ready_execution(Refused{"never started there"});
            return ready_execution(Ended{model::Lost{"its receipt is gone"}});
        }
        return std::make_unique<FakeExecution>(shared_, found->second.command, found->second.began,
                                               true, false, from);
    }

    void release(std::string key) override {
        shared_.host.kept.erase(key);
        shared_.host.released.push_back(std::move(key));
    }

    loop::Task<Error> failed(loop::Stop& stop) override {
        const Time told_at =
            shared_.breaks_at == kNever ? kNever : shared_.breaks_at + shared_.host.news_takes;
        const loop::Wake wake = co_await shared_.loop.sleep_until(told_at, stop);
        if (wake == loop::Wake::stopped) co_return Error(Code::stopped, "stopped");
        co_return Error(Code::unreachable, shared_.host.break_reason);
    }

    loop::Task<> close(Time deadline) override {
        const Time done = shared_.loop.now() + shared_.host.closing_takes;
        loop::Stop never;
        co_await shared_.loop.sleep_until(std::min(done, deadline), never);
        shared_.host.is_closed = true;
        for (FakeExecution* execution : shared_.executions) {
            execution->end_by(model::Lost{"the connection was closed"});
        }
    }

  private:
    Shared shared_;
};

}  // namespace

std::unique_ptr<Transport> make_fake(loop::Loop& loop, FakeHost& host) {
    return std::make_unique<FakeTransport>(loop, host);
}

}  // namespace remuda::transport
