// SPDX-License-Identifier: MIT
#include "shim_program/spawn.h"

#include "shim_program/journal.h"
#include "shim_program/nanny.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::shim::program {

bool stand_apart(const Command& command, volatile int& step) {
    step = static_cast<int>(SpawnStep::session);
    if (::setsid() < 0) return false;
    const int from[3] = {command.in, command.out, command.err};
    for (int fd = 0; fd < 3; ++fd) {
        if (from[fd] != 0 && ::dup2(from[fd], fd) < 0) return false;
    }
    return true;
}

bool settle(const Command& command, volatile int& step) {
    step = static_cast<int>(SpawnStep::directory);
    if (::chdir(command.directory) != 0) return false;
    step = static_cast<int>(SpawnStep::nice);
    if (command.nice != 0) {
        errno = 0;
        if (::nice(command.nice) == -1 && errno != 0) return false;
    }
    ::umask(command.mask);
    ::setrlimit(RLIMIT_NOFILE, &command.files);
    return true;
}

void execute(const Command& command, std::string_view receipt, int journal, volatile int& step) {
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGPIPE, &standard, nullptr);
    ::sigaction(SIGXFSZ, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    if (!receipt.empty()) {
        step = static_cast<int>(SpawnStep::receipt);
        errno = ENOSPC;
        if (::write(journal, receipt.data(), receipt.size()) !=
            static_cast<ssize_t>(receipt.size())) {
            return;
        }
    }
    step = static_cast<int>(SpawnStep::execute);
    // Now, when none of our own is needed any more that has the same number.
    if (command.script == kScriptFd && ::fcntl(kScriptFd, F_SETFD, 0) != 0) return;
    if (command.script >= 0 && ::dup2(command.script, kScriptFd) < 0) return;
    ::execve(command.path, const_cast<char* const*>(command.argv),
             const_cast<char* const*>(command.environment));
}

namespace {

void become(const Command& command, volatile int& step, volatile pid_t& handed) {
    if (!stand_apart(command, step) || !settle(command, step)) return;
    if (command.nanny >= 0 &&
        give_to_nanny(command.nanny, ::getpid(), command.out_read, command.err_read)) {
        handed = ::getpid();
    }
    std::string_view receipt;
    if (command.receipt != nullptr) {
        complete_spawned(*command.receipt, ::getpid());
        receipt = *command.receipt;
    }
    execute(command, receipt, command.journal, step);
}

}  // namespace

Spawned spawn(const Command& command) {
    // Shared with the child until it executes, as all our memory is; nothing is copied, so starting
    // costs the same however large we are.
    volatile int error = 0;
    volatile int step = static_cast<int>(SpawnStep::fork);
    volatile pid_t handed = 0;
    sigset_t before;
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::vfork();  // NOLINT(bugprone-unsafe-functions): see above
    if (pid == 0) {
        become(command, step, handed);
        error = errno;
        ::_exit(127);
    }
    Spawned spawned;
    if (pid < 0) {
        spawned.error = errno;
    } else if (error != 0) {
        spawned.error = error;
        ::waitpid(pid, nullptr, 0);
    } else {
        spawned.pid = pid;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    spawned.step = static_cast<SpawnStep>(step);
    spawned.handed = handed;
    return spawned;
}

}  // namespace remuda::shim::program
