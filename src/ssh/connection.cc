// SPDX-License-Identifier: MIT
#include "ssh/connection.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/core.h>
#include <libssh2.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Readiness;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// A share of the interval between probes: with the usual 10 s and two probes, a peer that stops
// answering is found within 26 s. Not much more often: libssh2 keeps 76 bytes a probe.
constexpr Duration probe_answer_time(Duration interval) {
    return interval * 4 / 5;
}
// sshd answers within a few milliseconds, on a host that swaps within seconds.
constexpr auto kAnswerTime = 30s;
// Lines of text may come before the banner (RFC 4253, 4.2).
constexpr std::size_t kMostBytesBeforeBanner = std::size_t{64} * 1024;
constexpr std::size_t kMostUnreadBytes = std::size_t{1024} * 1024;
// A login is a few kilobytes, and a greeting of some screens.
constexpr std::size_t kMostLoginBytes = std::size_t{256} * 1024;
// Answers that a server demands and does not fetch; what we send by ourselves stays far below.
constexpr std::size_t kMostUnsentBytes = std::size_t{2048} * 1024;
// libssh2 keeps what answers no question of ours, and the answer to each probe; and windows of
// output, at worst in packets of one byte each with 100 bytes of its own for each.
constexpr std::size_t kMostProbeBytes = 256;
constexpr std::size_t kMostStrayBytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kMostBytesOfWindowByte = 128;
// Read at once: more than any answer.
constexpr std::size_t kMuch = std::size_t{16} * 1024;

}  // namespace

Connection::Connection(loop::Loop& loop, std::unique_ptr<Stream> stream, std::span<char> scratch,
                       std::string name, const Log& log)
    : loop_(loop),
      stream_(std::move(stream)),
      scratch_(scratch),
      name_(std::move(name)),
      log_(log),
      capacity_(kMostChannels),
      quiet_before_probe_(HostSettings().alive_interval),
      probe_answer_time_(probe_answer_time(quiet_before_probe_)),
      most_unanswered_probes_(HostSettings().alive_count),
      last_inbound_(loop.now()),
      silent_since_(last_inbound_),
      answer_time_(kAnswerTime) {}

Connection::~Connection() {
    for (const auto& channel : channels_)
        channel->job()->on_poke = nullptr;
}

Error Connection::broken(const std::string& text) const {
    const std::string trouble = stream_->trouble();
    return {Code::unreachable, trouble.empty() ? text : trouble};
}

Result<void> Connection::adapt_to(const HostSettings& settings) {
    for (const auto& [name, value] : settings.environment)
        environment_.push_back({.name = name, .value = value});
    quiet_before_probe_ = settings.alive_interval;
    probe_answer_time_ = probe_answer_time(settings.alive_interval);
    most_unanswered_probes_ = settings.alive_count;
    const Session::Algorithms wanted{settings.key_exchanges, settings.host_key_algorithms,
                                     settings.ciphers, settings.macs};
    if (session_.offer_algorithms(wanted)) return {};
    return Error(Code::invalid_input, "no algorithm is left: " + session_.last_error());
}

Result<void> Connection::flush() {
    while (!session_.outgoing().empty()) {
        const std::string_view out = session_.outgoing();
        const ssize_t n = ::send(stream_->number(), out.data(), out.size(), MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
            return broken(sys_error("connection broken").text());
        }
        session_.sent(static_cast<std::size_t>(n));
    }
    return {};
}

Result<Connection::Traffic> Connection::fill() {
    const ssize_t n = ::recv(stream_->number(), scratch_.data(), scratch_.size(), 0);
    if (n == 0) {
        session_.feed_end();
        return Traffic::ended;
    }
    if (n < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Traffic::none;
        return broken(sys_error("connection broken").text());
    }
    // Who sends much needs no hurry: the kernel acknowledges every other segment by itself.
    if (hurries_acks_ && static_cast<std::size_t>(n) < kMuch) {
        const int on = 1;
        ::setsockopt(stream_->number(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
    // Without a channel nobody reads; no honest server says this much to an idle client.
    if (channels_.empty() && !tunnels_ && session_.unread_bytes() > kMostUnreadBytes) {
        return Error(Code::protocol, "the server floods an idle connection");
    }
    const std::size_t windows =
        users() * Window::kFirstBytes + (Window::kMostGrowth - *spare_window_);
    const std::size_t most =
        kMostStrayBytes + probes_sent_ * kMostProbeBytes + windows * kMostBytesOfWindowByte;
    if (session_.memory_bytes() > most) {
        return Error(Code::protocol, "the server floods the connection");
    }
    session_.feed({scratch_.data(), static_cast<std::size_t>(n)});
    last_inbound_ = silent_since_ = loop_.now();
    unanswered_probes_ = 0;
    return Traffic::some;
}

Task<Result<void>> Connection::exchange(Time deadline, Stop& stop) {
    if (auto flushed = flush(); !flushed) co_return flushed.error();
    // A peer that never stops talking is always ready.
    if (loop_.now() >= deadline) co_return Error(Code::timed_out, "the server does not answer");
    if (session_.server_banner().empty() && session_.total_fed() > kMostBytesBeforeBanner) {
        co_return Error(Code::protocol, "what answers is no SSH server");
    }
    if (session_.total_fed() > kMostLoginBytes) {
        co_return Error(Code::protocol, "the server floods the login");
    }
    const Readiness readiness = session_.outgoing().empty() ? Readiness::readable : Readiness::both;
    const Wake wake = co_await loop_.wait_fd(stream_->number(), readiness, deadline, stop);
    if (wake == Wake::timeout) co_return Error(Code::timed_out, "the server does not answer");
    if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    if (auto filled = fill(); !filled) co_return filled.error();
    co_return Result<void>();
}

// Repeats a libssh2 call until it says something else than EAGAIN.
Task<Result<int>> Connection::finish(std::function<int()> call, Time deadline, Stop& stop) {
    for (;;) {
        const int rc = call();
        if (rc != LIBSSH2_ERROR_EAGAIN) {
            auto flushed = flush();
            // What the call says counts more than that the socket broke behind it.
            if (!flushed && rc == 0) co_return flushed.error();
            co_return rc;
        }
        auto exchanged = co_await exchange(deadline, stop);
        if (!exchanged) co_return exchanged.error();
    }
}

void Connection::start(std::shared_ptr<RemoteJob> job) {
    job->on_poke = [this] { poke_.notify(); };
    channels_.push_back(
        std::make_unique<Channel>(session_, environment_, spare_window_, std::move(job)));
    if (is_single_use_) is_retired_ = true;
    poke_.notify();
}

std::shared_ptr<Tunnel> Connection::start_tunnel(Tunnel::Target target) {
    if (!tunnels_)
        tunnels_ = std::make_unique<Tunnels>(loop_, spare_window_, [this] { poke_.notify(); });
    return tunnels_->add(std::move(target));
}

std::size_t Connection::open_channels() const {
    return static_cast<std::size_t>(
        std::count_if(channels_.begin(), channels_.end(),
                      [](const auto& channel) { return channel->raw() != nullptr; }));
}

std::size_t Connection::users() const {
    return channels_.size() + (tunnels_ ? tunnels_->size() : 0);
}

void Connection::shrink_after_refusal() {
    // At the limit a close and an open in one segment can be refused: that passes. Else it is less
    // than we thought.
    capacity_ = std::max<std::size_t>({1, open_channels(), most_open_});
}

void Connection::remove_channel(std::size_t index, Listener& listener) {
    const std::unique_ptr<Channel> channel = std::move(channels_[index]);
    channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(index));
    channel->job()->on_poke = nullptr;
    if (channel->state() == Channel::State::refused) {
        shrink_after_refusal();
        listener.on_refused(*this, channel->job());
    } else {
        hurries_acks_ = false;
        listener.on_done(*this);
    }
}

Result<void> Connection::step_channels(Listener& listener) {
    // First of all: a reply for one channel must not be met by the request of another, which would
    // fail although its command runs (issue 671). It also answers what the server asks of an idle
    // client.
    if (!session_.drain()) {
        return broken_session();
    }
    // One open under way on a session: those behind it wait their turn.
    bool is_opening = false;
    for (std::size_t i = 0; i < channels_.size();) {
        Channel& channel = *channels_[i];
        if (channel.state() == Channel::State::opening && is_opening) {
            ++i;
            continue;
        }
        const Channel::State state = channel.step(scratch_, loop_.now());
        is_opening = is_opening || state == Channel::State::opening;
        if (state == Channel::State::broken) {
            return broken_session();
        }
        if (state == Channel::State::done || state == Channel::State::refused) {
            remove_channel(i, listener);
            continue;
        }
        ++i;
    }
    most_open_ = std::max(most_open_, open_channels());
    if (tunnels_ && !tunnels_->step(session_, scratch_)) {
        return broken("connection broken: " + session_.last_error());
    }
    return {};
}

bool Connection::is_held_back() const {
    return (tunnels_ && tunnels_->are_held_back()) ||
           std::ranges::any_of(channels_, [](const auto& each) { return each->is_held_back(); });
}

Time Connection::next_probe() const {
    return last_inbound_ + quiet_before_probe_ + unanswered_probes_ * probe_answer_time_;
}

Result<void> Connection::probe() {
    if (loop_.now() < next_probe()) return {};
    if (unanswered_probes_ == most_unanswered_probes_) {
        const std::string jump = stream_->silent_jump(silent_since_);
        return Error(Code::unreachable,
                     "the server does not answer any more" +
                         (jump.empty() ? "" : ", and nothing comes from " + jump + " either"));
    }
    // Counted from now on: after a pause of this whole process the peer gets its full time.
    last_inbound_ = loop_.now() - quiet_before_probe_ - unanswered_probes_ * probe_answer_time_;
    ++unanswered_probes_;
    ++probes_sent_;
    libssh2_keepalive_config(session_.raw(), 1, 1);
    int seconds = 0;
    libssh2_keepalive_send(session_.raw(), &seconds);
    return {};
}

Time Connection::next_answer_deadline() const {
    Time first = kNever;
    for (const auto& channel : channels_) {
        if (const auto asked_at = channel->asked_at()) {
            first = std::min(first, *asked_at + answer_time_);
        }
    }
    return first;
}

void Connection::give_up_unanswered(Listener& listener) {
    if (loop_.now() < next_answer_deadline()) return;
    is_retired_ = true;
    // What has not been asked for yet must not be: libssh2 would take the late answer for its own.
    for (std::size_t i = channels_.size(); i-- > 0;) {
        const Channel& channel = *channels_[i];
        const auto asked_at = channel.asked_at();
        const bool is_overdue = asked_at && *asked_at + answer_time_ <= loop_.now();
        if (channel.state() != Channel::State::opening && !is_overdue) continue;
        const std::unique_ptr<Channel> given_up = std::move(channels_[i]);
        channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(i));
        given_up->job()->on_poke = nullptr;
        if (given_up->may_have_started()) {
            given_up->job()->finish(transport::Ended{model::Lost{fmt::format(
                "the server did not say within {} s whether it runs the command",
                std::chrono::duration_cast<std::chrono::seconds>(answer_time_).count())}});
            listener.on_done(*this);
        } else {
            listener.on_refused(*this, given_up->job());
        }
    }
}

Task<Error> Connection::serve(Listener& listener, Stop& stop) {
    Error reason = co_await carry_out(listener, stop);
    is_broken_ = true;
    if (tunnels_) co_await tunnels_->end(reason);
    co_return reason;
}

Task<Error> Connection::carry_out(Listener& listener, Stop& stop) {
    bool ended = false;
    for (;;) {
        auto stepped = step_channels(listener);
        give_up_unanswered(listener);
        auto flushed = flush();
        // What held back for want of room in the out buffer goes on when it has some.
        if (session_.outgoing().size() < Tunnel::kMostOutgoingBytes && is_held_back()) {
            poke_.notify();
        }
        if (flushed && session_.outgoing().size() > kMostUnsentBytes) {
            flushed = Error(Code::protocol, "the server demands answers and does not fetch them");
        }
        is_broken_ = !stepped || !flushed || ended;
        if (!stepped && !ended) co_return stepped.error();
        if (!flushed) co_return flushed.error();
        if (ended) co_return broken("the server closed the connection");
        if (is_retired_ && channels_.empty()) {
            is_broken_ = true;
            co_return Error(Code::stopped, "it takes no further command");
        }

        const Readiness readiness =
            session_.outgoing().empty() ? Readiness::readable : Readiness::both;
        const Time deadline = std::min(next_probe(), next_answer_deadline());
        const Wake wake =
            co_await loop_.wait_fd_or(stream_->number(), readiness, poke_, deadline, stop);
        if (wake == Wake::stopped) {
            is_broken_ = true;
            say_goodbye();
            co_return Error(Code::stopped, "stopped");
        }
        // Woken for another reason, there is hardly anything to be read; but before a deadline is
        // judged, what has come in time is to be seen: the loop may have been held up.
        if (wake != Wake::notified || loop_.now() >= deadline) {
            auto filled = fill();
            if (!filled) {
                is_broken_ = true;
                co_return filled.error();
            }
            ended = *filled == Traffic::ended;
        }
        if (auto probed = probe(); !probed) {
            is_broken_ = true;
            co_return probed.error();
        }
    }
}

Connection::Description Connection::describe() const {
    const auto method = [&](int type) -> std::string {
        const char* const name = libssh2_session_methods(session_.raw(), type);
        return name == nullptr ? "" : name;
    };
    Description description;
    description.server = session_.server_banner();
    description.key_exchange = method(LIBSSH2_METHOD_KEX);
    description.host_key_algorithm = method(LIBSSH2_METHOD_HOSTKEY);
    description.cipher = method(LIBSSH2_METHOD_CRYPT_CS);
    const bool has_own = description.cipher.find("gcm@") != std::string::npos ||
                         description.cipher.find("poly1305") != std::string::npos;
    if (!has_own) description.mac = method(LIBSSH2_METHOD_MAC_CS);
    description.identity = identity_;
    return description;
}

Task<Result<Duration>> Connection::round_trip(Time deadline, Stop& stop) {
    if (!session_.drain()) co_return broken_session();
    const Time asked = loop_.now();
    LIBSSH2_CHANNEL* channel = nullptr;
    auto open = [&] {
        channel = libssh2_channel_open_session(session_.raw());
        return channel != nullptr ? 0 : libssh2_session_last_errno(session_.raw());
    };
    auto opened = co_await finish(open, deadline, stop);
    if (!opened) co_return opened.error();
    // A refusal is an answer as well.
    if (*opened != 0 && *opened != LIBSSH2_ERROR_CHANNEL_FAILURE) co_return broken_session();
    // The channel goes with its session.
    co_return loop_.now() - asked;
}

Error Connection::broken_session() const {
    return broken("connection broken: " + session_.last_error());
}

void Connection::say_goodbye() {
    libssh2_session_disconnect(session_.raw(), "done");
    // Best effort; the server sees the connection close in any case.
    (void)flush();
}

std::vector<Connection::Unfinished> Connection::unfinished() const {
    std::vector<Unfinished> jobs;
    for (const auto& channel : channels_) {
        if (channel->job()->is_finished()) continue;
        jobs.push_back({channel->job(), channel->may_have_started()});
    }
    return jobs;
}

}  // namespace remuda::ssh
