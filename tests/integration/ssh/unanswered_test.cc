// SPDX-License-Identifier: MIT
//
// A server that is alive but does not answer one request: that command alone is given up.
#include "ssh/connection.h"
#include "support/rogue_server.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;
using remuda::test::RogueServer;

namespace {

constexpr std::uint8_t kServiceRequest = 5;
constexpr std::uint8_t kChannelOpen = 90;
constexpr std::uint8_t kChannelEof = 96;
constexpr std::uint8_t kChannelRequest = 98;

std::string confirmation(std::uint32_t channel) {
    return "\x5b" + RogueServer::number(channel) + RogueServer::number(channel) +
           RogueServer::number(1 << 20) + RogueServer::number(1 << 15);
}

// The handshake of libssh2 asks for the service of logging in; nobody has to use it here.
void accept_service(RogueServer& server) {
    (void)server.receive(kServiceRequest);
    server.send("\x06" + RogueServer::text("ssh-userauth"));
}

struct Told final : ssh::Connection::Listener {
    void on_done(ssh::Connection& /*connection*/) override { ++done; }
    void on_refused(ssh::Connection& /*connection*/, std::shared_ptr<ssh::RemoteJob> job) override {
        refused.push_back(std::move(job));
    }
    int done = 0;
    std::vector<std::shared_ptr<ssh::RemoteJob>> refused;
};

// A connection, and two commands for it, to a server that runs `script` after the key exchange.
struct Rogue {
    explicit Rogue(const RogueServer::Script& script) : server(script) {}

    loop::Loop loop;
    RogueServer server;
    Log log{LogLevel::note, [](LogLevel, std::string_view) {}};
    std::vector<char> scratch = std::vector<char>(65536);
    ssh::Connection connection{loop, ssh::socket_stream(loop, server.take_socket()), scratch,
                               "rogue", log};
    std::vector<std::shared_ptr<ssh::RemoteJob>> jobs = {
        std::make_shared<ssh::RemoteJob>(loop, "first"),
        std::make_shared<ssh::RemoteJob>(loop, "second")};
    Told told;
};

// Both commands from the beginning, until the connection is over.
struct World : Rogue {
    explicit World(const RogueServer::Script& script) : Rogue(script) {
        connection.set_answer_time(50ms);
        loop.run(serve());
    }

    loop::Task<> serve() {
        loop::Stop never;
        const auto shaken = co_await connection.handshake({}, kNever, never);
        REQUIRE(shaken);
        for (const auto& job : jobs)
            connection.start(job);
        const Error reason = co_await connection.serve(told, never);
        why_over = reason.text();
    }

    std::string why_over;
};

}  // namespace

TEST_CASE("a channel that is never opened goes back, and so do those behind it") {
    const World world([](RogueServer& self) {
        accept_service(self);
        (void)self.receive(kChannelOpen);
        (void)self.receive(0);
    });
    CHECK(world.told.refused.size() == 2);
    CHECK(world.connection.is_retired());
    CHECK(world.why_over == "it takes no further command");
}

TEST_CASE("a command whose request is never answered is lost, the one beside it is not") {
    const World world([](RogueServer& self) {
        accept_service(self);
        (void)self.receive(kChannelOpen);
        self.send(confirmation(0));
        // Not answered: the request, and the opening of the second channel.
        (void)self.receive(kChannelRequest);
        (void)self.receive(kChannelEof);
        (void)self.receive(kChannelOpen);
        (void)self.receive(0);
    });
    CHECK(world.told.done == 1);
    CHECK(world.told.refused.size() == 1);
    CHECK(world.jobs[0]->is_finished());
    CHECK_FALSE(world.jobs[1]->is_finished());
}

namespace {

// A loop that is held up (a slow disk, ctrl-z) from before the answer comes until after it was due.
struct HeldUp : Rogue {
    explicit HeldUp(const RogueServer::Script& script) : Rogue(script) {
        connection.set_answer_time(100ms);
        loop.run(all());
    }

    loop::Task<> serve() { (void)co_await connection.serve(told, stop); }

    loop::Task<> all() {
        loop::Stop never;
        const auto shaken = co_await connection.handshake({}, kNever, never);
        REQUIRE(shaken);
        connection.start(jobs[0]);
        loop::Scope scope(loop);
        scope.spawn(serve());
        // Until the request is on its way.
        while (!connection.unfinished().front().may_have_started)
            co_await loop.yield();
        std::this_thread::sleep_for(200ms);
        connection.start(jobs[1]);
        for (int turns = 0; turns < 8; ++turns)
            co_await loop.yield();
        is_given_up = jobs[0]->is_finished() || connection.is_retired();
        stop.request();
        co_await scope.join();
    }

    bool is_given_up = false;
    loop::Stop stop;
};

}  // namespace

TEST_CASE("an answer that came in time counts, though it is seen late") {
    const HeldUp world([](RogueServer& self) {
        accept_service(self);
        (void)self.receive(kChannelOpen);
        self.send(confirmation(0));
        (void)self.receive(kChannelRequest);
        self.send("\x63" + RogueServer::number(0));
        (void)self.receive(0);
    });
    CHECK_FALSE(world.is_given_up);
}
