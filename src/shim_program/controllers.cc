// SPDX-License-Identifier: MIT
//
// Connections: from the front's hand-over to the frames of the controller.
#include "shim_program/hand_over.h"
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace remuda::shim::program {

namespace {

constexpr int kWideChannel = 256 << 10;

/// Jobs that are to be started while no more frames are read.
constexpr std::size_t kMostWaiting = 1024;
/// For facts, while somebody looks at the GPUs.
constexpr std::size_t kMostQuestions = 1024;
constexpr int kMostRounds = 4;

void set_home_and_environment(Connection& connection, std::string_view texts) {
    connection.home = texts.substr(0, texts.find('\0'));
    while (!texts.empty()) {
        const std::string_view text = texts.substr(0, texts.find('\0'));
        // The key is that of each job, not that of a job that started us.
        if (text.starts_with(kMaskVariable)) {
            const std::string digits(text.substr(kMaskVariable.size()));
            connection.mask = static_cast<mode_t>(std::strtoul(digits.c_str(), nullptr, 8) & 0777);
        } else if (text.find('=') != std::string_view::npos && !text.starts_with("REMUDA_KEY=")) {
            connection.environment.emplace_back(text);
        }
        if (text.starts_with("HOME=/")) connection.home = text.substr(5);
        texts.remove_prefix(std::min(texts.size(), text.size() + 1));
    }
    if (connection.home.empty()) connection.home = "/";
}

}  // namespace

void Supervisor::greet_front(Connection& connection) {
    char buffer[4096];
    for (;;) {
        alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
        iovec data{buffer, sizeof buffer};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t count =
            ::recvmsg(connection.control.number(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        // The front is gone, and so is the channel; what it had is handed over already or never.
        if (count <= 0) {
            connection.is_broken = true;
            return;
        }
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
             part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
            const int* fds = reinterpret_cast<const int*>(CMSG_DATA(part));
            const std::size_t fd_count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            if (fd_count > 0) connection.in.reset(fds[0]);
            if (fd_count > 1) connection.out.reset(fds[1]);
        }
        if (!connection.home.empty()) continue;
        connection.input.append(buffer, static_cast<std::size_t>(count));
        if (connection.input.size() > kMostHandedOver) {
            connection.is_broken = true;
            return;
        }
    }
    const std::string_view have = connection.input;
    if (!connection.home.empty() || have.size() < 4 || have.size() - 4 < get_number(have, 4)) {
        return;
    }
    set_home_and_environment(connection, have.substr(4));
    connection.input.clear();
    if (!connection.in || !connection.out || !set_nonblocking(connection.in.number()) ||
        !set_nonblocking(connection.out.number()) ||
        ::send(connection.control.number(), &kTaken, 1, MSG_NOSIGNAL) != 1) {
        connection.is_broken = true;
        return;
    }
    // What sshd reads while we are busy with something else; where it is no pipe, it is as it is.
    ::fcntl(connection.out.number(), F_SETPIPE_SZ, kWideChannel);
    // With sendfile some kernels wait for a socket that is full although it is not to (Linux 6.5).
    connection.must_copy = ::fcntl(connection.out.number(), F_GETPIPE_SZ) < 0;
    watch(connection.in.number(), Watch::channel_in, connection.serial, EPOLLIN);
    watch(connection.out.number(), Watch::channel_out, connection.serial, 0);
}

void Supervisor::read_channel(Connection& connection) {
    if (connection.is_closing || waiting_.size() >= kMostWaiting) return;
    if (!connection.has_room()) {
        // Nothing is read as long as the answers are not.
        connection.is_reading = false;
        rewatch(connection.in.number(), Watch::channel_in, connection.serial, 0);
        return;
    }
    const bool is_open = read_some(connection);
    FrameView frame;
    for (;;) {
        const Taken taken = take_frame(connection, frame);
        if (taken == Taken::nothing) break;
        if (taken == Taken::malformed) {
            fault(connection, "a frame is longer than the protocol allows");
            break;
        }
        answer(connection, frame);
        if (connection.is_closing || connection.is_broken) return;
    }
    if (!is_open) connection.is_broken = true;
}

void Supervisor::answer(Connection& connection, const FrameView& frame) {
    if (!connection.has_greeted && frame.type != FrameType::hello) {
        fault(connection, "the first frame is not hello");
        return;
    }
    switch (frame.type) {
        case FrameType::hello:
            return on_hello(connection, frame);
        case FrameType::run:
            return on_run(connection, frame);
        case FrameType::input:
            return on_input(connection, frame, false);
        case FrameType::input_end:
            return on_input(connection, frame, true);
        case FrameType::cancel:
            return on_cancel(connection, frame);
        case FrameType::attach:
            return on_attach(connection, frame);
        case FrameType::list: {
            Fields fields(frame.payload);
            connection.list_prefix.clear();
            while (const auto field = fields.next()) {
                if (field->tag == Tag::prefix) connection.list_prefix = field->value;
            }
            if (fields.is_malformed()) return fault(connection, "malformed list");
            connection.is_listing = true;
            connection.list_id = frame.id;
            connection.list_after.clear();
            return;
        }
        case FrameType::facts:
            return on_facts(connection, frame.id);
        case FrameType::ping: {
            const Frame pong(connection.output, FrameType::pong, frame.id);
            return;
        }
        case FrameType::release:
            return on_release(connection, frame);
        case FrameType::credit:
            return on_credit(connection, frame);
        default:
            return;
    }
}

void Supervisor::on_hello(Connection& connection, const FrameView& frame) {
    std::uint64_t version = 0;
    Fields fields(frame.payload);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::version) version = field->number();
        if (field->tag == Tag::controller) connection.controller = field->value;
    }
    if (fields.is_malformed() || connection.has_greeted) {
        return fault(connection, "malformed or second hello");
    }
    if (version != kVersion) {
        return fault(connection, "this shim speaks version " + std::to_string(kVersion));
    }
    connection.has_greeted = true;
    cut_others(connection, connection.controller);
    Frame(connection.output, FrameType::shim_hello, 0)
        .number(Tag::version, kVersion)
        .text(Tag::program, settings_.program)
        .text(Tag::boot, boot_)
        .text(Tag::machine, machine_)
        .text(Tag::epoch, epoch_)
        .text(Tag::host_name, host_name_)
        .number(Tag::pid, static_cast<std::uint64_t>(::getpid()));
}

/// What they sent and we did not read does not start after this moment.
void Supervisor::cut_others(const Connection& connection, std::string_view controller) {
    if (controller.empty()) return;
    std::vector<Connection*> others;
    for (const auto& [serial, other] : connections_) {
        if (other.get() != &connection && other->controller == controller) {
            others.push_back(other.get());
        }
    }
    for (Connection* other : others)
        close_connection(*other);
}

void Supervisor::on_cancel(Connection& connection, const FrameView& frame) {
    int signal = SIGTERM;
    bool has_grace = false;
    std::uint64_t grace = 0;
    Fields fields(frame.payload);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::signal) signal = signal_number(field->value);
        if (field->tag == Tag::grace) {
            has_grace = true;
            grace = field->number();
        }
    }
    if (fields.is_malformed() || signal == 0) return fault(connection, "malformed cancel");
    const auto found = connection.jobs.find(frame.id);
    if (found == connection.jobs.end()) return;
    Job& job = *found->second;
    if (job.state == JobState::waiting) {
        refuse(job, "cancelled before it was started");
    } else if (job.state == JobState::running) {
        begin_ending(job, EndKind::cancelled, signal, has_grace, grace);
    }
}

void Supervisor::on_credit(Connection& connection, const FrameView& frame) {
    std::uint64_t amount = 0;
    Fields fields(frame.payload);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::amount) amount = field->number();
    }
    if (fields.is_malformed()) return fault(connection, "malformed credit");
    const auto found = connection.jobs.find(frame.id);
    if (found == connection.jobs.end()) return;
    Job& job = *found->second;
    for (Attachment& attachment : job.attachments) {
        if (attachment.connection != &connection || attachment.id != frame.id) continue;
        attachment.credit += std::min(amount, UINT64_MAX - attachment.credit);
        queue(job, attachment);
    }
}

void Supervisor::on_facts(Connection& connection, std::uint64_t id) {
    if (facts_.asked_by.size() >= kMostQuestions) {
        return fault(connection, "more questions for facts than are kept");
    }
    facts_.asked_by.emplace_back(connection.serial, id);
    if (facts_.is_running()) return;
    if (facts_.start(settings_.files)) {
        watch(facts_.fd(), Watch::facts, 0, EPOLLIN);
    } else {
        answer_facts();
    }
}

void Supervisor::answer_facts() {
    const std::string json = facts_as_json(boot_, facts_.text());
    for (const auto& [serial, id] : facts_.asked_by) {
        Connection* connection = connection_by_serial(serial);
        if (connection == nullptr) continue;
        Frame(connection->output, FrameType::shim_facts, id).text(Tag::text, json);
    }
    facts_.asked_by.clear();
}

void Supervisor::fault(Connection& connection, std::string_view reason) {
    Frame(connection.output, FrameType::fault, 0).text(Tag::reason, reason);
    connection.is_closing = true;
    connection.sending.clear();
    connection.is_listing = false;
    if (connection.in) rewatch(connection.in.number(), Watch::channel_in, connection.serial, 0);
}

void Supervisor::detach(Connection& connection, Job& job) {
    auto& all = job.attachments;
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const Attachment& one) { return one.connection == &connection; }),
              all.end());
    close_files(job);
}

void Supervisor::close_connection(Connection& connection) {
    const std::unordered_map<std::uint64_t, Job*> jobs = std::move(connection.jobs);
    connection.jobs.clear();
    // Those that were kept for this connection alone.
    std::set<std::uint64_t> to_release;
    for (const auto& [id, job] : jobs) {
        detach(connection, *job);
        if (job->is_forgotten && job->attachments.empty()) to_release.insert(job->serial);
        if (job->state == JobState::waiting) {
            forget(*job);
        } else if (job->state == JobState::running) {
            // Whoever waits for its input must not take what came for all of it.
            const bool lost_input = job->input_follows && !job->input_has_ended;
            job->has_lost_input = job->is_durable && lost_input;
            if (!job->is_durable || lost_input) {
                begin_ending(*job, EndKind::cancelled, SIGTERM, true, job->grace_ms);
            }
            for (int index = 0; index < 2; ++index)
                watch_stream(*job, index);
        }
    }
    for (const std::uint64_t serial : to_release) {
        if (Job* job = job_by_serial(serial)) release(*job);
    }
    // Other processes hold the same open files: closing ours does not end the watching.
    for (const Fd* fd : {&connection.in, &connection.out}) {
        if (*fd) unwatch(fd->number());
    }
    connections_.erase(connection.serial);
}

/// Whoever asks for it again is told what cannot be read.
void Supervisor::note_unread(const Connection& connection) const {
    if (!connection.unread) return;
    Job* job = job_by_serial(connection.unread->first);
    if (job != nullptr) job->streams[connection.unread->second].must_copy = true;
}

void Supervisor::send_out() {
    std::vector<Connection*> ended;
    has_more_to_send_ = false;
    for (const auto& [serial, owned] : connections_) {
        Connection& connection = *owned;
        if (!connection.out) {
            if (connection.is_broken) ended.push_back(&connection);
            continue;
        }
        bool is_sound = !connection.is_broken;
        for (int round = 0; is_sound && !connection.waits_to_write; ++round) {
            // Others have their turn, however much one job writes.
            if (round == kMostRounds) {
                has_more_to_send_ = true;
                break;
            }
            if (!connection.is_closing) {
                pump(connection);
                continue_listing(connection);
            }
            if (connection.unsent() == 0) break;
            is_sound = write_some(connection);
            note_unread(connection);
            if (is_sound && connection.unsent() > 0) {
                connection.waits_to_write = true;
                rewatch(connection.out.number(), Watch::channel_out, serial, EPOLLOUT);
            }
        }
        if (is_sound && !connection.is_reading && connection.has_room()) {
            connection.is_reading = true;
            rewatch(connection.in.number(), Watch::channel_in, serial, EPOLLIN);
        }
        if (!is_sound || (connection.is_closing && connection.unsent() == 0)) {
            ended.push_back(&connection);
        }
    }
    for (Connection* connection : ended)
        close_connection(*connection);
}

}  // namespace remuda::shim::program
