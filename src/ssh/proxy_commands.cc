// SPDX-License-Identifier: MIT
#include "ssh/proxy_commands.h"

#include "remuda/base/text.h"
#include "remuda/loop/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace remuda::ssh {

using loop::Task;
using loop::Wake;

namespace {

constexpr std::size_t kMostErrorBytes = 2048;
constexpr std::size_t kMostShownLines = 3;

// The last lines that say anything, as one.
std::string last_lines(std::string_view text) {
    std::string shown;
    for (std::size_t lines = 0; lines < kMostShownLines && !text.empty();) {
        const std::size_t begin = text.rfind('\n');
        const std::string line =
            sanitised(begin == std::string_view::npos ? text : text.substr(begin + 1), false);
        text = begin == std::string_view::npos ? std::string_view() : text.substr(0, begin);
        if (line.find_first_not_of(" \t") == std::string::npos) continue;
        shown = shown.empty() ? line : fmt::format("{}; {}", line, shown);
        ++lines;
    }
    return shown;
}

std::string described(const loop::ChildEnd& end) {
    if (end.signal != 0) return fmt::format("killed by signal {}", end.signal);
    return fmt::format("exit {}", end.exit_code);
}

}  // namespace

// Shared by the stream and the tasks that watch: either may go first.
struct ProxyCommands::Process {
    Process(loop::Loop& loop_given, loop::Child child_given)
        : loop(loop_given), child(std::move(child_given)) {}
    ~Process() {
        if (errors) loop.forget(errors.number());
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // What has come, without waiting. False: nothing more will.
    bool read_errors();

    loop::Loop& loop;
    loop::Child child;
    std::string name;
    // A copy of the child's end, so that the stream ends only when the reason is known.
    Fd far;
    Fd errors;
    std::string error_text;
    std::string trouble;
    loop::Stop over;
};

bool ProxyCommands::Process::read_errors() {
    std::array<char, kMostErrorBytes> buffer{};
    for (;;) {
        const ssize_t n = ::read(errors.number(), buffer.data(), buffer.size());
        if (n == 0) return false;
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        error_text.append(buffer.data(), static_cast<std::size_t>(n));
        if (error_text.size() > kMostErrorBytes) {
            error_text.erase(0, error_text.size() - kMostErrorBytes);
        }
    }
}

class ProxyCommands::ProxyStream final : public Stream {
  public:
    ProxyStream(ProxyCommands& owner, std::shared_ptr<Process> process, Fd near)
        : owner_(owner), process_(std::move(process)), near_(std::move(near)) {
        ++owner_.streams_;
    }
    ~ProxyStream() override {
        --owner_.streams_;
        owner_.loop_.forget(near_.number());
        process_->child.signal(SIGKILL);
        process_->over.request();
    }
    ProxyStream(const ProxyStream&) = delete;
    ProxyStream& operator=(const ProxyStream&) = delete;

    [[nodiscard]] int number() const override { return near_.number(); }
    [[nodiscard]] std::string trouble() const override { return process_->trouble; }

  private:
    ProxyCommands& owner_;
    std::shared_ptr<Process> process_;
    Fd near_;
};

ProxyCommands::ProxyCommands(loop::Loop& loop, const Log& log)
    : loop_(loop), log_(log), scope_(loop) {}

ProxyCommands::~ProxyCommands() = default;

Result<std::unique_ptr<Stream>> ProxyCommands::start(const std::string& command,
                                                     const std::string& name) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return sys_error("cannot make a socketpair");
    }
    Fd near(ends[0]);
    Fd far(ends[1]);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    Fd errors(pipe[0]);
    const Fd errors_in(pipe[1]);
    // Ours alone: the child's ends stay blocking, as programs expect.
    ::fcntl(near.number(), F_SETFL, O_NONBLOCK);
    ::fcntl(errors.number(), F_SETFL, O_NONBLOCK);

    loop::ChildSpec spec;
    spec.arguments = {"sh", "-c", "exec " + command};
    spec.in = far.number();
    spec.out = far.number();
    spec.err = errors_in.number();
    auto child = loop::Child::spawn(loop_, spec);
    if (!child) return child.error().within("ProxyCommand");

    auto process = std::make_shared<Process>(loop_, std::move(child).value());
    process->name = name;
    process->far = std::move(far);
    process->errors = std::move(errors);
    scope_.spawn(watch_end(process));
    scope_.spawn(watch_errors(process));
    return std::unique_ptr<Stream>(
        std::make_unique<ProxyStream>(*this, std::move(process), std::move(near)));
}

Task<> ProxyCommands::watch_end(std::shared_ptr<Process> process) {
    const auto ended = co_await process->child.wait(kNever, process->over);
    if (!ended) co_return;
    process->read_errors();
    const std::string said = last_lines(process->error_text);
    process->trouble =
        fmt::format("ProxyCommand: {}{}{}", described(*ended), said.empty() ? "" : ": ", said);
    log_(LogLevel::detail, process->name + ": " + process->trouble);
    process->far.reset();
    // What it left behind may hold stderr open.
    process->over.request();
}

Task<> ProxyCommands::watch_errors(std::shared_ptr<Process> process) {
    bool is_open = true;
    while (is_open) {
        const Wake wake = co_await loop_.wait_fd(process->errors.number(),
                                                 loop::Readiness::readable, kNever, process->over);
        if (wake != Wake::ready) co_return;
        is_open = process->read_errors();
    }
}

Task<> ProxyCommands::rest() {
    if (streams_ == 0) co_await scope_.join();
}

}  // namespace remuda::ssh
