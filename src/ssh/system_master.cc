// SPDX-License-Identifier: MIT
#include "ssh/system_master.h"

#include "remuda/base/text.h"
#include "ssh/system_errors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// Stdin is a pipe that ends with us. What is left to be done then is done here: ssh is ended, and
// the folder ($1) removed.
constexpr const char* kKeeper =
    R"(exec 3<&0 </dev/null
dir=$1
shift
"$@" 3<&- &
ssh=$!
{ trap '' HUP INT TERM; read -r s; kill -s TERM "$ssh"; kill -s CONT "$ssh"; } <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$ssh"
code=$?
{ kill -s KILL "$watch"; wait "$watch"; rm -rf -- "$dir"; } >/dev/null 2>&1
exit "$code")";

// A socket's address has at most 107 bytes, and ssh appends 17 of its own while it makes it.
constexpr std::size_t kLongestParent = 60;
constexpr std::size_t kMostSaidBytes = std::size_t{16} * 1024;
constexpr auto kFirstLook = 4ms;
constexpr auto kLongestLook = 50ms;

// Neither ssh (%, ~, $) nor a shell sees more in it than a path.
bool is_plain_path(std::string_view path) {
    return !path.empty() && path.front() == '/' && path.size() <= kLongestParent &&
           std::all_of(path.begin(), path.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '_' || c == '-' || c == '.';
           });
}

void append_options(std::vector<std::string>& arguments,
                    std::initializer_list<std::string> options) {
    for (const std::string& option : options) {
        arguments.emplace_back("-o");
        arguments.push_back(option);
    }
}

// The key's file, where ssh is about to have a security key sign. Off a terminal ssh itself does
// not say that it has to be touched.
std::optional<std::string> security_key_of(std::string_view line) {
    constexpr std::string_view head = "debug1: Server accepts key: ";
    if (!line.starts_with(head)) return std::nullopt;
    line.remove_prefix(head.size());
    for (const std::string_view type : {" ED25519-SK SHA256:", " ECDSA-SK SHA256:"}) {
        const std::size_t at = line.find(type);
        if (at != std::string_view::npos) return std::string(line.substr(0, at));
    }
    return std::nullopt;
}

}  // namespace

SystemMaster::SystemMaster(loop::Loop& loop, const SystemSsh& ssh, Log log)
    : loop_(loop), ssh_(ssh), log_(std::move(log)), scope_(loop) {}

SystemMaster::~SystemMaster() {
    if (folder_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string SystemMaster::path(std::string_view name) const {
    return fmt::format("{}/{}", folder_, name);
}

// The user's own runtime folder first: what cleans /tmp does not go there.
Result<void> SystemMaster::make_folder() {
    Error failure(Code::system, "no folder for ssh's socket");
    for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR", ""}) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
        const char* value = *variable == '\0' ? "/tmp" : std::getenv(variable);
        if (value == nullptr || !is_plain_path(value)) continue;
        std::string pattern = std::string(value) + "/remuda-ssh.XXXXXX";
        if (::mkdtemp(pattern.data()) != nullptr) {
            folder_ = pattern;
            return {};
        }
        failure = sys_error("cannot make a folder for ssh's socket in " + std::string(value));
    }
    return failure;
}

std::vector<std::string> SystemMaster::arguments() const {
    std::vector<std::string> all{"/bin/sh",    "-c", kKeeper, "remuda", folder_,
                                 ssh_.program, "-N", "-S",    path("s")};
    append_options(all, {"ControlMaster=yes", "ControlPersist=no", "BatchMode=yes",
                         "LogLevel=DEBUG1", "ClearAllForwardings=yes", "RemoteCommand=none"});
    if (ssh_.alive_interval > Duration::zero()) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(ssh_.alive_interval).count();
        append_options(all, {fmt::format("ServerAliveInterval={}", seconds),
                             fmt::format("ServerAliveCountMax={}", ssh_.alive_count)});
    }
    all.insert(all.end(), ssh_.options.begin(), ssh_.options.end());
    all.insert(all.end(), {"--", ssh_.name});
    return all;
}

std::vector<std::string> SystemMaster::command(const std::string& line,
                                               const std::string& log) const {
    std::vector<std::string> all{ssh_.program, "-T", "-S", path("s"), "-E", log};
    // An ssh whose master does not serve it connects by itself. This takes the place of the
    // connection, so that it cannot, and tells of it. (Its stdout must not end before it has done
    // so: ssh kills it then.)
    append_options(all, {fmt::format("ProxyCommand=sh -c 'echo {} >>{}'", kUnsent, log),
                         "ControlMaster=no", "BatchMode=yes", "LogLevel=ERROR",
                         "ClearAllForwardings=yes", "RemoteCommand=none", "EscapeChar=none"});
    all.insert(all.end(), ssh_.options.begin(), ssh_.options.end());
    all.insert(all.end(), {"--", ssh_.name, line});
    return all;
}

Result<void> SystemMaster::start() {
    if (auto made = make_folder(); !made) return made;
    int life[2];
    if (::pipe2(life, O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    const Fd its_life(life[0]);
    life_.reset(life[1]);
    int err[2];
    if (::pipe2(err, O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    err_.reset(err[0]);
    const Fd its_err(err[1]);
    if (::fcntl(err_.number(), F_SETFL, O_NONBLOCK) != 0) return sys_error("cannot set up a pipe");

    loop::ChildSpec spec;
    spec.arguments = arguments();
    spec.in = its_life.number();
    spec.err = its_err.number();
    auto child = loop::Child::spawn(loop_, spec);
    if (!child) return child.error();
    child_ = std::make_unique<loop::Child>(std::move(child).value());
    scope_.spawn(listen());
    return {};
}

Task<Result<void>> SystemMaster::log_in(Time deadline, Stop& stop) {
    if (auto started = start(); !started) co_return started;
    // ssh makes the socket under another name and renames it when it listens.
    const std::string socket = path("s");
    std::chrono::nanoseconds look = kFirstLook;
    while (::access(socket.c_str(), F_OK) != 0) {
        const Time now = loop_.now();
        if (now >= deadline) {
            const std::string line = last_line(said_);
            co_return Error(Code::timed_out,
                            "ssh did not log in in time" + (line.empty() ? line : ": " + line));
        }
        const auto end = co_await child_->wait(std::min(deadline, now + look), stop);
        if (end) {
            hear();
            Error failure = login_error(said_, ssh_.name, end->exit_code);
            const bool is_refused = failure.code() == Code::not_authorised;
            if (!is_refused || ssh_.refusal_hint.empty()) co_return failure;
            co_return Error(failure.code(), failure.text() + "; " + ssh_.refusal_hint);
        }
        if (stop.is_requested()) co_return Error(Code::stopped, "stopped");
        look = std::min<std::chrono::nanoseconds>(look * 2, kLongestLook);
    }
    hear();
    said_.clear();
    co_return Result<void>();
}

Task<std::optional<Error>> SystemMaster::ended(Time deadline, Stop& stop) {
    const auto end = co_await child_->wait(deadline, stop);
    if (!end) co_return std::nullopt;
    hear();
    const std::string line = last_line(said_);
    co_return Error(Code::unreachable,
                    "the connection of ssh ended" + (line.empty() ? line : ": " + line));
}

Task<> SystemMaster::close(Time deadline) {
    life_.reset();
    if (child_) {
        Stop never;
        const auto end = co_await child_->wait(deadline, never);
        if (!end) {
            child_->signal(SIGKILL);
            co_await child_->wait(kNever, never);
        }
    }
    stop_.request();
    co_await scope_.join();
    if (err_) loop_.forget(err_.number());
    err_.reset();
}

Task<> SystemMaster::listen() {
    for (;;) {
        const Wake wake =
            co_await loop_.wait_fd(err_.number(), loop::Readiness::readable, kNever, stop_);
        if (wake != Wake::ready) co_return;
        hear();
        if (!err_) co_return;
    }
}

void SystemMaster::hear() {
    std::array<char, 4096> bytes;
    while (err_) {
        const ssize_t n = ::read(err_.number(), bytes.data(), bytes.size());
        if (n < 0) break;
        if (n == 0) {
            loop_.forget(err_.number());
            err_.reset();
            break;
        }
        heard_.append(bytes.data(), static_cast<std::size_t>(n));
    }
    std::size_t begin = 0;
    for (std::size_t end = heard_.find('\n'); end != std::string::npos;
         end = heard_.find('\n', begin)) {
        hear_line(std::string_view(heard_).substr(begin, end - begin));
        begin = end + 1;
    }
    heard_.erase(0, begin);
    if (!err_ || heard_.size() > kMostSaidBytes) hear_line(std::exchange(heard_, {}));
    if (said_.size() > kMostSaidBytes) said_.erase(0, said_.size() - kMostSaidBytes);
}

void SystemMaster::hear_line(std::string_view line) {
    const std::string clean = sanitised(line, false);
    if (clean.empty()) return;
    const std::string note = fmt::format("{}: ssh: {}", ssh_.name, clean);
    if (clean.starts_with("debug1: ")) {
        constexpr std::string_view version = "remote software version ";
        const std::size_t at = clean.find(version);
        if (at != std::string::npos) server_ = clean.substr(at + version.size());
        if (const auto key = security_key_of(clean)) {
            log_(LogLevel::note, fmt::format("{}: touch the security key {}, if it waits for that",
                                             ssh_.name, *key));
        }
        log_(LogLevel::protocol, note);
        return;
    }
    // Counts that it ends with.
    if (clean.starts_with("Transferred: ") || clean.starts_with("Bytes per second: ")) return;
    said_ += clean + "\n";
    log_(LogLevel::detail, note);
}

}  // namespace remuda::ssh
