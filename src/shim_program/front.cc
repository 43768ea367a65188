// SPDX-License-Identifier: MIT
#include "shim_program/front.h"

#include "remuda/shim/wire.h"
#include "shim_program/checksums.h"
#include "shim_program/folder.h"
#include "shim_program/hand_over.h"
#include "shim_program/nanny.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace remuda::shim::program {

namespace {

constexpr int kStepMs = 10;
constexpr std::uint64_t kPatienceUs = 20'000'000;

int fail(const std::string& why) {
    write_all(STDERR_FILENO, "shim: " + why + "\n");
    return 1;
}

bool is_channel(int fd) {
    struct stat found{};
    return ::fstat(fd, &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode));
}

std::string home_and_environment() {
    char home[4096];
    std::string rest = ::getcwd(home, sizeof home) != nullptr ? home : "/";
    rest += '\0';
    for (char** variable = environ; *variable != nullptr; ++variable) {
        rest += *variable;
        rest += '\0';
    }
    const mode_t mask = ::umask(077);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%o", static_cast<unsigned>(mask));
    rest += kMaskVariable;
    rest += digits;
    rest += '\0';
    std::string all;
    put_number(all, rest.size(), 4);
    return all + rest;
}

/// Becomes the nanny, apart from the channel and whoever started us.
[[noreturn]] void become_nanny(const FrontOptions& options, int folder, int ready) {
    ::setsid();
    if (const pid_t again = ::fork(); again != 0) ::_exit(again < 0 ? 1 : 0);
    ::prctl(PR_SET_NAME, "remuda-shim");
    if (::chdir("/") != 0) ::_exit(1);
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd)
        ::dup2(null, fd);
    if (null > 2) ::close(null);
    Settings settings;
    settings.path = options.path;
    settings.folder = folder;
    settings.linger_us = options.linger_us;
    settings.ready = ready;
    settings.program = sha256_of_file("/proc/self/exe");
    ::getrlimit(RLIMIT_NOFILE, &settings.files);
    rlimit most = settings.files;
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &most);
    remove_old_programs(options.path);
    ::_exit(run_nanny(settings));
}

/// Starts a supervisor if nobody else does, and waits until it hears. The lock goes to it.
void start_if_none(const FrontOptions& options, int folder) {
    const Fd lock(::openat(folder, kLockName, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock || ::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
        ::poll(nullptr, 0, kStepMs);
        return;
    }
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) return;
    const Fd reading(ready[0]);
    Fd writing(ready[1]);
    const pid_t child = ::fork();
    if (child == 0) become_nanny(options, folder, writing.number());
    writing.reset();
    if (child < 0) return;
    ::waitpid(child, nullptr, 0);
    // All who hold the other end close it: when there is a socket, or they have ended.
    char ignored = 0;
    while (::read(reading.number(), &ignored, 1) < 0 && errno == EINTR) {
    }
}

/// Hands the channel over; empty if nobody took it.
Fd hand_over(int folder, const std::string& rest) {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = socket_address(folder);
    if (!socket || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address),
                             sizeof address) != 0) {
        return {};
    }
    const int fds[2] = {STDIN_FILENO, STDOUT_FILENO};
    std::string_view left(rest);
    if (send_with_fds(socket.number(), rest.data(), 1, fds, 2, MSG_NOSIGNAL) != 1) return {};
    left.remove_prefix(1);
    while (!left.empty()) {
        const ssize_t count = ::send(socket.number(), left.data(), left.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return {};
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    char taken = 0;
    ssize_t count = 0;
    do {
        count = ::read(socket.number(), &taken, 1);
    } while (count < 0 && errno == EINTR);
    if (count != 1 || taken != kTaken) return {};
    return socket;
}

}  // namespace

int run_front(const FrontOptions& options) {
    if (!is_channel(STDIN_FILENO) || !is_channel(STDOUT_FILENO)) {
        return fail("serve: stdin and stdout are to be pipes or sockets");
    }
    std::string fault;
    const Fd folder = open_folder(options.path, fault);
    if (!folder) return fail(fault);
    // It is in use: only versions that nobody starts any more are removed.
    const Fd program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (program) ::futimens(program.number(), nullptr);
    const std::string rest = home_and_environment();
    const std::uint64_t give_up = now_us() + kPatienceUs;
    Fd control;
    while (!(control = hand_over(folder.number(), rest))) {
        if (now_us() >= give_up) {
            return fail(options.path + ": no supervisor can be started or reached");
        }
        start_if_none(options, folder.number());
    }
    // It has its own: ours would keep the channel open when it closes them.
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    char ignored = 0;
    ssize_t count = 0;
    do {
        count = ::read(control.number(), &ignored, 1);
    } while (count < 0 && errno == EINTR);
    return 0;
}

}  // namespace remuda::shim::program
