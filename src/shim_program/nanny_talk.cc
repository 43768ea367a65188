// SPDX-License-Identifier: MIT
//
// What the supervisor tells its nanny, for the case that it is killed, and hears from it.
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>

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
            if (!waits_for_answer) watch_adopted();
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
    while (!to_hand_.empty()) {
        Job* job = job_by_serial(to_hand_.front());
        if (job != nullptr && job->state == JobState::running && !job->has_exited) {
            job->is_handed = give_to_nanny(nanny_.number(), job->pid, job->streams[0].pipe.number(),
                                           job->streams[1].pipe.number());
            if (!job->is_handed) return;
        }
        to_hand_.pop_front();
    }
}

}  // namespace remuda::shim::program
