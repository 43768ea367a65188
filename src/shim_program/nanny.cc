// SPDX-License-Identifier: MIT
#include "shim_program/nanny.h"

#include "shim_program/processes.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::shim::program {

namespace {

/// What the supervisor tells of jobs waits so long, so that it need not be heard job by job: it
/// matters only when the supervisor dies, and nothing of it is lost then.
constexpr int kGatherMs = 5;
constexpr std::uint64_t kSoonUs = 500'000;
constexpr int kPauseMs = 500;
/// One after the other, in about twenty minutes.
constexpr int kMostFailures = 70;
constexpr std::uint64_t kLastStartUs = 2'000'000;

/// A process that is about to execute a job looks like us until then. A shim that a job has started
/// carries the job's key.
std::string looks_of(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    char program[4096];
    const ssize_t size = ::readlink((folder + "/exe").c_str(), program, sizeof program);
    if (size <= 0) return {};
    constexpr std::size_t most_name = 64;
    return std::string(program, static_cast<std::size_t>(size)) + '\n' +
           read_file((folder + "/comm").c_str(), most_name) + key_of_process(pid);
}

class Nanny {
  public:
    explicit Nanny(const Settings& settings) : settings_(settings) {}

    int run() {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        sigset_t child;
        ::sigemptyset(&child);
        ::sigaddset(&child, SIGCHLD);
        ::pthread_sigmask(SIG_BLOCK, &child, nullptr);
        signals_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
        for (;;) {
            const std::uint64_t begun = now_us();
            const bool has_started = start_supervisor();
            if (has_started && mind()) return 0;
            // With nothing to keep whoever wants one starts anew. Else it may work in a while.
            failures_ = !has_started || has_failed_ ? failures_ + 1 : 0;
            if (failures_ > 0 && (held_.empty() || failures_ > kMostFailures)) return 1;
            // One that dies at once is not started over and over.
            if (now_us() - begun < kSoonUs) ::poll(nullptr, 0, kPauseMs * std::max(1, failures_));
            settle_last_starts();
            reap();
        }
    }

  private:
    bool start_supervisor() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
        Fd ours(ends[0]);
        const Fd theirs(ends[1]);
        supervisor_ = ::fork();
        if (supervisor_ < 0) return false;
        if (supervisor_ == 0) {
            ours.reset();
            signals_.reset();
            socket_.reset();
            ::_exit(run_supervisor(settings_, theirs.number(), std::move(held_)));
        }
        socket_ = std::move(ours);
        if (settings_.ready >= 0) ::close(settings_.ready);
        settings_.ready = -1;
        settings_.takes_over = true;
        return true;
    }

    /// Until the supervisor has ended; true if it did so by itself.
    bool mind() {
        bool is_gathering = false;
        for (;;) {
            pollfd wanted[2] = {{signals_.number(), POLLIN, 0},
                                {is_gathering ? -1 : socket_.number(), POLLIN, 0}};
            if (::poll(wanted, 2, is_gathering ? kGatherMs : -1) < 0 && errno != EINTR)
                return false;
            is_gathering = !is_gathering;
            // First what was said: a job that is to be forgotten need not be kept.
            while (hear()) {
            }
            if (wanted[0].revents != 0) {
                signalfd_siginfo ignored[8];
                while (::read(signals_.number(), ignored, sizeof ignored) > 0) {
                }
                reap();
                if (supervisor_ == 0) return has_finished_;
            }
        }
    }

    /// What a supervisor was starting when it was killed goes on by itself: it gives us its pipes,
    /// writes its receipt and executes. The next supervisor tells of it as it finds it, so nothing
    /// may be under way any more; what hangs on its way is killed, and never executes.
    void settle_last_starts() {
        const std::string own = looks_of(::getpid());
        const std::uint64_t give_up = now_us() + kLastStartUs;
        for (;;) {
            std::vector<pid_t> starting;
            for (const pid_t pid : Processes().children(::getpid())) {
                if (looks_of(pid) == own) starting.push_back(pid);
            }
            while (hear()) {
            }
            if (starting.empty()) return;
            if (now_us() >= give_up) {
                for (const pid_t pid : starting)
                    ::kill(pid, SIGKILL);
                return;
            }
            ::poll(nullptr, 0, 1);
        }
    }

    /// Notes all children that have ended.
    void reap() {
        for (;;) {
            int status = 0;
            rusage used{};
            const pid_t pid = ::wait4(-1, &status, WNOHANG, &used);
            if (pid <= 0) return;
            if (pid == supervisor_) {
                supervisor_ = 0;
                has_finished_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
                has_failed_ = WIFEXITED(status) && WEXITSTATUS(status) != 0;
                continue;
            }
            Held& held = held_[pid];
            held.has_ended = true;
            held.status = status;
            held.usage = usage_of(used);
            if (supervisor_ != 0) tell(pid, held);
        }
    }

    void tell(pid_t pid, const Held& held) {
        NannyPacket packet;
        packet.word = NannyWord::ended;
        packet.pid = pid;
        packet.status = held.status;
        packet.usage = held.usage;
        ::send(socket_.number(), &packet, sizeof packet, MSG_NOSIGNAL);
    }

    /// One message; false when there is none, for now or for ever.
    bool hear() {
        NannyPacket packets[kMostPackets];
        alignas(cmsghdr) char control[CMSG_SPACE(kMostSentFds * sizeof(int))];
        iovec data{packets, sizeof packets};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t count =
            ::recvmsg(socket_.number(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (count <= 0) return count < 0 && errno == EINTR;
        const int* fds = nullptr;
        std::size_t fd_count = 0;
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
             part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
            fds = reinterpret_cast<const int*>(CMSG_DATA(part));
            fd_count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        }
        std::size_t used = 0;
        const auto next_fd = [&](bool has) {
            return Fd(has && used < fd_count ? fds[used++] : -1);
        };
        const std::size_t packet_count = static_cast<std::size_t>(count) / sizeof(NannyPacket);
        for (std::size_t i = 0; i < packet_count; ++i) {
            const NannyPacket& packet = packets[i];
            if (packet.word == NannyWord::hold) {
                Held& held = held_[packet.pid];
                // While the supervisor lives nobody else waits for its children: an end that is
                // known is of an earlier process of that number.
                if (supervisor_ != 0) held = Held{};
                held.out = next_fd(packet.has_out);
                held.err = next_fd(packet.has_err);
            } else if (packet.word == NannyWord::forget) {
                held_.erase(packet.pid);
            } else if (packet.word == NannyWord::ask) {
                reap();
                for (const auto& [pid, held] : held_) {
                    if (held.has_ended) tell(pid, held);
                }
                NannyPacket answer;
                answer.word = NannyWord::answered;
                ::send(socket_.number(), &answer, sizeof answer, MSG_NOSIGNAL);
            }
        }
        return true;
    }

    Settings settings_;
    Fd signals_;
    Fd socket_;
    /// 0 when it has ended.
    pid_t supervisor_ = 0;
    bool has_finished_ = false;
    /// It ended by itself, but not well.
    bool has_failed_ = false;
    int failures_ = 0;
    HeldJobs held_;
};

}  // namespace

bool give_to_nanny(int nanny, pid_t pid, int out, int err) {
    NannyPacket packet;
    packet.word = NannyWord::hold;
    packet.pid = pid;
    packet.has_out = out >= 0;
    packet.has_err = err >= 0;
    int fds[kMostSentFds];
    std::size_t fd_count = 0;
    for (const int fd : {out, err}) {
        if (fd >= 0) fds[fd_count++] = fd;
    }
    return send_with_fds(nanny, &packet, sizeof packet, fds, fd_count,
                         MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

Usage usage_of(const rusage& from) {
    const auto in_us = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
               static_cast<std::uint64_t>(time.tv_usec);
    };
    return {in_us(from.ru_utime), in_us(from.ru_stime), static_cast<std::uint64_t>(from.ru_maxrss)};
}

int run_nanny(const Settings& settings) {
    return Nanny(settings).run();
}

}  // namespace remuda::shim::program
