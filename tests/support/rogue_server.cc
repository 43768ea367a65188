// SPDX-License-Identifier: MIT
#include "support/rogue_server.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <sys/socket.h>
#include <unistd.h>

namespace remuda::test {
namespace {

constexpr std::size_t kTagSize = 16;
constexpr std::string_view kBanner = "SSH-2.0-rogue";

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeKey>;

/// The client is gone, or OpenSSL refused; ends the server's thread.
struct ScriptOver : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void require(bool condition, const char* what) {
    if (!condition) throw ScriptOver(what);
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string sha256(std::string_view data) {
    std::string digest(32, '\0');
    unsigned size = 0;
    require(EVP_Digest(data.data(), data.size(), bytes(digest), &size, EVP_sha256(), nullptr) == 1,
            "sha256");
    return digest;
}

std::string public_bytes(EVP_PKEY* key) {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    require(EVP_PKEY_get_raw_public_key(key, bytes(raw), &size) == 1, "public key");
    return raw;
}

std::string shared_secret(EVP_PKEY* own, std::string_view peer) {
    const Owned<EVP_PKEY> other(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes(peer), peer.size()));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(own, nullptr));
    std::string secret(32, '\0');
    std::size_t size = secret.size();
    require(EVP_PKEY_derive_init(context.get()) == 1 &&
                EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                EVP_PKEY_derive(context.get(), bytes(secret), &size) == 1,
            "x25519");
    return secret;
}

std::string signature(EVP_PKEY* key, std::string_view data) {
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::string signed_data(64, '\0');
    std::size_t size = signed_data.size();
    require(
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
            EVP_DigestSign(context.get(), bytes(signed_data), &size, bytes(data), data.size()) == 1,
        "ed25519");
    return signed_data;
}

/// A positive integer as SSH writes it: no leading zero bytes, but one if the top bit is set.
std::string mpint(std::string_view big_endian) {
    const std::size_t first = std::min(big_endian.find_first_not_of('\0'), big_endian.size());
    std::string value(big_endian.substr(first));
    if (!value.empty() && (static_cast<unsigned char>(value[0]) & 0x80) != 0)
        value.insert(0, 1, '\0');
    return RogueServer::text(value);
}

/// OpenSSL's ChaCha20 takes the block counter (little-endian) and the nonce in one.
std::string chacha20(std::string_view key, std::uint64_t sequence, char counter,
                     std::string_view data) {
    std::string nonce(16, '\0');
    nonce[0] = counter;
    for (std::size_t i = 0; i < 8; ++i)
        nonce[15 - i] = static_cast<char>(sequence >> (8 * i));
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    std::string result(data.size(), '\0');
    int size = 0;
    require(EVP_EncryptInit_ex2(context.get(), EVP_chacha20(), bytes(key), bytes(nonce), nullptr) ==
                    1 &&
                EVP_EncryptUpdate(context.get(), bytes(result), &size, bytes(data),
                                  static_cast<int>(data.size())) == 1,
            "chacha20");
    return result;
}

std::string poly1305(const std::string& key, const std::string& data) {
    std::string tag(kTagSize, '\0');
    std::size_t size = 0;
    require(EVP_Q_mac(nullptr, "POLY1305", nullptr, nullptr, nullptr, key.data(), key.size(),
                      bytes(data), data.size(), bytes(tag), tag.size(), &size) != nullptr,
            "poly1305");
    return tag;
}

std::uint32_t to_number(std::string_view four) {
    std::uint32_t value = 0;
    for (const char byte : four)
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

}  // namespace

std::string RogueServer::number(std::uint32_t value) {
    std::string four;
    for (const int shift : {24, 16, 8, 0})
        four += static_cast<char>(value >> shift);
    return four;
}

std::string RogueServer::text(std::string_view value) {
    return number(static_cast<std::uint32_t>(value.size())) + std::string(value);
}

RogueServer::RogueServer(Script script, Begin begin) {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
    server_.reset(ends[0]);
    client_.reset(ends[1]);
    thread_ = std::thread([this, begin, script = std::move(script)] {
        try {
            if (begin == Begin::after_key_exchange) exchange_keys();
            script(*this);
            // Whatever else the client has to say, until it hangs up.
            for (;;)
                (void)read_exactly(1);
        } catch (const ScriptOver& reason) {
            over_ = reason.what();
        }
        ::shutdown(server_.number(), SHUT_RDWR);
    });
}

RogueServer::~RogueServer() {
    ::shutdown(server_.number(), SHUT_RDWR);
    thread_.join();
}

std::string RogueServer::read_exactly(std::size_t size) {
    std::string data(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const ssize_t got = ::read(server_.number(), data.data() + done, size - done);
        require(got > 0, "the client is gone");
        done += static_cast<std::size_t>(got);
    }
    return data;
}

void RogueServer::write(std::string_view data) {
    require(::send(server_.number(), data.data(), data.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(data.size()),
            "the client is gone");
    sent_bytes_ += data.size();
}

std::string RogueServer::receive(std::uint8_t expected) {
    std::string payload = receive_any();
    require(static_cast<std::uint8_t>(payload[0]) == expected, "not the message expected");
    return payload;
}

std::string RogueServer::receive_any() {
    std::string head = read_exactly(4);
    std::string rest;
    if (receive_key_.empty()) {
        rest = read_exactly(to_number(head));
    } else {
        const std::string_view key = receive_key_;
        head = chacha20(key.substr(32), received_, 0, head);
        const std::string sealed = read_exactly(to_number(head) + kTagSize);
        rest = chacha20(key.substr(0, 32), received_, 1,
                        std::string_view(sealed).substr(0, sealed.size() - kTagSize));
    }
    ++received_;
    const auto padding = static_cast<unsigned char>(rest[0]);
    return rest.substr(1, rest.size() - 1 - padding);
}

namespace {

// padding_length, payload and padding. 8 is the block size; before the exchange the length field
// counts as well.
std::string padded(std::string_view payload, std::string_view padding, bool is_encrypted) {
    const std::size_t counted = payload.size() + (is_encrypted ? 1 : 5);
    std::size_t size = 8 - counted % 8;
    while (size < 4 || size < padding.size())
        size += 8;
    std::string filled(padding);
    filled.resize(size, '\0');
    return std::string(1, static_cast<char>(size)) + std::string(payload) + filled;
}

}  // namespace

void RogueServer::send(std::string_view payload, std::string_view padding) {
    send_plain(padded(payload, padding, !send_key_.empty()));
}

void RogueServer::send_many(std::string_view payload, std::size_t count) {
    const std::string plain = padded(payload, {}, !send_key_.empty());
    std::string all;
    for (; count > 0; --count)
        all += sealed(plain);
    write(all);
}

void RogueServer::send_plain(const std::string& plain) {
    write(sealed(plain));
}

std::string RogueServer::sealed(const std::string& plain) {
    const std::string length = number(static_cast<std::uint32_t>(plain.size()));
    const std::uint64_t sequence = sent_++;
    if (send_key_.empty()) return length + plain;
    const std::string_view key = send_key_;
    const std::string packet = chacha20(key.substr(32), sequence, 0, length) +
                               chacha20(key.substr(0, 32), sequence, 1, plain);
    const std::string tag_key = chacha20(key.substr(0, 32), sequence, 0, std::string(32, '\0'));
    return packet + poly1305(tag_key, packet);
}

void RogueServer::send_banner() {
    write(std::string(kBanner) + "\r\n");
}

std::string RogueServer::offer() {
    std::string init =
        "\x14" + std::string(16, 'c') + text("curve25519-sha256") + text("ssh-ed25519");
    for (int i = 0; i < 2; ++i)
        init += text("chacha20-poly1305@openssh.com");
    for (int i = 0; i < 2; ++i)
        init += text("hmac-sha2-256");
    for (int i = 0; i < 2; ++i)
        init += text("none");
    return init + text("") + text("") + std::string(1, '\0') + number(0);
}

void RogueServer::exchange_keys() {
    send_banner();
    std::string banner;
    for (char byte = 0; byte != '\n'; banner += byte)
        byte = read_exactly(1)[0];
    banner.erase(banner.find_first_of("\r\n"));

    const std::string own_init = offer();
    send(own_init);
    const std::string init = receive(20);

    const std::string peer = receive(30).substr(5);
    const Owned<EVP_PKEY> host_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const Owned<EVP_PKEY> own(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
    const std::string host_blob = text("ssh-ed25519") + text(public_bytes(host_key.get()));
    const std::string own_public = public_bytes(own.get());
    const std::string secret = mpint(shared_secret(own.get(), peer));
    const std::string hash = sha256(text(banner) + text(kBanner) + text(init) + text(own_init) +
                                    text(host_blob) + text(peer) + text(own_public) + secret);
    send("\x1f" + text(host_blob) + text(own_public) +
         text(text("ssh-ed25519") + text(signature(host_key.get(), hash))));
    send("\x15");
    (void)receive(21);

    const auto key = [&](char letter) {
        const std::string first = sha256(secret + hash + letter + hash);
        return first + sha256(secret + hash + first);
    };
    receive_key_ = key('C');
    send_key_ = key('D');
}

}  // namespace remuda::test
