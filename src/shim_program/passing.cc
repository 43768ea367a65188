// SPDX-License-Identifier: MIT
//
// Output that is not kept: from the pipes to controllers, within their credit.
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace remuda::shim::program {

namespace {

struct Passed {
    std::size_t count = 0;
    /// Somebody still holds the pipe.
    bool is_open = true;
};

/// An `output` frame with up to `most` bytes that are read from the pipe.
Passed put_read(Stream& stream, int index, Attachment& attachment, std::size_t most) {
    std::string& to = attachment.connection->output;
    const std::size_t before = to.size();
    ssize_t count = 0;
    int error = 0;
    {
        Frame frame(to, FrameType::output, attachment.id);
        frame.output_head(static_cast<std::uint8_t>(index + 1), stream.length);
        const std::size_t head = to.size();
        to.resize(head + most);
        count = ::read(stream.pipe.number(), &to[head], most);
        error = errno;
        to.resize(head + static_cast<std::size_t>(count > 0 ? count : 0));
    }
    if (count <= 0) {
        to.resize(before);
        return {0, count < 0 && is_again(error)};
    }
    stream.length += static_cast<std::uint64_t>(count);
    attachment.credit -= static_cast<std::uint64_t>(count);
    return {static_cast<std::size_t>(count), true};
}

}  // namespace

/// What the disk does not take goes to a controller that has all before it. Without one it is cut.
/// As `keep`.
bool Supervisor::pass_by(Job& job, int index) {
    Stream& stream = job.streams[index];
    const auto has_all_so_far = [&](const Attachment& one) {
        return one.sent[index] == stream.length;
    };
    const auto to = std::ranges::find_if(job.attachments, has_all_so_far);
    if (to == job.attachments.end()) {
        // One that still reads the file gets there, unless more was passed by it.
        stream.is_cutting = job.attachments.empty() || stream.cut > 0;
        if (stream.is_cutting) return keep(job, index);
        unwatch_stream(job, index);
        want_to_send(job);
        return true;
    }
    if (to->credit == 0 || !to->connection->has_room()) {
        unwatch_stream(job, index);
        queue(job, *to);
        return true;
    }
    int waiting = 0;
    ::ioctl(stream.pipe.number(), FIONREAD, &waiting);
    // At least one: reading none does not tell an end.
    const std::uint64_t most =
        std::min({std::uint64_t{kStep}, to->credit,
                  std::max<std::uint64_t>(1, static_cast<unsigned>(waiting))});
    record_cut(job, index, most);
    const Passed passed = put_read(stream, index, *to, static_cast<std::size_t>(most));
    if (passed.count == 0) return passed.is_open;
    stream.cut += passed.count;
    to->sent[index] += passed.count;
    return true;
}

/// From the pipe of another job to its controller, as far as there is credit and room.
void Supervisor::pass_on(Job& job, int index) {
    Stream& stream = job.streams[index];
    if (job.attachments.empty()) {
        // Its controller is gone, and it is being ended.
        const ssize_t count = ::splice(stream.pipe.number(), nullptr, null_.number(), nullptr,
                                       kMostInOneGo, SPLICE_F_NONBLOCK);
        if (count > 0) stream.length += static_cast<std::uint64_t>(count);
        if (count == 0 || (count < 0 && !is_again(errno))) close_stream(job, index);
        return;
    }
    Attachment& attachment = job.attachments.front();
    const Connection& connection = *attachment.connection;
    for (std::size_t done = 0; done < kStep;) {
        if (attachment.credit == 0 || !connection.has_room() || connection.is_closing) {
            // An end can be told without credit.
            pollfd ready{stream.pipe.number(), POLLIN, 0};
            if (::poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) == 0) {
                close_stream(job, index);
            } else {
                unwatch_stream(job, index);
                queue(job, attachment);
            }
            return;
        }
        const auto most =
            static_cast<std::size_t>(std::min<std::uint64_t>(attachment.credit, kStep));
        const Passed passed = put_read(stream, index, attachment, most);
        if (!passed.is_open) close_stream(job, index);
        done += passed.count;
        if (passed.count < most) return;
    }
}

}  // namespace remuda::shim::program
