// SPDX-License-Identifier: MIT
#include "ssh/ask_ssh.h"

#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/loop/child.h"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// More than any honest ssh_config makes of one host.
constexpr std::size_t kMostBytes = std::size_t{1024} * 1024;

struct Pipe {
    Fd ours;
    Fd theirs;

    Result<void> open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
        ours.reset(ends[0]);
        theirs.reset(ends[1]);
        if (::fcntl(ours.number(), F_SETFL, O_NONBLOCK) != 0) return sys_error("fcntl");
        return {};
    }
};

Error cut_short(Wake wake) {
    if (wake == Wake::stopped) return {Code::stopped, "stopped"};
    return {Code::timed_out, "ssh -G did not answer in time"};
}

// Everything until the end of the pipe.
Task<Result<std::string>> read_all(loop::Loop& loop, int fd, Time deadline, Stop& stop) {
    std::string text;
    for (;;) {
        std::array<char, 4096> buffer{};
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n == 0) break;
        if (n > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(n));
            if (text.size() > kMostBytes) co_return Error(Code::protocol, "ssh -G says too much");
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return sys_error("cannot read what ssh -G says");
        const Wake wake = co_await loop.wait_fd(fd, loop::Readiness::readable, deadline, stop);
        if (wake != Wake::ready) {
            loop.forget(fd);
            co_return cut_short(wake);
        }
    }
    loop.forget(fd);
    co_return text;
}

std::string first_line(const std::string& text) {
    const std::string line = text.substr(0, text.find_first_of("\r\n"));
    return line.empty() ? "ssh -G failed without a word" : sanitised(line, false);
}

}  // namespace

Task<Result<std::string>> ask_ssh_g(loop::Loop& loop, ssh_config::Request request, std::string file,
                                    Time deadline, Stop& stop) {
    loop::ChildSpec spec;
    spec.arguments = {"ssh", "-G"};
    const auto add = [&](const char* option, std::string value) {
        spec.arguments.emplace_back(option);
        spec.arguments.push_back(std::move(value));
    };
    if (!file.empty()) add("-F", file);
    if (!request.user.empty()) add("-l", request.user);
    if (request.port) add("-p", std::to_string(*request.port));
    add("--", request.name);

    Pipe out;
    Pipe err;
    if (auto opened = out.open(); !opened) co_return opened.error();
    if (auto opened = err.open(); !opened) co_return opened.error();
    spec.out = out.theirs.number();
    spec.err = err.theirs.number();
    auto child = loop::Child::spawn(loop, spec);
    if (!child) co_return child.error().within("cannot run ssh");
    out.theirs.reset();
    err.theirs.reset();
    // What it says on stderr fits into the pipe.
    auto printed = co_await read_all(loop, out.ours.number(), deadline, stop);
    if (!printed) co_return printed.error();
    auto complaint = co_await read_all(loop, err.ours.number(), deadline, stop);
    if (!complaint) co_return complaint.error();
    const auto end = co_await child->wait(deadline, stop);
    if (!end) co_return cut_short(stop.is_requested() ? Wake::stopped : Wake::timeout);
    if (end->exit_code != 0 || end->signal != 0) {
        co_return Error(Code::invalid_input, first_line(*complaint));
    }
    co_return std::move(*printed);
}

}  // namespace remuda::ssh
