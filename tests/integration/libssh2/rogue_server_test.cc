// SPDX-License-Identifier: MIT
// third_party/libssh2/0003 to 0005 and 0008: a server that breaks the protocol ends its own
// connection only.
#include "support/rogue_server.h"

#include "support/libssh2_client.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace remuda::test {
namespace {

constexpr const char* kCipher = "chacha20-poly1305@openssh.com";

// The messages that are needed here.
constexpr std::uint8_t kServiceRequest = 5;
constexpr std::uint8_t kUserauthRequest = 50;
constexpr std::uint8_t kRequestFailure = 82;
constexpr std::uint8_t kChannelOpen = 90;
constexpr std::uint8_t kChannelRequest = 98;
const std::string kServiceAccept = "\x06";
const std::string kUserauthSuccess = "\x34";
const std::string kGlobalRequest = "\x50";
const std::string kChannelConfirmation = "\x5b";
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

/// What the client says of a server that answers its first encrypted message by `answer`.
std::string complaint_about(const RogueServer::Script& answer) {
    RogueServer server([&](RogueServer& self) {
        (void)self.receive(kServiceRequest);
        answer(self);
    });
    try {
        const Libssh2Client client(server.take_socket(), kCipher);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

/// The signal that the client sees when the server sends `requests` about its only channel 0.
std::string signal_after(const std::string& first, const std::string& second = {}) {
    RogueServer server([&](RogueServer& self) {
        (void)self.receive(kServiceRequest);
        self.send(kServiceAccept + text("ssh-userauth"));
        (void)self.receive(kUserauthRequest);
        self.send(kUserauthSuccess);
        (void)self.receive(kChannelOpen);
        self.send(kChannelConfirmation + number(0) + number(0) + number(1 << 20) + number(1 << 15));
        (void)self.receive(kChannelRequest);
        self.send(kChannelSuccess + number(0));
        self.send(first);
        if (!second.empty()) self.send(second);
        self.send(kChannelEof + number(0));
        self.send(kChannelClose + number(0));
    });
    const Libssh2Client client(server.take_socket(), kCipher);
    while (libssh2_userauth_list(client.session(), "me", 2) == nullptr &&
           libssh2_userauth_authenticated(client.session()) == 0) {
        client.wait();
    }
    const Libssh2Channel channel = client.start("a command");
    (void)client.read_to_the_end(channel.get());
    char* name = nullptr;
    std::size_t size = 0;
    libssh2_channel_get_exit_signal(channel.get(), &name, &size, nullptr, nullptr, nullptr,
                                    nullptr);
    const std::string signal(name == nullptr ? "" : name, size);
    libssh2_free(client.session(), name);
    return signal;
}

std::string exit_signal(std::uint32_t claimed_size, const std::string& name) {
    return kRequest + number(0) + text("exit-signal") + std::string(1, '\0') +
           number(claimed_size) + name;
}

TEST_CASE("a sound reply to the first encrypted message is accepted") {
    CHECK(complaint_about([](RogueServer& server) {
              server.send(kServiceAccept + text("ssh-userauth"));
          }).empty());
}

TEST_CASE("a packet too short for a message is refused before it is decrypted") {
    for (const std::size_t size : {1U, 2U, 3U, 4U, 5U}) {
        const std::string complaint = complaint_about(
            [&](RogueServer& server) { server.send_plain(std::string(size, '\0')); });
        CHECK_MESSAGE(complaint.find("(-12)") != std::string::npos, size, ": ", complaint);
    }
}

TEST_CASE("a packet that is all padding is refused") {
    // 7 of 8 bytes are padding, and 8 of 8 are claimed.
    for (const char padding : {'\x07', '\x08'}) {
        const std::string complaint = complaint_about([&](RogueServer& server) {
            server.send_plain(padding + std::string(7, kServiceAccept[0]));
        });
        CHECK_MESSAGE(complaint.find("(-12)") != std::string::npos, complaint);
    }
}

TEST_CASE("a service reply that ends within the name is refused, whatever its padding says") {
    const std::string complaint = complaint_about(
        [](RogueServer& server) { server.send(kServiceAccept + number(12) + "ssh-u", "serauth"); });
    CHECK_MESSAGE(complaint.find("(-14)") != std::string::npos, complaint);
}

TEST_CASE("the name of a signal is taken from the packet alone") {
    CHECK(signal_after(exit_signal(4, "KILL")) == "KILL");
    CHECK(signal_after(exit_signal(1'000, "KILL")).empty());
    CHECK(signal_after(exit_signal(0xffff'fffe, "KILL")).empty());
    CHECK(signal_after(exit_signal(4, "TERM"), exit_signal(4, "KILL")) == "KILL");
    CHECK(signal_after(exit_signal(4, "TERM"), exit_signal(5, "KILL")) == "TERM");
}

TEST_CASE("a client without a channel answers the server's keepalive") {
    std::atomic<bool> was_answered = false;
    RogueServer server([&](RogueServer& self) {
        (void)self.receive(kServiceRequest);
        self.send(kServiceAccept + text("ssh-userauth"));
        (void)self.receive(kUserauthRequest);
        self.send(kUserauthSuccess);
        self.send(kGlobalRequest + text("keepalive@openssh.com") + '\x01');
        (void)self.receive(kRequestFailure);
        was_answered = true;
        self.send(kGlobalRequest + text("that was it") + '\0');
    });
    const Libssh2Client client(server.take_socket(), kCipher);
    while (libssh2_userauth_list(client.session(), "me", 2) == nullptr &&
           libssh2_userauth_authenticated(client.session()) == 0) {
        client.wait();
    }
    // The server says something more once it has its answer.
    while (libssh2_session_drain(client.session()) == LIBSSH2_ERROR_EAGAIN && !was_answered)
        client.wait();
    CHECK(was_answered);
}

TEST_CASE("a channel request whose type is cut short is dropped") {
    CHECK(signal_after(kRequest + number(0) + number(0xffff'fff8) + "exit-signal").empty());
    CHECK(signal_after(kRequest + number(0) + number(11) + "exit-signal").empty());
    CHECK(signal_after(kRequest + number(0)).empty());
}

}  // namespace
}  // namespace remuda::test
