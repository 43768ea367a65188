// SPDX-License-Identifier: MIT
// third_party/libssh2/0011: channels are asked for side by side, and each gets its own answer.
#include "support/libssh2_client.h"
#include "support/rogue_server.h"

#include <string>

#include <doctest/doctest.h>

namespace remuda::test {
namespace {

constexpr const char* kCipher = "chacha20-poly1305@openssh.com";
constexpr std::uint8_t kServiceRequest = 5;
constexpr std::uint8_t kUserauthRequest = 50;
constexpr std::uint8_t kChannelOpen = 90;
constexpr std::uint8_t kChannelData = 94;
constexpr std::uint32_t kProhibited = 1;
constexpr std::uint32_t kConnectFailed = 2;

std::string number(std::uint32_t value) {
    return RogueServer::number(value);
}

std::string refusal(std::uint32_t channel, std::uint32_t code, const std::string& reason) {
    return "\x5c" + number(channel) + number(code) + RogueServer::text(reason) +
           RogueServer::text("");
}

LIBSSH2_CHANNEL* begin(const Libssh2Client& client) {
    return libssh2_channel_open_begin(client.session(), "direct-tcpip", 12, 65536, 32768, "x", 1);
}

int finish(const Libssh2Client& client, LIBSSH2_CHANNEL* channel) {
    return client.finish([&] { return libssh2_channel_open_finish(channel); });
}

std::string last_text(const Libssh2Client& client) {
    char* text = nullptr;
    libssh2_session_last_error(client.session(), &text, nullptr, 0);
    return text;
}

TEST_CASE("three channels asked for at once get their answers in any order") {
    RogueServer server([](RogueServer& self) {
        (void)self.receive(kServiceRequest);
        self.send("\x06" + RogueServer::text("ssh-userauth"));
        (void)self.receive(kUserauthRequest);
        self.send("\x34");
        for (int i = 0; i < 4; ++i)
            (void)self.receive(kChannelOpen);
        self.send(refusal(3, kProhibited, "open failed"));
        self.send("\x5b" + number(2) + number(7) + number(1 << 20) + number(1 << 15));
        self.send("\x5e" + number(2) + RogueServer::text("hello"));
        self.send(refusal(0, kConnectFailed, "Connection refused"));
        (void)self.receive(kChannelData);
        self.send("\x61" + number(2));
        (void)self.receive(0);
    });
    const Libssh2Client client(server.take_socket(), kCipher);
    while (libssh2_userauth_list(client.session(), "me", 2) == nullptr &&
           libssh2_userauth_authenticated(client.session()) == 0) {
        client.wait();
    }
    LIBSSH2_CHANNEL* const refused = begin(client);
    // It is never answered, and freed with its session.
    LIBSSH2_CHANNEL* const unanswered = begin(client);
    const Libssh2Channel opened(begin(client));
    LIBSSH2_CHANNEL* const prohibited = begin(client);
    REQUIRE(refused != nullptr);
    REQUIRE(unanswered != nullptr);
    REQUIRE(opened != nullptr);
    REQUIRE(prohibited != nullptr);
    CHECK(finish(client, refused) == LIBSSH2_ERROR_CHANNEL_FAILURE);
    CHECK(last_text(client) == "Connection refused");
    CHECK(finish(client, prohibited) == LIBSSH2_ERROR_CHANNEL_FAILURE);
    CHECK(last_text(client) == "administratively prohibited");
    CHECK(libssh2_channel_open_finish(unanswered) == LIBSSH2_ERROR_EAGAIN);
    CHECK(finish(client, opened.get()) == 0);
    CHECK(libssh2_channel_write(opened.get(), "x", 1) == 1);
    CHECK(client.read_to_the_end(opened.get()) == "hello");
}

}  // namespace
}  // namespace remuda::test
