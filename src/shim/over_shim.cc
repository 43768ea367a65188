// SPDX-License-Identifier: MIT
#include "shim/over_shim.h"

#include "remuda/shim/programs.h"
#include "shim/bootstrap.h"
#include "shim/identity.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace remuda::shim {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// Channels that end one after the other without anything having ended on them.
constexpr int kMostFruitlessRestarts = 1;
constexpr auto kSweepTime = 60s;
// For the shim to take the last frames and close its channel.
constexpr auto kGoodbye = 500ms;

// A machine may stand under several names in the fleet: each has a connection of its own, and must
// not cut that of another. FNV-1a, twice.
std::string controller_for(std::string_view run, const model::Host& host) {
    if (run.empty()) return random_name();
    const std::string name = fmt::format("{}@{}:{}", host.user, host.name, host.port.value_or(0));
    std::string controller;
    for (const std::string_view salt : {"1", "2"}) {
        std::uint64_t hash = 0xcbf29ce484222325;
        for (const std::string_view part : {salt, run, std::string_view(name)}) {
            for (const char c : part)
                hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
        }
        controller += fmt::format("{:016x}", hash);
    }
    return controller;
}

}  // namespace

OverShim::OverShim(loop::Loop& loop, std::unique_ptr<transport::Transport> inner, model::Host host,
                   ShimSettings settings)
    : loop_(loop),
      host_(std::move(host)),
      settings_(std::move(settings)),
      controller_(controller_for(settings_.controller, host_)),
      inner_(std::move(inner)),
      scope_(loop) {}

std::string OverShim::giver_of(std::string_view key) const {
    const std::size_t at = key.rfind('-');
    if (at == std::string_view::npos) return "";
    const std::string giver = controller_for(key.substr(0, at + 1), host_);
    return giver == controller_ ? "" : giver;
}

// --- Opening, and the connections one after the other.

bool OverShim::is_wanted() const {
    switch (settings_.use) {
        case ShimSettings::Use::never:
            return false;
        case ShimSettings::Use::always:
            return true;
        case ShimSettings::Use::automatic:
            break;
    }
    // Here a process is started as fast without it, and jobs begin in our own folder.
    return !host_.is_local;
}

Task<Result<void>> OverShim::open(Stop& stop) {
    auto opened = co_await inner_->open(stop);
    if (!opened || !is_wanted()) co_return opened;
    Result<void> connected = Error(Code::system, "this remuda was built without it");
    if (!programs().empty()) connected = co_await connect(stop);
    if (connected) {
        is_by_shim_ = true;
        scope_.spawn(serve());
        scope_.spawn(watch());
        scope_.spawn(send());
        if (settings_.unwanted) scope_.spawn(sweep());
        co_return Result<void>();
    }
    const Error& why = connected.error();
    if (why.code() == Code::stopped) co_return why;
    if (settings_.use == ShimSettings::Use::always) co_return why.within("no shim");
    if (settings_.notice) {
        settings_.notice(
            host_.name,
            fmt::format("runs without the shim ({}): each job takes a channel of its own{}",
                        why.text(),
                        settings_.durable ? ", and ends when the connection does" : ""));
    }
    co_return Result<void>();
}

Task<Result<void>> OverShim::connect(Stop& stop) {
    auto front = std::make_shared<Front>(loop_, *inner_, controller_, settings_.dir);
    scope_.spawn(Front::read(front));
    auto greeted = co_await front->greeted(stop);
    if (!greeted) {
        front->give_up();
        co_return greeted.error();
    }
    if (is_closing_) {
        front->leave();
        co_return Error(Code::stopped, "stopped");
    }
    if (const auto& greeting = front->talk().greeting()) {
        keeper_ = keeper_of(*greeting);
    }
    front->set_listener(this);
    front_ = std::move(front);
    co_return Result<void>();
}

Task<> OverShim::serve() {
    for (;;) {
        const Error reason = co_await front_->ended(stop_);
        if (stop_.is_requested()) co_return;
        const std::shared_ptr<Front> gone = std::exchange(front_, nullptr);
        gone->set_listener(nullptr);
        gone->give_up();
        settle(*gone, reason);
        if (failure_ || fruitless_restarts_ == kMostFruitlessRestarts) {
            fail(reason);
            co_return;
        }
        ++fruitless_restarts_;
        const auto connected = co_await connect(stop_);
        if (stop_.is_requested()) co_return;
        if (!connected) {
            fail(connected.error());
            co_return;
        }
        resume();
    }
}

Task<> OverShim::watch() {
    const Error reason = co_await inner_->failed(stop_);
    if (reason.code() == Code::stopped || failure_) co_return;
    failure_ = reason;
    failed_.notify();
}

// Whoever is killed between a job's end and its release leaves a receipt behind.
Task<> OverShim::sweep() {
    const auto kept = co_await list(settings_.key_prefix, loop_.now() + kSweepTime, stop_);
    if (!kept || kept->empty()) co_return;
    std::vector<std::string> keys;
    keys.reserve(kept->size());
    for (const Kept& receipt : *kept)
        keys.push_back(receipt.key);
    for (std::string& key : settings_.unwanted(keys))
        release(std::move(key));
}

Task<> OverShim::send() {
    for (;;) {
        const Wake wake = co_await loop_.wait(outgoing_, kNever, stop_);
        if (wake == Wake::stopped) co_return;
        send_now();
    }
}

void OverShim::send_now() {
    if (!front_) return;
    if (!releases_.empty())
        front_->talk().release(std::exchange(releases_, {}), settings_.controller.empty());
    front_->send();
}

void OverShim::fail(const Error& reason) {
    if (!failure_) failure_ = reason;
    // Before the refusals, so that nobody sends these jobs back here.
    failed_.notify();
    for (const JobPtr& job : std::exchange(detached_, {}))
        job->finish(transport::Detached{reason.text()});
    for (const JobPtr& job : std::exchange(unsent_, {}))
        job->finish(transport::Refused{reason.text()});
}

Task<Error> OverShim::failed(Stop& stop) {
    if (!is_by_shim_) co_return co_await inner_->failed(stop);
    while (!failure_) {
        const Wake wake = co_await loop_.wait(failed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    co_return *failure_;
}

Task<> OverShim::close(Time deadline) {
    is_closing_ = true;
    const Time goodbye = std::min<Time>(deadline, loop_.now() + kGoodbye);
    const std::shared_ptr<Front> last = std::exchange(front_, nullptr);
    if (last) {
        last->set_listener(nullptr);
        if (!releases_.empty())
            last->talk().release(std::exchange(releases_, {}), settings_.controller.empty());
        last->send();
        settle(*last, Error(Code::stopped, "the connection was closed while it ran"));
    }
    fail(Error(Code::stopped, "the connection was closed"));
    stop_.request();
    if (last) {
        last->leave();
        co_await last->closed(goodbye);
    }
    co_await inner_->close(deadline);
    co_await scope_.join();
}

// --- Questions.

Task<Result<void>> OverShim::ask(Conversation::Id id, std::shared_ptr<Question> question,
                                 Time deadline, Stop& stop) {
    questions_.emplace(id, question);
    outgoing_.notify();
    while (!question->is_answered) {
        const Wake wake = co_await loop_.wait(question->answered, deadline, stop);
        if (wake == Wake::ready) continue;
        questions_.erase(id);
        co_return wake == Wake::timeout ? Error(Code::timed_out, "the shim does not answer")
                                        : Error(Code::stopped, "stopped");
    }
    if (const auto& fault = question->fault) co_return *fault;
    co_return Result<void>();
}

Task<Result<std::string>> OverShim::facts(Time deadline, Stop& stop) {
    if (!front_) co_return Error(Code::not_found, "the shim does not run there");
    const auto question = std::make_shared<Question>();
    const auto asked = co_await ask(front_->talk().facts(), question, deadline, stop);
    if (!asked) co_return asked.error();
    co_return std::move(question->facts);
}

Task<Result<std::vector<Kept>>> OverShim::list(std::string prefix, Time deadline, Stop& stop) {
    if (!front_) co_return Error(Code::not_found, "the shim does not run there");
    const auto question = std::make_shared<Question>();
    const auto asked = co_await ask(front_->talk().list(prefix), question, deadline, stop);
    if (!asked) co_return asked.error();
    co_return std::move(question->kept);
}

std::unique_ptr<ShimTransport> make_shim_transport(loop::Loop& loop,
                                                   std::unique_ptr<transport::Transport> inner,
                                                   model::Host host, ShimSettings settings) {
    return std::make_unique<OverShim>(loop, std::move(inner), std::move(host), std::move(settings));
}

std::string cleaning_script(const std::string& dir) {
    return cleaning_script(programs(), dir);
}

}  // namespace remuda::shim
