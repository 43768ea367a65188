// SPDX-License-Identifier: MIT
#include "remuda/loop/child.h"

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::loop {

namespace {

// glibc 2.36 has pidfd_open in a header of its own; older ones have the system call alone.
int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

class FileActions {
  public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    void redirect(int target, int source, int null_flags) {
        if (source < 0) {
            posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", null_flags, 0);
        } else {
            // dup2 onto itself clears CLOEXEC here (POSIX.1-2024; glibc does it since 2.29).
            posix_spawn_file_actions_adddup2(&actions_, source, target);
        }
    }
    void change_to(const std::string& directory) {
        posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

class Attributes {
  public:
    explicit Attributes(bool own_group) {
        posix_spawnattr_init(&attributes_);
        sigset_t all;
        sigset_t none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        if (own_group) {
            posix_spawnattr_setpgroup(&attributes_, 0);
            flags |= POSIX_SPAWN_SETPGROUP;
        }
        posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

// Our environment, and what is added to it.
class Environment {
  public:
    explicit Environment(const std::vector<std::pair<std::string, std::string>>& added) {
        if (added.empty()) return;
        own_.reserve(added.size());
        for (const auto& [name, value] : added) {
            own_.push_back(name);
            own_.back().append("=").append(value);
        }
        for (char** each = environ; *each != nullptr; ++each) {
            if (!is_replaced(*each)) all_.push_back(*each);
        }
        for (std::string& each : own_)
            all_.push_back(each.data());
        all_.push_back(nullptr);
    }
    [[nodiscard]] char** get() { return all_.empty() ? environ : all_.data(); }

  private:
    [[nodiscard]] bool is_replaced(std::string_view variable) const {
        const std::string_view name = variable.substr(0, variable.find('=') + 1);
        return std::ranges::any_of(own_,
                                   [&](const std::string& own) { return own.starts_with(name); });
    }

    std::vector<std::string> own_;
    std::vector<char*> all_;
};

ChildEnd decode(int status) {
    ChildEnd end;
    if (WIFSIGNALED(status)) {
        end.signal = WTERMSIG(status);
    } else {
        end.exit_code = WEXITSTATUS(status);
    }
    return end;
}

}  // namespace

Result<Child> Child::spawn(Loop& loop, const ChildSpec& spec) {
    FileActions actions;
    actions.redirect(0, spec.in, O_RDONLY);
    actions.redirect(1, spec.out, O_WRONLY);
    actions.redirect(2, spec.err, O_WRONLY);
    if (!spec.directory.empty()) actions.change_to(spec.directory);
    const Attributes attributes(spec.own_group);
    Environment environment(spec.environment);

    std::vector<char*> argv;
    argv.reserve(spec.arguments.size() + 1);
    for (const std::string& argument : spec.arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn does not write to it
    }
    argv.push_back(nullptr);

    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, argv[0], actions.get(), attributes.get(), argv.data(),
                                     environment.get());
    if (error != 0) {
        const std::string where = spec.directory.empty() ? "" : " in " + spec.directory;
        return sys_error("cannot start " + spec.arguments[0] + where, error);
    }
    Fd pidfd(open_pidfd(pid));
    if (!pidfd) {
        const Error failure = sys_error("cannot watch the process of " + spec.arguments[0]);
        ::kill(spec.own_group ? -pid : pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return failure;
    }
    return Child(loop, pid, std::move(pidfd), spec.own_group);
}

Child::Child(Loop& loop, pid_t pid, Fd pidfd, bool own_group)
    : loop_(&loop), pid_(pid), pidfd_(std::move(pidfd)), own_group_(own_group) {}

Child::Child(Child&& other) noexcept
    : loop_(other.loop_),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      own_group_(other.own_group_),
      ended_(other.ended_) {}

Child& Child::operator=(Child&& other) noexcept {
    if (this != &other) {
        end();
        loop_ = other.loop_;
        pid_ = std::exchange(other.pid_, -1);
        pidfd_ = std::move(other.pidfd_);
        own_group_ = other.own_group_;
        ended_ = other.ended_;
    }
    return *this;
}

Child::~Child() {
    end();
}

void Child::end() {
    if (pid_ < 0) return;
    if (!ended_) {
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (pidfd_) loop_->forget(pidfd_.number());
    pid_ = -1;
}

Task<std::optional<ChildEnd>> Child::wait(Time deadline, Stop& stop) {
    while (!ended_) {
        int status = 0;
        const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
        if (reaped == pid_) {
            ended_ = decode(status);
            break;
        }
        const Wake wake =
            co_await loop_->wait_fd(pidfd_.number(), Readiness::readable, deadline, stop);
        if (wake != Wake::ready) co_return std::nullopt;
    }
    co_return ended_;
}

void Child::signal(int number) const {
    if (pid_ < 0) return;
    // Once the leader was reaped its group may still have members; the number of a group that has
    // members is not given to others, an empty one gives ESRCH.
    if (own_group_) {
        ::kill(-pid_, number);
    } else if (!ended_) {
        ::kill(pid_, number);
    }
}

}  // namespace remuda::loop
