// SPDX-License-Identifier: MIT
#include "local/local_execution.h"

#include <csignal>
#include <utility>

#include <string.h>

namespace remuda::local {

using loop::Stop;
using loop::Task;

namespace {

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? std::to_string(number) : name;
}

int signal_number(const std::string& name) {
    for (int number = 1; number < NSIG; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && name == known) return number;
    }
    return 0;
}

}  // namespace

LocalExecution::LocalExecution(loop::Loop& loop, const std::string& script,
                               std::shared_ptr<Stop> closing)
    : closing_(std::move(closing)), output_(loop) {
    Fd out;
    Fd err;
    if (auto piped = output_.open(out, err); !piped) {
        // Nothing wrong with the command: too many descriptors are open now.
        end_ = transport::Refused{piped.error().text()};
        return;
    }
    loop::ChildSpec spec;
    spec.arguments = {"/bin/sh", "-c", script};
    spec.out = out.number();
    spec.err = err.number();
    auto child = loop::Child::spawn(loop, spec);
    if (!child) {
        end_ = transport::Ended{model::NeverStarted{child.error().text()}};
        return;
    }
    child_ = std::make_unique<loop::Child>(std::move(child).value());
}

Task<transport::Happening> LocalExecution::next() {
    if (end_) co_return *end_;
    auto piece = co_await output_.next(*closing_);
    if (piece) co_return std::move(*piece);
    if (!output_.has_ended()) co_return abandon();
    const auto ended = co_await child_->wait(kNever, *closing_);
    if (!ended) co_return abandon();
    if (ended->signal != 0) {
        end_ = transport::Ended{model::Signalled{signal_name(ended->signal)}};
    } else {
        end_ = transport::Ended{model::Exited{ended->exit_code}};
    }
    co_return *end_;
}

transport::Happening LocalExecution::abandon() {
    child_->signal(SIGKILL);
    end_ = transport::Ended{model::Lost{"killed while it ran, because the run was left"}};
    return *end_;
}

void LocalExecution::signal(const std::string& name) {
    if (child_ && !end_) child_->signal(signal_number(name));
}

}  // namespace remuda::local
