// SPDX-License-Identifier: MIT
#include "ssh/agent.h"

#include "remuda/base/fd.h"
#include "ssh/wire.h"
#include "support/temp_dir.h"

#include <cstring>
#include <deque>
#include <functional>

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>

using namespace std::string_literals;
using remuda::Code;
using remuda::Fd;
using remuda::kNever;
using remuda::ssh::Agent;
using remuda::ssh::WireReader;
using remuda::ssh::WireWriter;
using remuda::test::TempDir;
namespace loop = remuda::loop;

namespace {

// What the agent does with one request; it hangs up after it if told to, and else waits for more.
struct Step {
    std::string reply;
    bool hangs_up = false;
};

// An agent that answers by a script, in the same loop.
class FakeAgent {
  public:
    FakeAgent(loop::Loop& on, const std::string& path, std::deque<Step> script)
        : loop_(on),
          script_(std::move(script)),
          listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        REQUIRE(::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        REQUIRE(::listen(listener_.number(), 8) == 0);
    }
    ~FakeAgent() { loop_.forget(listener_.number()); }
    FakeAgent(const FakeAgent&) = delete;
    FakeAgent& operator=(const FakeAgent&) = delete;

    // One connection after another, until `stop`.
    loop::Task<> serve(loop::Stop& stop) {
        for (;;) {
            const loop::Wake wake =
                co_await loop_.wait_fd(listener_.number(), loop::Readiness::readable, kNever, stop);
            if (wake != loop::Wake::ready) co_return;
            const Fd peer(
                ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!peer) continue;
            ++connections;
            co_await serve_peer(peer, stop);
            loop_.forget(peer.number());
        }
    }

    int connections = 0;
    std::vector<std::string> requests;

  private:
    loop::Task<> serve_peer(const Fd& peer, loop::Stop& stop) {
        std::string bytes;
        for (;;) {
            const loop::Wake wake =
                co_await loop_.wait_fd(peer.number(), loop::Readiness::readable, kNever, stop);
            if (wake != loop::Wake::ready) co_return;
            char buffer[4096];
            const ssize_t n = ::recv(peer.number(), buffer, sizeof buffer, 0);
            if (n <= 0) co_return;
            bytes.append(buffer, static_cast<std::size_t>(n));
            WireReader reader(bytes);
            const std::string request(reader.string());
            if (!reader.ok()) continue;
            bytes = std::string(reader.rest());
            requests.push_back(request);
            if (script_.empty()) continue;
            const Step step = script_.front();
            script_.pop_front();
            (void)::send(peer.number(), step.reply.data(), step.reply.size(), MSG_NOSIGNAL);
            if (step.hangs_up) co_return;
        }
    }

    loop::Loop& loop_;
    std::deque<Step> script_;
    Fd listener_;
};

std::string framed(const std::string& reply) {
    return WireWriter().string(reply).take();
}

std::string signed_by(const std::string& algorithm, const std::string& body) {
    const std::string signature = WireWriter().string(algorithm).string(body).take();
    return framed(WireWriter().byte(14).string(signature).take());
}

std::string keys_reply() {
    const std::string blob = WireWriter().string("ssh-ed25519").take();
    return framed(WireWriter().byte(12).u32(1).string(blob).string("me").take());
}

struct Bed {
    TempDir dir;
    loop::Loop loop;
    loop::Stop stop;
    loop::Stop fake_stop;
    std::string path = dir.path("agent");

    using Body = std::function<loop::Task<>(Bed&, Agent&, FakeAgent&)>;
    void run(std::deque<Step> script, const Body& body) {
        FakeAgent fake(loop, path, std::move(script));
        Agent agent(loop, path);
        loop.run(run_both(*this, agent, fake, body));
    }
    static loop::Task<> run_both(Bed& bed, Agent& agent, FakeAgent& fake, const Body& body) {
        loop::Scope scope(bed.loop);
        scope.spawn(fake.serve(bed.fake_stop));
        co_await body(bed, agent, fake);
        bed.fake_stop.request();
        co_await scope.join();
    }
    loop::Task<remuda::Result<std::string>> sign(Agent& agent, const std::string& data) {
        return agent.sign("blob", "ssh-ed25519", data, kNever, stop);
    }
};

loop::Task<> sign_into(Bed& bed, Agent& agent, std::string data, std::vector<std::string>& into) {
    const auto signature = co_await bed.sign(agent, data);
    into.push_back(signature ? remuda::ssh::callback_signature(*signature)
                             : signature.error().text());
}

}  // namespace

TEST_CASE("the keys are asked for once") {
    Bed().run({{keys_reply()}}, [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
        const auto first = co_await agent.identities(kNever, bed.stop);
        const auto second = co_await agent.identities(kNever, bed.stop);
        REQUIRE(first);
        REQUIRE(second);
        CHECK(first->front().comment == "me");
        CHECK(fake.requests.size() == 1);
    });
}

TEST_CASE("requests made at once are answered one after another on one connection") {
    const auto body = [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
        std::vector<std::string> signatures;
        loop::Scope scope(bed.loop);
        for (const char* data : {"1", "2", "3"}) {
            scope.spawn(sign_into(bed, agent, data, signatures));
        }
        co_await scope.join();
        CHECK(signatures == std::vector<std::string>{"a", "b", "c"});
        CHECK(fake.connections == 1);
    };
    Bed().run({{signed_by("ssh-ed25519", "a")},
               {signed_by("ssh-ed25519", "b")},
               {signed_by("ssh-ed25519", "c")}},
              body);
}

TEST_CASE("a refusal is told, and the connection goes on") {
    const auto body = [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
        const auto refused = co_await bed.sign(agent, "1");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Code::not_authorised);
        const auto signature = co_await bed.sign(agent, "2");
        CHECK(signature);
        CHECK(fake.connections == 1);
    };
    Bed().run({{framed("\x05")}, {signed_by("ssh-ed25519", "b")}}, body);
}

TEST_CASE("nonsense drops the connection, the next request gets a new one") {
    const std::vector<std::string> nonsense{"\xff\xff\xff\xff"s, "\0\0\0\0"s, "\0\x04\0\x01"s};
    for (const std::string& reply : nonsense) {
        const auto body = [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
            const auto broken = co_await bed.sign(agent, "1");
            REQUIRE_FALSE(broken);
            CHECK(broken.error().code() == Code::protocol);
            const auto signature = co_await bed.sign(agent, "2");
            CHECK(signature);
            CHECK(fake.connections == 2);
        };
        Bed().run({{reply}, {signed_by("ssh-ed25519", "b")}}, body);
    }
}

TEST_CASE("an agent that hangs up in the middle of a reply is gone") {
    const std::string whole = signed_by("ssh-ed25519", "a");
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{3}, std::size_t{4}, whole.size() - 1}) {
        CAPTURE(length);
        const auto body = [](Bed& bed, Agent& agent, FakeAgent&) -> loop::Task<> {
            const auto broken = co_await bed.sign(agent, "1");
            REQUIRE_FALSE(broken);
            CHECK(broken.error().code() == Code::not_found);
            CHECK(broken.error().text().find("went away") != std::string::npos);
        };
        Bed().run({{whole.substr(0, length), true}}, body);
    }
}

TEST_CASE("a connection closed between requests is made anew") {
    const auto body = [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
        const auto first = co_await bed.sign(agent, "1");
        CHECK(first);
        const auto second = co_await bed.sign(agent, "2");
        CHECK(second);
        CHECK(fake.connections == 2);
    };
    Bed().run({{signed_by("ssh-ed25519", "a"), true}, {signed_by("ssh-ed25519", "b")}}, body);
}

TEST_CASE("a wait cut short drops the connection, so that no reply meets the wrong request") {
    const auto body = [](Bed& bed, Agent& agent, FakeAgent& fake) -> loop::Task<> {
        const remuda::Time soon = bed.loop.now() + std::chrono::milliseconds(20);
        const auto late = co_await agent.sign("blob", "ssh-ed25519", "1", soon, bed.stop);
        REQUIRE_FALSE(late);
        CHECK(late.error().code() == Code::timed_out);
        const auto signature = co_await bed.sign(agent, "2");
        CHECK(signature);
        CHECK(fake.connections == 2);
        bed.stop.request();
        const auto stopped = co_await bed.sign(agent, "3");
        REQUIRE_FALSE(stopped);
        CHECK(stopped.error().code() == Code::stopped);
    };
    Bed().run({{""}, {signed_by("ssh-ed25519", "b")}}, body);
}

TEST_CASE("without an agent every question is answered with not_found") {
    for (const std::string& path : {"/nowhere/agent"s, ""s, std::string(200, 'a')}) {
        loop::Loop loop;
        loop::Stop stop;
        Agent agent(loop, path);
        const auto ask = [](Agent& asked, loop::Stop& until) -> loop::Task<> {
            const auto identities = co_await asked.identities(kNever, until);
            REQUIRE_FALSE(identities);
            CHECK(identities.error().code() == Code::not_found);
            CHECK(identities.error().text().find("no ssh-agent at") == 0);
        };
        loop.run(ask(agent, stop));
    }
}
