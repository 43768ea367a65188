// SPDX-License-Identifier: MIT
#include "channel.h"

#include "support/program.h"

#include <cerrno>
#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {

using namespace remuda::shim;

namespace {
constexpr int kPatienceMs = 60'000;
constexpr std::size_t kStep = std::size_t{256} << 10;
}  // namespace

std::uint64_t Got::number(Tag tag) const {
    Fields fields(payload);
    while (const auto field = fields.next()) {
        if (field->tag == tag) return field->number();
    }
    return 0;
}

std::vector<std::string> Got::texts(Tag tag) const {
    std::vector<std::string> all;
    Fields fields(payload);
    while (const auto field = fields.next()) {
        if (field->tag == tag) all.emplace_back(field->value);
    }
    return all;
}

std::string Got::text(Tag tag) const {
    const auto all = texts(tag);
    return all.empty() ? std::string() : all.front();
}

namespace {

/// To be read from, and to be written to.
bool make_carrier(Carrier carrier, int (&ends)[2]) {
    if (carrier == Carrier::pipe) return ::pipe2(ends, O_CLOEXEC) == 0;
    return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}

}  // namespace

Channel::Channel(const ChannelOptions& options) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || !make_carrier(options.carrier, out)) {
        throw std::runtime_error("no pipe");
    }
    std::vector<std::string> argv = options.program;
    for (const char* word : {"serve", "--dir"})
        argv.emplace_back(word);
    argv.push_back(options.folder);
    argv.emplace_back("--linger");
    argv.push_back(options.linger);
    front_ = start_program(argv, {.in = in[0], .out = out[1], .err = STDERR_FILENO},
                           options.environment);
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    {
        Frame hello(frames_, FrameType::hello, 0);
        hello.number(Tag::version, kVersion);
        if (!options.controller.empty()) hello.text(Tag::controller, options.controller);
    }
    send();
    hello_ = wait_for(FrameType::shim_hello, 0);
}

Channel::~Channel() {
    close();
    int status = 0;
    if (front_ > 0) ::waitpid(front_, &status, 0);
}

void Channel::close() {
    for (int* fd : {&to_, &from_}) {
        if (*fd >= 0) ::close(*fd);
        *fd = -1;
    }
}

pid_t Channel::supervisor() const {
    return static_cast<pid_t>(hello_.number(Tag::pid));
}

void Channel::send() {
    send_bytes(frames_);
    frames_.clear();
}

void Channel::send_bytes(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = ::write(to_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) throw std::runtime_error("the shim reads no more");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::uint64_t Channel::run(const std::string& key, const std::string& script,
                           const std::function<void(Frame&)>& more) {
    const std::uint64_t id = next_id_++;
    {
        Frame frame(frames_, FrameType::run, id);
        frame.text(Tag::key, key).text(Tag::script, script);
        if (more) more(frame);
    }
    send();
    return id;
}

std::uint64_t Channel::run_durable(const std::string& key, const std::string& script) {
    return run(key, script, [](Frame& frame) { frame.number(Tag::durable, 1); });
}

std::pair<std::uint64_t, Got> Channel::attach(const std::string& key, std::uint64_t offset_out,
                                              std::uint64_t offset_err) {
    const std::uint64_t id = next_id_++;
    Frame(frames_, FrameType::attach, id)
        .text(Tag::key, key)
        .number(Tag::offset_out, offset_out)
        .number(Tag::offset_err, offset_err);
    send();
    return {id, wait_for(FrameType::attached, id)};
}

void Channel::release(const std::string& key) {
    Frame(frames_, FrameType::release, 0).text(Tag::key, key);
    send();
}

bool Channel::take(Got& got) {
    const auto header = read_header(input_);
    if (!header || input_.size() < kHeaderSize + header->length) return false;
    got = {header->type, header->id, input_.substr(kHeaderSize, header->length)};
    input_.erase(0, kHeaderSize + header->length);
    return true;
}

bool Channel::read_more() {
    pollfd ready{from_, POLLIN, 0};
    if (::poll(&ready, 1, kPatienceMs) <= 0) throw std::runtime_error("the shim is silent");
    const std::size_t before = input_.size();
    input_.resize(before + kStep);
    const ssize_t count = ::read(from_, &input_[before], kStep);
    input_.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
    return count > 0;
}

Got Channel::wait_for(const std::function<bool(const Got&)>& is_wanted) {
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
        if (!is_wanted(*at)) continue;
        Got got = std::move(*at);
        kept_.erase(at);
        return got;
    }
    for (;;) {
        Got got;
        while (take(got)) {
            if (is_wanted(got)) return got;
            kept_.push_back(std::move(got));
        }
        if (!read_more()) throw std::runtime_error("the shim closed the channel");
    }
}

Got Channel::wait_for(FrameType type, std::uint64_t id) {
    return wait_for([=](const Got& got) { return got.type == type && got.id == id; });
}

Got Channel::begun(std::uint64_t id) {
    return wait_for([=](const Got& got) {
        return got.id == id && (got.type == FrameType::started || got.type == FrameType::refused);
    });
}

namespace {
bool is_output_or_end(const Got& got, std::uint64_t id) {
    return got.id == id && (got.type == FrameType::output || got.type == FrameType::ended ||
                            got.type == FrameType::refused);
}
}  // namespace

Ended Channel::ended(std::uint64_t id) {
    Ended ended;
    bool is_first = true;
    for (;;) {
        Got got = wait_for([=](const Got& one) { return is_output_or_end(one, id); });
        if (got.type == FrameType::refused) {
            throw std::runtime_error("refused: " + got.text(Tag::reason));
        }
        if (got.type == FrameType::ended) {
            ended.frame = std::move(got);
            return ended;
        }
        const std::string bytes = got.payload.substr(kOutputHeadSize);
        if (got.payload[0] == 1) {
            const std::uint64_t offset = get_number(std::string_view(got.payload).substr(8), 8);
            if (is_first) ended.out_begin = offset;
            is_first = false;
            if (offset != ended.out_begin + ended.out.size()) {
                throw std::runtime_error("output with a gap");
            }
            ended.out += bytes;
        } else {
            ended.err += bytes;
        }
        Frame(frames_, FrameType::credit, id).number(Tag::amount, bytes.size());
        send();
    }
}

std::string Channel::output(std::uint64_t id, std::size_t at_least) {
    std::string out;
    while (out.size() < at_least) {
        const Got got = wait_for(FrameType::output, id);
        if (got.payload[0] == 1) out += got.payload.substr(kOutputHeadSize);
    }
    return out;
}

bool Channel::is_closed_by_shim() {
    while (read_more())
        input_.clear();
    return true;
}

}  // namespace remuda::test
