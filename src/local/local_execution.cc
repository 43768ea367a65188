// SPDX-License-Identifier: MIT
#include "local/local_execution.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace remuda::local {

using loop::Stop;
using loop::Task;
using loop::Wake;

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

// Writing does not block.
Result<void> make_input(Fd& reader, Fd& writer) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    reader.reset(ends[0]);
    writer.reset(ends[1]);
    if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) return sys_error("cannot set up a pipe");
    return {};
}

std::string with_home(const std::string& directory) {
    if (directory != "~" && !directory.starts_with("~/")) return directory;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it.
    const char* home = std::getenv("HOME");
    return (home == nullptr ? "" : home) + directory.substr(1);
}

}  // namespace

LocalExecution::LocalExecution(loop::Loop& loop, transport::Command command,
                               std::shared_ptr<Stop> closing)
    : loop_(loop), closing_(std::move(closing)), output_(loop) {
    Fd out;
    Fd err;
    auto piped = output_.open(out, err);
    if (piped && (command.input_follows || !command.input.empty())) {
        piped = make_input(input_reader_, input_pipe_);
    }
    if (!piped) {
        // Nothing wrong with the command: too many descriptors are open now.
        end_ = transport::Refused{piped.error().text()};
        return;
    }
    loop::ChildSpec spec;
    spec.arguments = {"/bin/sh", "-c", std::move(command.script)};
    if (command.nice != 0) {
        spec.arguments.insert(spec.arguments.begin(), {"nice", "-n", std::to_string(command.nice)});
    }
    spec.in = input_reader_.number();
    spec.out = out.number();
    spec.err = err.number();
    spec.environment = std::move(command.environment);
    spec.directory = with_home(command.directory);
    auto child = loop::Child::spawn(loop, spec);
    if (!child) {
        end_ = transport::Ended{model::NeverStarted{child.error().text()}};
        return;
    }
    child_ = std::make_unique<loop::Child>(std::move(child).value());
    input_ = std::move(command.input);
    is_input_whole_ = !command.input_follows;
    has_news_of_begin_ = command.tells_began;
    send_input();
}

LocalExecution::~LocalExecution() {
    if (input_pipe_) loop_.forget(input_pipe_.number());
}

void LocalExecution::send_input() {
    while (input_pipe_ && unsent() > 0) {
        const ssize_t n = ::write(input_pipe_.number(), input_.data() + input_sent_, unsent());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;
        input_sent_ += static_cast<std::size_t>(n);
    }
    input_.clear();
    input_sent_ = 0;
    if (!is_input_whole_ || !input_pipe_) return;
    loop_.forget(input_pipe_.number());
    input_pipe_.reset();
    input_reader_.reset();
}

void LocalExecution::write(std::string bytes) {
    if (is_input_whole_ || end_) return;
    // What went is dropped when it is the greater part: so every byte is moved about once.
    if (input_sent_ > input_.size() / 2) input_.erase(0, std::exchange(input_sent_, 0));
    input_ += bytes;
    send_input();
    if (unsent() > 0) input_came_.notify();
}

void LocalExecution::end_input() {
    if (is_input_whole_ || end_) return;
    is_input_whole_ = true;
    // Whoever waits for the pipe closes it.
    if (!is_feeding_) send_input();
    input_came_.notify();
}

Task<> LocalExecution::feed(Stop& stop) {
    is_feeding_ = true;
    for (;;) {
        send_input();
        if (!input_pipe_) break;
        Wake wake = Wake::ready;
        if (unsent() == 0) {
            wake = co_await loop_.wait(input_came_, kNever, stop);
        } else {
            wake = co_await loop_.wait_fd_or(input_pipe_.number(), loop::Readiness::writable,
                                             input_came_, kNever, stop);
        }
        if (wake == Wake::stopped) break;
    }
    is_feeding_ = false;
}

Task<transport::Happening> LocalExecution::next() {
    if (std::exchange(has_news_of_begin_, false)) co_return transport::Began{};
    if (end_ || !input_pipe_) co_return co_await next_of_output();
    Stop fed(*closing_);
    loop::Scope scope(loop_);
    scope.spawn(feed(fed));
    transport::Happening happening = co_await next_of_output();
    fed.request();
    co_await scope.join();
    co_return happening;
}

Task<transport::Happening> LocalExecution::next_of_output() {
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
