// SPDX-License-Identifier: MIT
//
// What the supervisor tells its nanny, for the case that it is killed, and hears from it.
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace remuda::shim::program {

namespace {
constexpr int kAnswerMs = 2000;
}

void Supervisor::hear_nanny(bool waits_for_answer) {
    if (waits_for_answer) {
        NannyPacket packet;
        packet.word = NannyWord::ask;
        ::send(nanny_.number(), &packet, sizeof packet, MSG_NOSIGNAL);
    }
    for (;;) {
        NannyPacket packet;
        if (waits_for_answer) {
            pollfd ready{nanny_.number(), POLLIN, 0};
            if (::poll(&ready, 1, kAnswerMs) <= 0) return;
        }
        const ssize_t count = ::recv(nanny_.number(), &packet, sizeof packet, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count != sizeof packet) {
            // It was killed. We go on; whoever kills us too loses what runs.
            if (!waits_for_answer) unwatch(nanny_.number());
            nanny_pid_ = 0;
            return;
        }
        if (packet.word == NannyWord::answered) return;
        if (packet.word != NannyWord::ended) continue;
        if (waits_for_answer) {
            Held& held = held_[packet.pid];
            held.has_ended = true;
            held.status = packet.status;
            held.usage = packet.usage;
            continue;
        }
        const auto found = by_pid_.find(packet.pid);
        if (found != by_pid_.end()) {
            Job& job = *found->second;
            by_pid_.erase(found);
            job.is_reaped = true;
            on_exit(job, packet.status, packet.usage);
        } else {
            to_forget_.push_back(packet.pid);
        }
    }
}

void Supervisor::hand_to_nanny() {
    if (nanny_pid_ == 0) {
        to_hand_.clear();
        to_forget_.clear();
        return;
    }
    // Not before their ends are on record: only the nanny could still tell of them.
    while (!to_forget_.empty() && journal_.pending().empty()) {
        NannyPacket packets[kMostPackets];
        const std::size_t count = std::min(kMostPackets, to_forget_.size());
        for (std::size_t i = 0; i < count; ++i) {
            packets[i].word = NannyWord::forget;
            packets[i].pid = to_forget_[i];
        }
        // When it is busy, it is told later.
        if (::send(nanny_.number(), packets, count * sizeof *packets, MSG_NOSIGNAL | MSG_DONTWAIT) <
            0) {
            return;
        }
        to_forget_.erase(to_forget_.begin(),
                         to_forget_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    while (!to_hand_.empty() && to_hand_.front().first <= now_us()) {
        if (!hand_some()) {
            // Not in a hurry: try again with the next turn after a while.
            for (auto& [at, serial] : to_hand_)
                at = std::max(at, now_us() + kUsPerMs);
            return;
        }
    }
}

/// One message with the pipes of jobs that are due; false if the nanny takes none now.
bool Supervisor::hand_some() {
    NannyPacket packets[kMostPackets];
    int fds[2 * kMostPackets];
    std::vector<Job*> jobs;
    std::size_t fd_count = 0;
    std::size_t taken = 0;
    const std::uint64_t now = now_us();
    for (const auto& [at, serial] : to_hand_) {
        if (at > now || jobs.size() == kMostPackets) break;
        ++taken;
        Job* job = job_by_serial(serial);
        if (job == nullptr || job->state != JobState::running || job->has_exited) continue;
        NannyPacket& packet = packets[jobs.size()];
        packet.word = NannyWord::hold;
        packet.pid = job->pid;
        packet.has_out = static_cast<bool>(job->streams[0].pipe);
        packet.has_err = static_cast<bool>(job->streams[1].pipe);
        for (const Stream& stream : job->streams) {
            if (stream.pipe) fds[fd_count++] = stream.pipe.number();
        }
        jobs.push_back(job);
    }
    if (!jobs.empty()) {
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {};
        iovec data{packets, jobs.size() * sizeof *packets};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        if (fd_count > 0) {
            message.msg_control = control;
            message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
            cmsghdr* part = CMSG_FIRSTHDR(&message);
            part->cmsg_level = SOL_SOCKET;
            part->cmsg_type = SCM_RIGHTS;
            part->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
            std::memcpy(CMSG_DATA(part), fds, fd_count * sizeof(int));
        }
        if (::sendmsg(nanny_.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return false;
        for (Job* job : jobs)
            job->is_handed = true;
    }
    to_hand_.erase(to_hand_.begin(), to_hand_.begin() + static_cast<std::ptrdiff_t>(taken));
    return true;
}

}  // namespace remuda::shim::program
