// SPDX-License-Identifier: MIT
#include "ssh/agent.h"

#include "remuda/base/fd.h"
#include "ssh/agent_protocol.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>

namespace remuda::ssh {

using loop::Readiness;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

Error cut_short(Wake wake) {
    if (wake == Wake::stopped) return {Code::stopped, "stopped while waiting for ssh-agent"};
    return {Code::timed_out, "ssh-agent did not answer in time"};
}

}  // namespace

struct Agent::Impl {
    loop::Loop& loop;
    std::string path;
    Fd connection;
    // Null until the agent has answered.
    std::unique_ptr<const Result<std::vector<Identity>>> known;
    // Requests in the order in which they were made; the first one has the connection.
    std::deque<std::uint64_t> line;
    std::uint64_t next_ticket = 0;
    loop::Notice line_moved;

    Impl(loop::Loop& on, std::string at) : loop(on), path(std::move(at)) {}
    ~Impl() { drop_connection(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // A place in the line, left on destruction. Alive across awaits: it holds no lock but only a
    // number in `line`, and leaving never waits.
    class Place {
      public:
        explicit Place(Impl& impl) : impl_(impl), ticket_(impl.next_ticket++) {
            impl_.line.push_back(ticket_);
        }
        ~Place() {
            std::erase(impl_.line, ticket_);
            impl_.line_moved.notify();
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        [[nodiscard]] bool is_first() const { return impl_.line.front() == ticket_; }

      private:
        Impl& impl_;
        std::uint64_t ticket_;
    };

    Task<Result<void>> wait_turn(const Place& place, Time deadline, Stop& stop) {
        while (!place.is_first()) {
            const Wake wake = co_await loop.wait(line_moved, deadline, stop);
            if (wake != Wake::ready) co_return cut_short(wake);
        }
        // Even a request that need not wait must not begin once it was told to stop.
        if (stop.is_requested()) co_return cut_short(Wake::stopped);
        co_return Result<void>();
    }

    void drop_connection() {
        if (connection) loop.forget(connection.number());
        connection.reset();
    }

    Task<Result<void>> connect(Time deadline, Stop& stop) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.empty() || path.size() >= sizeof address.sun_path) {
            co_return Error(Code::not_found, "no ssh-agent at '" + path + "'");
        }
        std::memcpy(address.sun_path, path.data(), path.size());
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!fd) co_return sys_error("cannot make a socket");
        for (;;) {
            if (::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0) {
                break;
            }
            const int error = errno;
            if (error == EINTR) continue;
            if (error == ENOENT || error == ECONNREFUSED) {
                co_return Error(Code::not_found, "no ssh-agent at " + path);
            }
            if (error != EAGAIN) {
                co_return sys_error("cannot connect to ssh-agent at " + path, error);
            }
            // Its backlog is full, which on a Unix socket nothing tells the end of.
            const Time next = loop.now() + std::chrono::milliseconds(10);
            const Wake wake = co_await loop.sleep_until(std::min(next, deadline), stop);
            if (wake == Wake::stopped || loop.now() >= deadline) co_return cut_short(wake);
        }
        connection = std::move(fd);
        co_return Result<void>();
    }

    [[nodiscard]] Error gone() const {
        return {Code::not_found, "ssh-agent at " + path + " went away"};
    }

    Task<Result<void>> send(std::string_view bytes, Time deadline, Stop& stop) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(connection.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(n));
                continue;
            }
            if (errno == EINTR) continue;
            if (errno != EAGAIN) co_return gone();
            const Wake wake =
                co_await loop.wait_fd(connection.number(), Readiness::writable, deadline, stop);
            if (wake != Wake::ready) co_return cut_short(wake);
        }
        co_return Result<void>();
    }

    Task<Result<std::string>> receive(std::size_t length, Time deadline, Stop& stop) {
        std::string bytes(length, '\0');
        std::size_t got = 0;
        while (got < length) {
            const ssize_t n = ::recv(connection.number(), bytes.data() + got, length - got, 0);
            if (n > 0) {
                got += static_cast<std::size_t>(n);
                continue;
            }
            if (n < 0 && errno == EINTR) continue;
            if (n == 0 || errno != EAGAIN) co_return gone();
            const Wake wake =
                co_await loop.wait_fd(connection.number(), Readiness::readable, deadline, stop);
            if (wake != Wake::ready) co_return cut_short(wake);
        }
        co_return bytes;
    }

    Task<Result<std::string>> ask_connected(std::string_view request, Time deadline, Stop& stop) {
        auto sent = co_await send(request, deadline, stop);
        if (!sent) co_return sent.error();
        auto head = co_await receive(4, deadline, stop);
        if (!head) co_return head.error();
        const auto length = agent_reply_length(*head);
        if (!length) co_return length.error();
        co_return co_await receive(*length, deadline, stop);
    }

    // For whoever is first in the line.
    Task<Result<std::string>> ask(std::string_view request, Time deadline, Stop& stop) {
        for (;;) {
            const bool is_fresh = !connection;
            if (is_fresh) {
                auto connected = co_await connect(deadline, stop);
                if (!connected) co_return connected.error();
            }
            auto reply = co_await ask_connected(request, deadline, stop);
            if (reply) co_return reply;
            // A reply may still be under way: the next request must not take it for its own.
            drop_connection();
            // The agent may have been restarted, or close idle connections: worth one new one.
            const bool is_gone = reply.error().code() == Code::not_found;
            if (is_fresh || !is_gone) co_return reply;
        }
    }
};

Agent::Agent(loop::Loop& loop, std::string socket_path)
    : impl_(std::make_unique<Impl>(loop, std::move(socket_path))) {}
Agent::~Agent() = default;

Task<Result<std::vector<Agent::Identity>>> Agent::identities(Time deadline, Stop& stop) {
    if (impl_->known) co_return *impl_->known;
    const Impl::Place place(*impl_);
    auto turn = co_await impl_->wait_turn(place, deadline, stop);
    if (impl_->known) co_return *impl_->known;
    if (!turn) co_return turn.error();
    const std::string request = agent_identities_request();
    auto reply = co_await impl_->ask(request, deadline, stop);
    Result<std::vector<Identity>> answer =
        reply ? parse_agent_identities(*reply) : Result<std::vector<Identity>>(reply.error());
    // What was cut short says nothing of the agent.
    const bool is_final = answer || (answer.error().code() != Code::stopped &&
                                     answer.error().code() != Code::timed_out);
    if (is_final) impl_->known = std::make_unique<const Result<std::vector<Identity>>>(answer);
    co_return answer;
}

Task<Result<std::string>> Agent::sign(std::string public_blob, std::string algorithm,
                                      std::string data, Time deadline, Stop& stop) {
    const Impl::Place place(*impl_);
    auto turn = co_await impl_->wait_turn(place, deadline, stop);
    if (!turn) co_return turn.error();
    const std::string request = agent_sign_request(public_blob, algorithm, data);
    auto reply = co_await impl_->ask(request, deadline, stop);
    if (!reply) co_return reply.error();
    co_return parse_agent_signature(*reply, algorithm);
}

}  // namespace remuda::ssh
