// SPDX-License-Identifier: MIT
#include "shim_program/ahead.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <climits>

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace remuda::shim::program {

namespace {

/// From the process: where it failed, or, without an error, that it is there.
struct Word {
    SpawnStep step = SpawnStep::directory;
    int error = 0;
};

/// To it: the word to go, and what it is to write.
constexpr char kGo = 'g';
constexpr std::size_t kMostReceipt = 512;

bool close_range(int first, unsigned last) {
#ifdef SYS_close_range
    return static_cast<unsigned>(first) > last || ::syscall(SYS_close_range, first, last, 0) == 0;
#else
    return false;
#endif
}

/// Closes all but the first three and these: whoever hangs must not hold channels, locks and pipes
/// of others open.
void close_others(int talk, int script) {
    int first = 3;
    for (const int kept : {std::min(talk, script), std::max(talk, script)}) {
        if (kept < first) continue;
        close_range(first, static_cast<unsigned>(kept) - 1);
        first = kept + 1;
    }
    if (close_range(first, UINT_MAX)) return;
    // Linux before 5.9.
    DIR* open = ::opendir("/proc/self/fd");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this process has one thread.
    while (const dirent* entry = open == nullptr ? nullptr : ::readdir(open)) {
        const int fd = static_cast<int>(to_number(entry->d_name));
        if (fd > 2 && fd != talk && fd != script && fd != ::dirfd(open)) ::close(fd);
    }
    if (open != nullptr) ::closedir(open);
}

/// Waits for the word; false if it does not come. The journal is open from then on, as `journal`.
bool wait_for_word(int talk, std::string& receipt, int& journal) {
    char bytes[1 + kMostReceipt];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec part{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t count = 0;
    do {
        count = ::recvmsg(talk, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 1 || bytes[0] != kGo) return false;
    receipt.assign(bytes + 1, static_cast<std::size_t>(count) - 1);
    const cmsghdr* sent = CMSG_FIRSTHDR(&message);
    if (sent != nullptr && sent->cmsg_type == SCM_RIGHTS) {
        std::memcpy(&journal, CMSG_DATA(sent), sizeof journal);
    }
    return true;
}

/// Until the process executes, or fails with an errno at `step`.
void go_ahead(const Command& command, int talk, volatile int& step) {
    // Whatever it hangs in by then.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!stand_apart(command, step)) return;
    close_others(talk, command.script);
    if (!settle(command, step)) return;
    const Word there;
    std::string receipt;
    int journal = -1;
    if (::send(talk, &there, sizeof there, MSG_NOSIGNAL) < 0 ||
        !wait_for_word(talk, receipt, journal)) {
        ::_exit(1);
    }
    ::prctl(PR_SET_PDEATHSIG, 0);
    execute(command, receipt, journal, step);
}

/// What it says next; `flags` of recv(2).
Ahead hear(const Fd& talk, int flags, Spawned& spawned) {
    Word word;
    ssize_t count = 0;
    do {
        count = ::recv(talk.number(), &word, sizeof word, flags);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) return Ahead::on_its_way;
    if (count != sizeof word) {
        // It has executed, or was killed: the caller knows which can be.
        word = {SpawnStep::word, 0};
    } else if (word.error == 0) {
        return Ahead::there;
    }
    spawned.step = word.step;
    spawned.error = word.error;
    return Ahead::failed;
}

}  // namespace

Spawned send_ahead(const Command& command, Fd& talk) {
    Spawned spawned;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        spawned.error = errno;
        return spawned;
    }
    talk.reset(ends[0]);
    Fd theirs(ends[1]);
    if (theirs.number() == kScriptFd) {
        // It must not be closed by the script's coming there.
        Fd moved(::fcntl(kScriptFd, F_DUPFD_CLOEXEC, kScriptFd + 1));
        theirs = std::move(moved);
    }
    sigset_t before;
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    spawned.pid = ::fork();
    if (spawned.pid == 0) {
        volatile int step = static_cast<int>(SpawnStep::fork);
        go_ahead(command, theirs.number(), step);
        const Word failed{static_cast<SpawnStep>(step), errno};
        ::send(theirs.number(), &failed, sizeof failed, MSG_NOSIGNAL);
        ::_exit(127);
    }
    if (spawned.pid < 0) {
        spawned.error = errno;
        talk.reset();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return spawned;
}

Ahead hear_ahead(const Fd& talk, Spawned& spawned) {
    const Ahead ahead = hear(talk, MSG_DONTWAIT, spawned);
    if (ahead == Ahead::failed && spawned.error == 0) spawned.error = ECHILD;
    return ahead;
}

bool let_execute(const Fd& talk, std::string_view receipt, int journal, Spawned& spawned) {
    std::string word(1, kGo);
    word += receipt;
    if (send_with_fds(talk.number(), word.data(), word.size(), &journal, journal < 0 ? 0 : 1,
                      MSG_NOSIGNAL) < 0) {
        spawned.step = SpawnStep::word;
        spawned.error = errno;
        return false;
    }
    hear(talk, 0, spawned);
    return spawned.error == 0;
}

}  // namespace remuda::shim::program
