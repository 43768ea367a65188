// SPDX-License-Identifier: MIT
//
// Servers that mean ill, or are broken beyond what one expects: whatever they send, the connection
// ends with a reason, soon, and little was read.
#include "ssh/connection.h"
#include "support/rogue_server.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace remuda;
using namespace std::chrono_literals;
using remuda::test::RogueServer;

namespace {

using Begin = RogueServer::Begin;
using Script = RogueServer::Script;

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

const std::string kDisconnect = "\x01";
const std::string kIgnore = "\x02";
const std::string kUnimplemented = "\x03";
const std::string kDebug = "\x04";
const std::string kServiceAccept = "\x06";
const std::string kUserauthFailure = "\x33";
const std::string kUserauthBanner = "\x35";
const std::string kGlobalRequest = "\x50";
const std::string kRequestSuccess = "\x51";
const std::string kChannelOpen = "\x5a";
const std::string kChannelConfirmation = "\x5b";
const std::string kWindowAdjust = "\x5d";
const std::string kChannelData = "\x5e";
const std::string kChannelExtendedData = "\x5f";
const std::string kChannelEof = "\x60";
const std::string kChannelClose = "\x61";
const std::string kRequest = "\x62";
const std::string kChannelSuccess = "\x63";

std::string number(std::uint32_t value) {
    return RogueServer::number(value);
}
std::string text(std::string_view value) {
    return RogueServer::text(value);
}

// A title, a colour and a bell for whoever shows it raw.
const std::string kControls = "\x1b]0;owned\x07\x1b[31mred\r\nline";

Script flood(std::string payload) {
    return [payload = std::move(payload)](RogueServer& self) {
        for (;;)
            self.send_many(payload, 1 + 16'000 / (payload.size() + 36));
    };
}

Script raw_flood(std::string bytes) {
    return [bytes = std::move(bytes)](RogueServer& self) {
        for (;;)
            self.send_raw(bytes);
    };
}

Script then(Script first, Script second) {
    return [first = std::move(first), second = std::move(second)](RogueServer& self) {
        first(self);
        second(self);
    };
}

void greet(RogueServer& self) {
    self.send_banner();
}
void greet_and_offer(RogueServer& self) {
    self.send_banner();
    self.send(RogueServer::offer());
}

// Stops the connection when its command is done.
struct Owner final : ssh::Connection::Listener {
    void on_done(ssh::Connection& /*connection*/) override { stop.request(); }
    void on_refused(ssh::Connection& /*connection*/,
                    std::shared_ptr<ssh::RemoteJob> /*job*/) override {
        stop.request();
    }
    loop::Stop stop;
};

// A connection to a server that follows `script`.
struct World {
    World(const Script& script, Begin begin) : server(script, begin) {}

    Fd nonblocking() {
        Fd socket = server.take_socket();
        REQUIRE(::fcntl(socket.number(), F_SETFL, O_NONBLOCK) == 0);
        return socket;
    }

    // Until the login has failed.
    loop::Task<> log_in(Time deadline) {
        loop::Stop never;
        auto done = co_await connection.handshake({}, deadline, never);
        if (!done) {
            why = done.error();
            co_return;
        }
        ssh::Credentials with;
        with.user = "me";
        with.methods = {"publickey"};
        ssh::Attempts attempts;
        auto ended = co_await connection.authenticate(with, attempts, deadline, never);
        if (!ended) why = ended.error();
    }

    // As if logged in, until the connection is over.
    loop::Task<> serve(bool with_job) {
        loop::Stop never;
        // Who says nothing any more is found soon.
        ssh::HostSettings settings;
        settings.alive_interval = 500ms;
        settings.alive_count = 1;
        REQUIRE(connection.adapt_to(settings));
        auto done = co_await connection.handshake({}, kNever, never);
        REQUIRE(done);
        if (with_job) connection.start(job);
        Owner owner;
        why = co_await connection.serve(owner, owner.stop);
    }

    loop::Loop loop;
    RogueServer server;
    Log log{LogLevel::note, [](LogLevel, std::string_view) {}};
    std::vector<char> scratch = std::vector<char>(65536);
    ssh::Connection connection{loop, ssh::socket_stream(loop, nonblocking()), scratch, "rogue",
                               log};
    std::shared_ptr<ssh::RemoteJob> job = std::make_shared<ssh::RemoteJob>(loop, "first");
    Error why{Code::system, "no failure"};
};

bool is_printable(std::string_view line) {
    for (const char c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return true;
}

// The deadline is far: what floods is ended by how much it has sent.
Error why_no_login(const Script& script, Begin begin) {
    World world(script, begin);
    world.loop.run(world.log_in(world.loop.now() + 60s));
    CHECK(world.why.code() != Code::timed_out);
    CHECK(world.why.code() != Code::system);
    CHECK(is_printable(world.why.text()));
    CHECK(world.server.sent_bytes() < 2 * kMiB);
    return world.why;
}

Error why_over(const Script& script, std::size_t most_bytes, bool with_job = false) {
    World world(script, Begin::after_key_exchange);
    world.loop.run(world.serve(with_job));
    CHECK(is_printable(world.why.text()));
    CHECK(world.server.sent_bytes() < most_bytes);
    return world.why;
}

void accept_service(RogueServer& self) {
    (void)self.receive(5);
    self.send(kServiceAccept + text("ssh-userauth"));
}

Script serving(Script script) {
    return then(accept_service, std::move(script));
}

}  // namespace

TEST_CASE("a banner that never ends is no SSH server") {
    for (const std::string& bytes :
         {std::string(4096, 'x'), std::string("some line\r\n"), std::string(4096, '\0'),
          "SSH-2.0-" + std::string(8192, 'x'), kControls, std::string("\n")}) {
        CAPTURE(bytes.substr(0, 20));
        const Error why = why_no_login(raw_flood(bytes), Begin::at_once);
        CHECK(why.code() == Code::protocol);
    }
}

TEST_CASE("a banner that comes byte by byte, and no line, is waited for until the deadline alone") {
    World world(
        [](RogueServer& self) {
            for (;;) {
                self.send_raw("x");
                std::this_thread::sleep_for(1ms);
            }
        },
        Begin::at_once);
    world.loop.run(world.log_in(world.loop.now() + 200ms));
    CHECK(world.why.code() == Code::timed_out);
    CHECK(world.why.text() == "no SSH banner came");
}

TEST_CASE("a banner of another protocol is refused") {
    for (const std::string banner : {"SSH-1.5-old\r\n", "SSH-\r\n", "SSH-9999999999.0-x\r\n",
                                     "SSH-2.0\r\n", "220 mail ESMTP\r\n"}) {
        CAPTURE(banner);
        const Script script = [banner](RogueServer& self) {
            self.send_raw(banner);
            raw_flood(std::string(4096, '\xff'))(self);
        };
        (void)why_no_login(script, Begin::at_once);
    }
}

TEST_CASE("no length of a packet is believed beyond reason") {
    for (const std::uint32_t length :
         {0U, 1U, 2U, 4U, 5U, 7U, 12U, 34'999U, 35'001U, 39'999U, 40'001U, 262'144U, 0x7fff'ffffU,
          0x8000'0000U, 0xffff'fff0U, 0xffff'ffffU}) {
        CAPTURE(length);
        const std::string head = number(length) + "\x04\x14";
        const auto packet = [head](RogueServer& self) { self.send_raw(head); };
        (void)why_no_login(then(then(greet, packet), raw_flood(std::string(4096, 'y'))),
                           Begin::at_once);
        (void)why_no_login(then(greet, raw_flood(head)), Begin::at_once);
    }
}

TEST_CASE("packets without end before the key exchange end the login") {
    for (const std::string& payload :
         {kIgnore + text(std::string(1000, 'x')), kIgnore,
          kDebug + std::string(1, '\1') + text(kControls) + text(""), kUnimplemented + number(0),
          kServiceAccept + text("ssh-userauth"), RogueServer::offer(),
          std::string("\x1f") + text("x"), std::string("\x15"), std::string("\xff"),
          std::string(1, '\0'), kGlobalRequest + text("x") + std::string(1, '\1'),
          kChannelData + number(0) + text("x")}) {
        CAPTURE(static_cast<int>(static_cast<unsigned char>(payload[0])));
        (void)why_no_login(then(greet, flood(payload)), Begin::at_once);
        (void)why_no_login(then(greet_and_offer, flood(payload)), Begin::at_once);
    }
}

TEST_CASE("packets without end before the login end it") {
    for (const std::string& payload :
         {kIgnore + text("x"), kDebug + std::string(1, '\1') + text(kControls) + text(""),
          kServiceAccept + text("ssh-userauth"), kUserauthBanner + text(kControls) + text(""),
          kUserauthBanner + text(std::string(30'000, 'b')) + text(""),
          kGlobalRequest + text("x") + std::string(1, '\1'), kRequestSuccess,
          RogueServer::offer()}) {
        CAPTURE(static_cast<int>(static_cast<unsigned char>(payload[0])));
        (void)why_no_login(flood(payload), Begin::after_key_exchange);
        (void)why_no_login(then(accept_service, flood(payload)), Begin::after_key_exchange);
    }
}

TEST_CASE("a server's last words are not shown raw") {
    const std::string words = kDisconnect + number(2) + text(kControls) + text("");
    const auto say = [words](RogueServer& self) { self.send(words); };
    (void)why_no_login(then(greet, say), Begin::at_once);
    (void)why_no_login(say, Begin::after_key_exchange);
    const std::string methods = kUserauthFailure + text(kControls) + std::string(1, '\0');
    const auto refuse = [methods](RogueServer& self) { self.send(methods); };
    const Error why = why_no_login(then(accept_service, refuse), Begin::after_key_exchange);
    CHECK(why.code() == Code::not_authorised);
}

TEST_CASE("a server that demands answers and reads none is given up") {
    const std::string demand = kGlobalRequest + text("keepalive") + std::string(1, '\1');
    const Error why = why_over(serving(flood(demand)), 64 * kMiB);
    CHECK(why.text() == "the server demands answers and does not fetch them");
}

TEST_CASE("packets that answer nothing do not pile up for ever") {
    const auto answer_channel = [](RogueServer& self) {
        accept_service(self);
        (void)self.receive(90);
        self.send(kChannelConfirmation + number(0) + number(0) + number(1 << 20) + number(1 << 15));
    };
    for (const std::string& payload :
         {kRequestSuccess + std::string(30'000, 'x'), kUserauthFailure + std::string(30'000, 'x'),
          std::string("\xc8") + std::string(30'000, 'x')}) {
        CAPTURE(static_cast<int>(static_cast<unsigned char>(payload[0])));
        CHECK(why_over(serving(flood(payload)), 64 * kMiB).text() ==
              "the server floods the connection");
    }
    const std::string payload = kUserauthFailure + std::string(30'000, 'x');
    CHECK(why_over(then(answer_channel, flood(payload)), 256 * kMiB, true).text() ==
          "the server floods the connection");
}

TEST_CASE("an offer of algorithms after the other, in a connection that serves, ends it") {
    (void)why_over(serving(flood(RogueServer::offer())), 64 * kMiB);
}

namespace {

// What comes of a command whose channel gets `packets` once it runs.
model::Outcome outcome_after(const std::vector<std::string>& packets,
                             std::string* written = nullptr) {
    World world(
        [&](RogueServer& self) {
            accept_service(self);
            (void)self.receive(90);
            self.send(kChannelConfirmation + number(0) + number(0) + number(1 << 20) +
                      number(1 << 15));
            (void)self.receive(98);
            self.send(kChannelSuccess + number(0));
            for (const std::string& packet : packets)
                self.send(packet);
            self.send(kChannelEof + number(0));
            self.send(kChannelClose + number(0));
            // The end of its stdin, perhaps some more window, its close; then the connection ends.
            while (self.receive_any() != kChannelClose + number(0)) {
            }
            (void)self.receive_any();
        },
        Begin::after_key_exchange);
    world.loop.run(world.serve(true));
    if (!world.job->is_finished()) return model::Lost{world.why.text()};
    const auto execution = ssh::execution_of(world.job);
    model::Outcome outcome = model::Lost{"nothing came"};
    world.loop.run(
        [](transport::Execution& of, model::Outcome& to, std::string* out) -> loop::Task<> {
            for (;;) {
                const transport::Happening happening = co_await of.next();
                if (const auto* output = std::get_if<transport::Output>(&happening)) {
                    if (out != nullptr) *out += output->bytes;
                    continue;
                }
                if (const auto* ended = std::get_if<transport::Ended>(&happening))
                    to = ended->outcome;
                co_return;
            }
        }(*execution, outcome, written));
    return outcome;
}

std::string status(const std::string& rest) {
    return kRequest + number(0) + text("exit-status") + std::string(1, '\0') + rest;
}

}  // namespace

TEST_CASE("an exit status that is cut short is none") {
    CHECK(outcome_after({status(number(7))}) == model::Outcome(model::Exited{7}));
    for (const std::size_t size : {0U, 1U, 2U, 3U}) {
        CAPTURE(size);
        const auto outcome = outcome_after({status(number(0).substr(0, size))});
        CHECK(std::holds_alternative<model::Lost>(outcome));
    }
    // The name is longer than the packet, or is not there at all.
    for (const std::string& rest :
         {number(11), number(0xffff'ffff) + "exit-status", std::string()}) {
        const auto outcome = outcome_after({kRequest + number(0) + rest});
        CHECK(std::holds_alternative<model::Lost>(outcome));
    }
}

TEST_CASE("what has arrived is read to its end, however it is cut into pieces") {
    std::vector<std::string> packets(20, kIgnore + text(std::string(30'000, 'x')));
    packets.push_back(status(number(7)));
    CHECK(outcome_after(packets) == model::Outcome(model::Exited{7}));
}

TEST_CASE("what comes on a stream that nobody knows does not hide the end") {
    const std::string foreign = kChannelExtendedData + number(0) + number(7);
    CHECK(outcome_after({foreign + text("of no stream"), status(number(7))}) ==
          model::Outcome(model::Exited{7}));
    // The streams that are known lose nothing by it.
    std::vector<std::string> packets;
    for (int i = 0; i < 40; ++i) {
        packets.push_back(foreign + text(std::string(10'000, 'x')));
        packets.push_back(kChannelExtendedData + number(0) + number(1) + text("err"));
        packets.push_back(kChannelData + number(0) + text("out"));
    }
    packets.push_back(status(number(7)));
    std::string written;
    CHECK(outcome_after(packets, &written) == model::Outcome(model::Exited{7}));
    CHECK(written.size() == std::size_t{40} * 6);
}

TEST_CASE("messages of a channel that make no sense do no harm") {
    for (const std::vector<std::string>& packets : std::vector<std::vector<std::string>>{
             {kWindowAdjust + number(0) + number(0xffff'ffff), kWindowAdjust + number(0) + "\1"},
             {kWindowAdjust},
             {kChannelData + number(0) + number(0xffff'ffff) + "x"},
             {kChannelData + number(0)},
             {kChannelData},
             {kChannelExtendedData + number(0) + number(1) + number(0xffff'ffff) + "x"},
             {kChannelExtendedData + number(0) + number(7) + text("of no stream")},
             {kRequest + number(0) + text("exit-status")},
             {kRequest},
             {kChannelConfirmation + number(0)},
             {kChannelOpen + text("session") + number(1) + number(1) + number(1)},
             {kChannelOpen + text("forwarded-tcpip") + number(1) + number(1) + number(1) +
              number(0xffff'ffff)},
             {kChannelOpen + number(0xffff'ffff)},
             {kGlobalRequest + number(0xffff'ffff)},
             {kChannelEof}}) {
        CAPTURE(static_cast<int>(static_cast<unsigned char>(packets[0][0])));
        (void)outcome_after(packets);
    }
}
