// SPDX-License-Identifier: MIT
#include "run/hosts.h"

#include "remuda/base/check.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include <fmt/core.h>

namespace remuda::run {

using model::HostId;
using model::NodeId;

namespace {

constexpr Duration kClosingTime = std::chrono::seconds(2);
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(60);

/// A pause between three and five quarters of `pause`, another one for each host, so that a fleet
/// that was cut off as one does not come back as one.
Duration spread(Duration pause, HostId host) {
    constexpr std::uint64_t steps = 64;
    const std::uint64_t step = host.value * 37 % steps;
    return pause * 3 / 4 + pause / 2 * step / steps;
}

/// Trying again makes it no better, and many refused logins have the door shut for good.
bool is_worth_retrying(const Error& reason) {
    return reason.code() != Code::not_authorised;
}

}  // namespace

Hosts::Hosts(Parts parts, std::vector<std::unique_ptr<transport::Transport>> transports)
    : parts_(std::move(parts)), crew_(parts_.loop, parts_.fail) {
    const model::Fleet& fleet = parts_.fleet;
    REMUDA_CHECK(transports.size() == fleet.hosts.size());
    for (auto& transport : transports)
        hosts_.emplace_back(stop_, std::move(transport));
    for (const model::Node& node : fleet.nodes)
        hosts_[node.host.value].nodes.push_back(node.id);
    retired_.resize(fleet.nodes.size(), false);
}

void Hosts::open_all() {
    for (std::size_t index = 0; index < hosts_.size(); ++index) {
        if (!hosts_[index].nodes.empty()) open({index});
    }
}

void Hosts::open(HostId id) {
    hosts_[id.value].state = Host::State::opening;
    crew_.spawn(serve(id));
}

std::unique_ptr<transport::Execution> Hosts::start(HostId host, transport::Command command) {
    return hosts_[host.value].transport->start(std::move(command));
}

void Hosts::read(const model::Event& event) {
    if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
        const HostId id = parts_.fleet.nodes[started->node.value].host;
        places_.emplace(started->attempt, id);
        // One of an earlier run may be known not to be connected before its start is told.
        if (!detached_.contains(started->attempt)) ++hosts_[id.value].running;
    } else if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
        count_end(ended->attempt);
    } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
        count_end(refused->attempt);
    } else if (const auto* left = std::get_if<model::AttemptLeft>(&event)) {
        count_end(left->attempt);
    }
}

std::unique_ptr<transport::Execution> Hosts::attach(model::AttemptId attempt, HostId host,
                                                    const model::Durable& durable,
                                                    transport::Offsets from, Duration grace) {
    if (detached_.erase(attempt) > 0 && places_.contains(attempt)) ++hosts_[host.value].running;
    return hosts_[host.value].transport->attach(durable.key, from, {durable.boot, durable.epoch},
                                                grace);
}

void Hosts::detached(model::AttemptId attempt) {
    if (!detached_.insert(attempt).second) return;
    const auto found = places_.find(attempt);
    if (found != places_.end()) one_less(hosts_[found->second.value]);
}

void Hosts::release(HostId host, std::string key) {
    if (is_up(host)) {
        hosts_[host.value].transport->release(std::move(key));
    } else {
        hosts_[host.value].to_release.push_back(std::move(key));
    }
}

void Hosts::count_end(model::AttemptId attempt) {
    const auto found = places_.find(attempt);
    if (found == places_.end()) return;
    Host& host = hosts_[found->second.value];
    places_.erase(found);
    if (detached_.erase(attempt) == 0) one_less(host);
}

void Hosts::one_less(Host& host) {
    if (--host.running > 0) return;
    host.emptied.notify();
    leave_if_unused(host);
}

void Hosts::leave_if_unused(Host& host) {
    if (host.nodes.empty() && host.running == 0 && host.state != Host::State::unused) {
        host.stop.request();
    }
}

loop::Task<> Hosts::serve(HostId id) {
    Host& host = hosts_[id.value];
    Duration pause = kFirstPause;
    for (;;) {
        const Time began = parts_.loop.now();
        const Error broken = co_await use(id);
        if (host.stop.is_requested()) break;
        host.reason = broken.text();
        if (std::exchange(host.state, Host::State::down) != Host::State::down) {
            for (const NodeId node : nodes_of(id))
                parts_.emit(model::NodeDown{node, host.reason});
        }
        if (!parts_.tries_again) break;

        if (parts_.loop.now() >= began + kLongestPause) pause = kFirstPause;
        const Time next =
            is_worth_retrying(broken) ? parts_.loop.now() + spread(pause, id) : kNever;
        parts_.log(LogLevel::detail,
                   fmt::format("{}: {}; it is tried again {}", parts_.fleet.hosts[id.value].name,
                               host.reason, next == kNever ? "on SIGHUP" : "in a while"));
        const loop::Wake wake = co_await parts_.loop.wait(host.retry, next, host.stop);
        if (wake == loop::Wake::stopped) break;
        pause = std::min(pause * 2, kLongestPause);
        co_await renew(id);
        if (host.stop.is_requested()) break;
    }
    // At the end of the run all are closed together.
    if (host.nodes.empty() && !stop_.is_requested()) {
        co_await close_one(id, parts_.loop.now() + kClosingTime);
    }
}

loop::Task<Error> Hosts::use(HostId id) {
    Host& host = hosts_[id.value];
    const Result<void> opened = co_await host.transport->open(host.stop);
    if (!opened) co_return opened.error();
    if (host.stop.is_requested()) co_return Error(Code::stopped, "stopped");
    host.state = Host::State::up;
    for (std::string& key : std::exchange(host.to_release, {}))
        host.transport->release(std::move(key));
    changed_.notify();
    for (const NodeId node : nodes_of(id))
        parts_.emit(model::NodeUp{node});
    co_return co_await host.transport->failed(host.stop);
}

loop::Task<> Hosts::renew(HostId id) {
    Host& host = hosts_[id.value];
    while (host.running > 0) {
        const loop::Wake wake = co_await parts_.loop.wait(host.emptied, kNever, host.stop);
        if (wake == loop::Wake::stopped) co_return;
    }
    co_await host.transport->close(parts_.loop.now() + kClosingTime);
    host.previous = std::move(host.transport);
    host.transport = parts_.make_transport(parts_.fleet.hosts[id.value]);
}

loop::Task<> Hosts::close_one(HostId id, Time deadline) {
    Host& host = hosts_[id.value];
    if (std::exchange(host.state, Host::State::closed) == Host::State::closed) co_return;
    co_await host.transport->close(deadline);
}

NodeId Hosts::add(const JoiningNode& joining) {
    const HostId at = host_of(joining);
    model::Node node = joining.node;
    node.id = {parts_.fleet.nodes.size()};
    node.host = at;
    const NodeId id = node.id;
    const int slots = node.slots;
    parts_.fleet.nodes.push_back(std::move(node));
    retired_.push_back(false);
    Host& host = hosts_[at.value];
    host.nodes.push_back(id);
    parts_.emit(model::NodeAdded{id, at, slots});
    switch (host.state) {
        case Host::State::unused:
            open(at);
            break;
        case Host::State::up:
            parts_.emit(model::NodeUp{id});
            break;
        case Host::State::down:
            parts_.emit(model::NodeDown{id, host.reason});
            break;
        case Host::State::opening:
        case Host::State::closed:
            break;
    }
    return id;
}

HostId Hosts::host_of(const JoiningNode& joining) {
    std::vector<model::Host>& known = parts_.fleet.hosts;
    for (std::size_t index = 0; index < hosts_.size(); ++index) {
        // One that is about to be closed is not opened again.
        const bool is_usable =
            hosts_[index].state != Host::State::closed && !hosts_[index].stop.is_requested();
        if (is_usable && model::is_same_host(known[index], joining.host)) return {index};
    }
    model::Host host = joining.host;
    host.id = {known.size()};
    hosts_.emplace_back(stop_, parts_.make_transport(host));
    known.push_back(std::move(host));
    return known.back().id;
}

void Hosts::retire(NodeId node) {
    if (retired_[node.value]) return;
    retired_[node.value] = true;
    Host& host = hosts_[parts_.fleet.nodes[node.value].host.value];
    std::erase(host.nodes, node);
    parts_.emit(model::NodeRetired{node});
}

void Hosts::close_unused() {
    for (Host& host : hosts_)
        leave_if_unused(host);
}

void Hosts::retry_now() {
    for (Host& host : hosts_) {
        if (host.state == Host::State::down) host.retry.notify();
    }
}

loop::Task<> Hosts::join() {
    co_await crew_.join();
}

loop::Task<> Hosts::close(Time deadline) {
    for (std::size_t index = 0; index < hosts_.size(); ++index)
        crew_.spawn(close_one({index}, deadline));
    co_await crew_.join();
}

std::vector<NodeId> Hosts::nodes_of(HostId id) const {
    return hosts_[id.value].nodes;
}

}  // namespace remuda::run
