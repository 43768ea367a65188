// SPDX-License-Identifier: MIT
#include "ssh/jump_host.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// So that hundreds of hosts behind a jump host that is down, or refuses us, do not each try it:
// servers lock out who does that.
constexpr auto kFailureHolds = 5s;
// A connection may have broken before anybody has noticed: the tunnel is asked for again then.
constexpr int kMostTries = 2;

class Use {
  public:
    explicit Use(std::size_t& users) : users_(users) { ++users_; }
    ~Use() { --users_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

  private:
    std::size_t& users_;
};

}  // namespace

class JumpHost::TunnelStream final : public Stream {
  public:
    TunnelStream(JumpHost& owner, std::shared_ptr<Tunnel> tunnel)
        : owner_(owner),
          use_(owner.users_),
          tunnel_(std::move(tunnel)),
          near_(tunnel_->take_near_end()) {}
    ~TunnelStream() override {
        owner_.shared_.loop.forget(near_.number());
        near_.reset();
        tunnel_->drop();
    }
    TunnelStream(const TunnelStream&) = delete;
    TunnelStream& operator=(const TunnelStream&) = delete;

    [[nodiscard]] int number() const override { return near_.number(); }
    [[nodiscard]] std::string trouble() const override {
        const auto& failure = tunnel_->failure();
        return failure ? failure->within(owner_.name_).text() : std::string();
    }
    [[nodiscard]] std::string silent_jump(Time since) const override {
        return owner_.silent_jump(since);
    }

  private:
    JumpHost& owner_;
    Use use_;
    std::shared_ptr<Tunnel> tunnel_;
    Fd near_;
};

JumpHost::JumpHost(Client::Shared& shared, std::string name, Resolve resolve)
    : shared_(shared), name_(std::move(name)), resolve_(std::move(resolve)), scope_(shared.loop) {}

JumpHost::~JumpHost() = default;

Task<Result<std::unique_ptr<Stream>>> JumpHost::open(Tunnel::Target target, Duration limit,
                                                     Stop& stop) {
    const Use use(users_);
    for (int tries = 1;; ++tries) {
        auto over = co_await connection(stop);
        if (!over) co_return over.error().within(name_);
        Connection& chosen = **over;
        const Time deadline = shared_.loop.now() + limit;
        const auto tunnel = chosen.start_tunnel(target);
        while (tunnel->is_opening()) {
            const Wake wake = co_await shared_.loop.wait(tunnel->answered(), deadline, stop);
            const bool is_given_up = wake == Wake::timeout || wake == Wake::stopped;
            if (!is_given_up || !tunnel->is_opening()) continue;
            tunnel->drop();
            if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
            co_return Error(Code::timed_out, fmt::format("{}: connecting to {} port {} timed out",
                                                         name_, target.host, target.port));
        }
        const std::optional<Error>& failure = tunnel->failure();
        if (!failure) {
            co_return std::unique_ptr<Stream>(std::make_unique<TunnelStream>(*this, tunnel));
        }
        if (!tunnel->was_cut() || tries == kMostTries) co_return failure->within(name_);
    }
}

// The first of a chain is the likeliest to be at fault.
std::string JumpHost::silent_jump(Time since) const {
    std::string before;
    for (const auto& each : connections_) {
        if (each->silent_since() > since) return {};
        if (before.empty()) before = each->silent_jump(since);
    }
    return before.empty() ? name_ : before;
}

Connection* JumpHost::roomiest() const {
    Connection* best = nullptr;
    for (const auto& each : connections_) {
        if (!each->is_usable()) continue;
        if (best == nullptr || each->tunnels() < best->tunnels()) best = each.get();
    }
    return best;
}

Task<Result<Connection*>> JumpHost::connection(Stop& stop) {
    for (;;) {
        grow_if_needed();
        if (Connection* best = roomiest()) co_return best;
        if (!is_connecting_ && failure_) co_return *failure_;
        const Wake wake = co_await shared_.loop.wait(changed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
}

// One login at a time, so that a limit of the server on those is never met.
void JumpHost::grow_if_needed() {
    if (is_connecting_ || stop_.is_requested()) return;
    const auto usable =
        static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
                                               [](const auto& each) { return each->is_usable(); }));
    const std::size_t wanted = std::min(1 + users_ / kTunnelsAConnection, kMostConnections);
    if (usable >= wanted || (failure_ && shared_.loop.now() < failure_holds_until_)) return;
    is_connecting_ = true;
    scope_.spawn(grow());
}

Task<Result<std::unique_ptr<Connection>>> JumpHost::log_in() {
    if (!login_) {
        auto settings = co_await resolve_(stop_);
        if (!settings) co_return settings.error();
        login_ = std::make_unique<Login>(shared_, std::move(settings).value());
    }
    co_return co_await login_->connect(stop_);
}

Task<> JumpHost::grow() {
    auto connected = co_await log_in();
    is_connecting_ = false;
    if (connected) {
        failure_.reset();
        connections_.push_back(std::move(connected).value());
        scope_.spawn(serve(*connections_.back()));
    } else {
        failure_ = connected.error();
        failure_holds_until_ = shared_.loop.now() + kFailureHolds;
        shared_.log(LogLevel::detail, fmt::format("{}: {}", name_, failure_->text()));
    }
    changed_.notify();
}

Task<> JumpHost::serve(Connection& connection) {
    const Error reason = co_await connection.serve(*this, stop_);
    if (!stop_.is_requested()) {
        shared_.log(LogLevel::detail, fmt::format("{}: {}", name_, reason.text()));
    }
    std::erase_if(connections_, [&](const auto& each) { return each.get() == &connection; });
}

Task<> JumpHost::close() {
    stop_.request();
    co_await scope_.join();
}

}  // namespace remuda::ssh
