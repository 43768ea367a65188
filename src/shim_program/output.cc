// SPDX-License-Identifier: MIT
//
// Output of durable jobs: from the pipes to files, and from there to controllers, within their
// credit.
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace remuda::shim::program {

namespace {

/// Room for more than a pipe has by itself: fewer turns for those who write much.
constexpr int kWidePipe = 256 << 10;

/// Less is copied sooner than told where it is.
constexpr std::size_t kLeastSpan = std::size_t{16} << 10;

/// An `output` frame with up to `most` bytes of a job's file, for whom `attachment` is. Returns how
/// many; 0: it holds none there.
std::size_t put_kept(const Job& job, const Attachment& attachment, int index, std::size_t most) {
    Connection& connection = *attachment.connection;
    const int file = job.streams[index].file.number();
    const std::uint64_t offset = attachment.sent[index];
    std::string& to = connection.output;
    const std::size_t before = to.size();
    const auto stream = static_cast<std::uint8_t>(index + 1);
    struct stat status{};
    if (most >= kLeastSpan && !connection.must_copy && !job.streams[index].must_copy &&
        ::fstat(file, &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) >= offset + most) {
        if (Fd own{::fcntl(file, F_DUPFD_CLOEXEC, 0)}) {
            Frame(to, FrameType::output, attachment.id)
                .output_head(stream, offset)
                .followed_by(most);
            add_span(connection, {std::move(own), job.serial, index, offset, most});
            return most;
        }
    }
    ssize_t count = 0;
    {
        Frame frame(to, FrameType::output, attachment.id);
        frame.output_head(stream, offset);
        const std::size_t head = to.size();
        to.resize(head + most);
        count = ::pread(file, &to[head], most, static_cast<off_t>(offset));
        to.resize(head + static_cast<std::size_t>(count > 0 ? count : 0));
    }
    if (count <= 0) to.resize(before);
    return static_cast<std::size_t>(count > 0 ? count : 0);
}

}  // namespace

std::string Supervisor::output_name(const Job& job, int index) {
    return job.key + (index == 0 ? ".1" : ".2");
}

void Supervisor::watch_stream(Job& job, int index) {
    Stream& stream = job.streams[index];
    if (!stream.pipe || stream.is_watched) return;
    stream.is_watched = true;
    watch(stream.pipe.number(), index == 0 ? Watch::output : Watch::errors, job.serial, EPOLLIN);
}

void Supervisor::unwatch_stream(Job& job, int index) {
    Stream& stream = job.streams[index];
    if (!stream.is_watched) return;
    stream.is_watched = false;
    unwatch(stream.pipe.number());
}

void Supervisor::close_stream(Job& job, int index) {
    Stream& stream = job.streams[index];
    // Where others hold copies, closing ours would not end the watching.
    if (job.is_handed || job.is_adopted) unwatch_stream(job, index);
    stream.is_watched = false;
    stream.pipe.reset();
}

void Supervisor::read_stream(Job& job, int index) {
    const Stream& stream = job.streams[index];
    if (!stream.pipe) return;
    if (job.is_durable) {
        if (!keep(job, index)) close_stream(job, index);
        want_to_send(job);
    } else {
        pass_on(job, index);
    }
}

bool Supervisor::open_output(Job& job, int index) {
    Stream& stream = job.streams[index];
    if (stream.file) return true;
    const std::string name = output_name(job, index);
    stream.file.reset(
        ::openat(out_folder_.number(), name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    return stream.file && ::lseek(stream.file.number(), 0, SEEK_END) >= 0;
}

/// Before `more` bytes are lost, so that the next supervisor tells of it too. Not each time: were
/// we killed, it would tell of half of them at least.
void Supervisor::record_cut(Job& job, int index, std::uint64_t more) {
    Stream& stream = job.streams[index];
    if (stream.cut_on_record > 0 && stream.cut + more <= 2 * stream.cut_on_record) return;
    stream.cut_on_record = stream.cut + more;
    put_cut(journal_.pending(), job);
    journal_.flush();
}

/// From the pipe of a durable job into its file. False when all who held the pipe have closed it.
bool Supervisor::keep(Job& job, int index) {
    Stream& stream = job.streams[index];
    std::uint64_t done = 0;
    while (done < kMostInOneGo) {
        if (stream.is_passing && !stream.is_cutting) return pass_by(job, index);
        const std::uint64_t unread = stream.kept() - std::min(stream.told, stream.kept());
        const std::uint64_t room = job.output_limit - std::min(unread, job.output_limit);
        if (room == 0 && !stream.is_cutting) {
            if (!job.attachments.empty()) {
                unwatch_stream(job, index);
                return true;
            }
            stream.is_cutting = true;
        }
        if (stream.is_cutting || !stream.file) {
            // A file is made with the first byte only, and a splice needs one to tell.
            pollfd ready{stream.pipe.number(), POLLIN, 0};
            if (::poll(&ready, 1, 0) <= 0) return true;
            if ((ready.revents & POLLIN) == 0) return false;
        }
        if (!stream.is_cutting && !open_output(job, index) &&
            !(make_room(errno) && open_output(job, index))) {
            stream.is_passing = true;
            continue;
        }
        ssize_t count = 0;
        if (stream.is_cutting) {
            int waiting = 0;
            ::ioctl(stream.pipe.number(), FIONREAD, &waiting);
            record_cut(job, index, static_cast<std::uint64_t>(waiting));
            count = ::splice(stream.pipe.number(), nullptr, null_.number(), nullptr, kMostInOneGo,
                             SPLICE_F_NONBLOCK);
            if (count > 0) stream.cut += static_cast<std::uint64_t>(count);
        } else {
            const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(room, kMostInOneGo));
            count = ::splice(stream.pipe.number(), nullptr, stream.file.number(), nullptr, most,
                             SPLICE_F_NONBLOCK);
            if (count < 0 && errno == EINVAL) count = copy_to_file(job, index, most);
            if (count < 0 && make_room(errno)) continue;
            if (count < 0 && !is_again(errno)) {
                // The disk takes no more. What follows is not kept either: a file has no holes.
                stream.is_passing = true;
                continue;
            }
        }
        if (count == 0) return false;
        if (count < 0) return is_again(errno);
        stream.length += static_cast<std::uint64_t>(count);
        done += static_cast<std::uint64_t>(count);
        if (static_cast<std::size_t>(count) == kStep) {
            ::fcntl(stream.pipe.number(), F_SETPIPE_SZ, kWidePipe);
        }
    }
    return true;
}

/// Where the file system does not splice.
ssize_t Supervisor::copy_to_file(Job& job, int index, std::size_t most) {
    Stream& stream = job.streams[index];
    char buffer[kStep];
    // Read only what can be written: a byte that is read and not written is lost.
    const ssize_t count = ::read(stream.pipe.number(), buffer, std::min(most, sizeof buffer));
    if (count <= 0) return count;
    std::string_view rest(buffer, static_cast<std::size_t>(count));
    while (!rest.empty()) {
        const ssize_t written = ::write(stream.file.number(), rest.data(), rest.size());
        if (written < 0 && (errno == EINTR || make_room(errno))) continue;
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!rest.empty()) {
        stream.is_cutting = true;
        record_cut(job, index, rest.size());
        stream.cut += rest.size();
    }
    return count;
}

void Supervisor::want_to_send(Job& job) {
    for (Attachment& one : job.attachments)
        queue(job, one);
}

void Supervisor::queue(Job& job, Attachment& attachment) {
    if (std::exchange(attachment.is_queued, true)) return;
    attachment.connection->sending.push_back(job.serial);
}

/// Fills the connection's buffer from the jobs that have something for it, in turn.
void Supervisor::pump(Connection& connection) {
    // Each that is in the queue now has one step.
    for (std::size_t left = connection.sending.size(); left > 0 && connection.has_room(); --left) {
        const std::uint64_t serial = connection.sending.front();
        connection.sending.pop_front();
        Job* job = job_by_serial(serial);
        if (job == nullptr) continue;
        for (Attachment& one : job->attachments) {
            if (one.connection == &connection) one.is_queued = false;
        }
        if (!job->is_durable) {
            if (!job->attachments.empty() && job->attachments.front().credit > 0) {
                watch_stream(*job, 0);
                watch_stream(*job, 1);
            }
            continue;
        }
        // Sending may end the job's last attachment, so they are looked up anew.
        for (std::size_t i = 0; i < job->attachments.size();) {
            Attachment& attachment = job->attachments[i];
            if (attachment.connection != &connection) {
                ++i;
                continue;
            }
            if (send_kept(*job, attachment)) {
                queue(*job, attachment);
                ++i;
            } else if (job->state == JobState::ended && has_all(*job, attachment)) {
                End end = job->end;
                for (int index = 0; index < 2; ++index)
                    end.cut[index] = std::min(
                        end.cut[index],
                        end.length[index] - std::min(attachment.sent[index], end.length[index]));
                Frame ended(connection.output, FrameType::ended, attachment.id);
                put_end(ended, end);
                connection.jobs.erase(attachment.id);
                job->attachments.erase(job->attachments.begin() + static_cast<std::ptrdiff_t>(i));
                close_files(*job);
                if (job->is_forgotten && job->attachments.empty()) {
                    release(*job);
                    break;
                }
            } else {
                ++i;
            }
        }
    }
}

/// Receipts that nobody reads hold no files open.
void Supervisor::close_files(Job& job) {
    if (job.state != JobState::ended || !job.attachments.empty()) return;
    for (Stream& stream : job.streams)
        stream.file.reset();
}

bool Supervisor::has_all(const Job& job, const Attachment& attachment) {
    return attachment.sent[0] >= job.streams[0].kept() &&
           attachment.sent[1] >= job.streams[1].kept();
}

/// One step of what a durable job's files hold; true if there is more that may be sent.
bool Supervisor::send_kept(Job& job, Attachment& attachment) {
    bool has_more = false;
    for (int index = 0; index < 2; ++index) {
        Stream& stream = job.streams[index];
        std::uint64_t& sent = attachment.sent[index];
        // It waits for whoever has all of it so far.
        if (stream.is_passing && sent == stream.length && attachment.credit > 0) {
            watch_stream(job, index);
        }
        const std::uint64_t most = std::min({std::uint64_t{kStep}, attachment.credit,
                                             stream.kept() - std::min(sent, stream.kept())});
        if (most == 0) continue;
        std::size_t count = 0;
        if (open_output(job, index)) {
            count = put_kept(job, attachment, index, static_cast<std::size_t>(most));
        }
        if (count == 0) {
            // The file is shorter than the receipt says, or gone: the rest counts as cut, with what
            // is still to come, which would not stand where it belongs.
            stream.is_cutting = true;
            stream.cut = stream.length - std::min(sent, stream.length);
            job.end.cut[index] = stream.cut;
            continue;
        }
        sent += count;
        stream.told = std::max(stream.told, sent);
        attachment.credit -= count;
        if (attachment.credit > 0 && sent < stream.kept()) has_more = true;
        // It may have waited for room.
        watch_stream(job, index);
    }
    return has_more;
}

}  // namespace remuda::shim::program
