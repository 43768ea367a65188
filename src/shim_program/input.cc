// SPDX-License-Identifier: MIT
//
// Input of jobs: from their controllers to their pipes.
#include "shim_program/supervisor.h"

#include <cerrno>

#include <sys/epoll.h>

namespace remuda::shim::program {

void Supervisor::write_input(Job& job) {
    const std::size_t before = job.input_written;
    while (job.input_pipe && job.input_written < job.input.size()) {
        const ssize_t count = ::write(job.input_pipe.number(), job.input.data() + job.input_written,
                                      job.input.size() - job.input_written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count < 0) {
            // Nobody reads it any more: the rest is passed over, now and later.
            job.input_written = job.input.size();
            close_input(job);
            break;
        }
        job.input_written += static_cast<std::size_t>(count);
    }
    const std::uint64_t written = job.input_written - before;
    if (job.input_written == job.input.size()) {
        job.input.clear();
        job.input_written = 0;
        if (job.input_has_ended) {
            if (job.is_durable && job.input_follows) {
                Record(journal_.pending(), RecordType::fed).text(Tag::key, job.key);
            }
            close_input(job);
        }
    }
    if (job.input_follows && written > 0 && !job.attachments.empty()) {
        const Attachment& to = job.attachments.front();
        Frame(to.connection->output, FrameType::shim_credit, to.id).number(Tag::amount, written);
    }
    const bool must_wait = job.input_pipe && !job.input.empty();
    if (must_wait && !job.is_input_watched) {
        watch(job.input_pipe.number(), Watch::input, job.serial, EPOLLOUT);
    } else if (!must_wait && job.is_input_watched && job.input_pipe) {
        unwatch(job.input_pipe.number());
    }
    job.is_input_watched = must_wait;
}

void Supervisor::close_input(Job& job) {
    job.input_pipe.reset();
    job.is_input_watched = false;
}

void Supervisor::on_input(Connection& connection, const FrameView& frame, bool is_end) {
    const auto found = connection.jobs.find(frame.id);
    // It may have ended in the meantime.
    if (found == connection.jobs.end()) return;
    Job& job = *found->second;
    if (!job.input_follows || job.input_has_ended) return;
    if (is_end) {
        job.input_has_ended = true;
    } else {
        const std::size_t unwritten = job.input.size() - job.input_written;
        if (unwritten + frame.payload.size() > kDefaultWindow + kMostPayload) {
            return fault(connection, "more input than its window allows");
        }
        if (job.state == JobState::running && !job.input_pipe) {
            Frame(connection.output, FrameType::shim_credit, frame.id)
                .number(Tag::amount, frame.payload.size());
            return;
        }
        job.input.erase(0, job.input_written);
        job.input_written = 0;
        job.input.append(frame.payload);
    }
    if (job.state == JobState::running) write_input(job);
}

}  // namespace remuda::shim::program
