// SPDX-License-Identifier: MIT
#include "cli/attach_hosts.h"

#include "cli/host_script.h"
#include "remuda/shim/shim_transport.h"
#include "remuda/transport/ready_execution.h"

#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

/// A transport that was opened before, or could not be.
class Opened final : public transport::Transport {
  public:
    Opened(std::unique_ptr<transport::Transport> inner, Result<void> opened)
        : inner_(std::move(inner)), opened_(std::move(opened)) {}

    loop::Task<Result<void>> open(loop::Stop& /*stop*/) override { co_return opened_; }
    std::unique_ptr<transport::Execution> start(transport::Command command) override {
        return inner_->start(std::move(command));
    }
    [[nodiscard]] std::optional<transport::Keeper> keeper() const override {
        return inner_->keeper();
    }
    std::unique_ptr<transport::Execution> attach(std::string key, transport::Offsets from,
                                                 const transport::Keeper& sent_to,
                                                 Duration grace) override {
        return inner_->attach(std::move(key), from, sent_to, grace);
    }
    void release(std::string key) override { inner_->release(std::move(key)); }
    loop::Task<Error> failed(loop::Stop& stop) override { return inner_->failed(stop); }
    loop::Task<> close(Time deadline) override { return inner_->close(deadline); }

  private:
    std::unique_ptr<transport::Transport> inner_;
    Result<void> opened_;
};

/// A host that has nothing for us.
class Idle final : public transport::Transport {
  public:
    explicit Idle(loop::Loop& loop) : loop_(loop) {}

    loop::Task<Result<void>> open(loop::Stop& /*stop*/) override { co_return Result<void>(); }
    std::unique_ptr<transport::Execution> start(transport::Command /*command*/) override {
        return transport::ready_execution(transport::Refused{"nothing is started there"});
    }
    loop::Task<Error> failed(loop::Stop& stop) override {
        (void)co_await loop_.sleep_until(kNever, stop);
        co_return Error(Code::stopped, "stopped");
    }
    loop::Task<> close(Time /*deadline*/) override { co_return; }

  private:
    loop::Loop& loop_;
};

/// Whether the host has a file of receipts.
loop::Task<Result<bool>> has_receipts(loop::Loop& loop, transport::Transport& transport,
                                      std::string script, loop::Stop& stop) {
    auto end = co_await run_script(loop, transport, std::move(script), stop);
    if (!end) co_return end.error();
    const auto* exited = std::get_if<model::Exited>(&end->outcome);
    if (exited != nullptr && (exited->code == 0 || exited->code == 1)) co_return exited->code == 0;
    co_return Error(Code::unreachable, fmt::format("it cannot be asked for its receipts: {}",
                                                   model::describe(end->outcome)));
}

}  // namespace

loop::Task<> AttachHosts::look(loop::Stop& stop) {
    loop::Scope scope(loop_);
    for (const model::Host& host : fleet_.hosts)
        scope.spawn(look_at(host.id, stop));
    co_await scope.join();
}

loop::Task<> AttachHosts::look_at(model::HostId id, loop::Stop& stop) {
    auto asked = co_await ask(id, stop);
    if (!asked) hosts_[id.value].fault = asked.error();
}

loop::Task<Result<void>> AttachHosts::ask(model::HostId id, loop::Stop& stop) {
    const model::Host& host = fleet_.hosts[id.value];
    std::unique_ptr<transport::Transport> plain = transports_.make_plain(host);
    auto opened = co_await plain->open(stop);
    if (!opened) co_return opened;
    const auto has_some =
        co_await has_receipts(loop_, *plain, shim::receipts_script(host.shim_dir), stop);
    if (!has_some || !*has_some) {
        co_await close_one(*plain);
        if (!has_some) co_return has_some.error();
        co_return Result<void>();
    }
    auto with_shim =
        transports_.make_with_shim(host, std::make_unique<Opened>(std::move(plain), opened));
    opened = co_await with_shim->open(stop);
    if (!opened) {
        co_await close_one(*with_shim);
        co_return opened;
    }
    auto kept = co_await with_shim->list("", loop_.now() + kHostAnswerTime, stop);
    if (!kept) {
        co_await close_one(*with_shim);
        co_return kept.error();
    }
    Host& to = hosts_[id.value];
    to.receipts = {id, with_shim->keeper().value_or(transport::Keeper()), std::move(*kept)};
    to.transport = std::move(with_shim);
    co_return Result<void>();
}

std::vector<HostReceipts> AttachHosts::take_receipts() {
    std::vector<HostReceipts> all;
    for (Host& host : hosts_) {
        if (auto& receipts = host.receipts) all.push_back(std::move(*receipts));
        host.receipts.reset();
    }
    return all;
}

std::unique_ptr<transport::Transport> AttachHosts::transport(const model::Host& host) {
    Host& asked = hosts_[host.id.value];
    if (asked.fault) return another(host);
    if (!asked.transport) return std::make_unique<Idle>(loop_);
    return std::make_unique<Opened>(std::move(asked.transport), Result<void>());
}

std::unique_ptr<transport::Transport> AttachHosts::another(const model::Host& host) {
    const Host& asked = hosts_[host.id.value];
    if (!asked.fault) return transports_.make_with_shim(host, transports_.make_plain(host));
    return std::make_unique<Opened>(transports_.make_plain(host), *asked.fault);
}

loop::Task<> AttachHosts::close_one(transport::Transport& transport) {
    co_await transport.close(loop_.now() + kHostClosingTime);
}

loop::Task<> AttachHosts::close() {
    loop::Scope scope(loop_);
    for (Host& host : hosts_) {
        if (host.transport) scope.spawn(close_one(*host.transport));
    }
    co_await scope.join();
}

}  // namespace remuda::cli
