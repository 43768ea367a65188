// SPDX-License-Identifier: MIT
#include "ssh/session.h"

#include "remuda/base/check.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/core.h>

#include <malloc.h>
#include <string.h>

namespace remuda::ssh {

namespace {

// Released memory is given back once a buffer has grown past this.
constexpr std::size_t kKeptBufferBytes = std::size_t{16} * 1024;

// SHA-1, CBC and ssh-rsa are left out.
constexpr const char* kKeyExchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256";
// chacha20 comes last, for servers that have nothing else (tinysshd): libssh2 takes a packet of
// length 1 to 3 there for a huge one (GHSA-x4g5-mgfc-cxvv), which our patch 0003 mends.
constexpr const char* kCiphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr,aes192-ctr,"
    "chacha20-poly1305@openssh.com";
constexpr const char* kMacs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
constexpr long kNoReadTimeout = 10L * 365 * 24 * 3600;
constexpr const char* kSignatures = "rsa-sha2-512,rsa-sha2-256";

constexpr const char* kHostKeys =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256";

// known_hosts names key types; an RSA key is good for two algorithms.
bool signs_with(std::string_view key_type, std::string_view algorithm) {
    return key_type == algorithm || (key_type == "ssh-rsa" && algorithm.starts_with("rsa-sha2-"));
}

}  // namespace

ssize_t Session::send_to_memory(libssh2_socket_t /*socket*/, const void* buffer, std::size_t length,
                                int /*flags*/, void** abstract) {
    auto* transport = static_cast<MemoryTransport*>(*abstract);
    if (transport->is_poisoned) return -ECONNRESET;
    transport->out.append(static_cast<const char*>(buffer), length);
    transport->total_written += length;
    return static_cast<ssize_t>(length);
}

ssize_t Session::receive_from_memory(libssh2_socket_t /*socket*/, void* buffer, std::size_t length,
                                     int /*flags*/, void** abstract) {
    auto* transport = static_cast<MemoryTransport*>(*abstract);
    if (transport->is_poisoned) return -ECONNRESET;
    const std::size_t available = transport->in.size() - transport->in_begin;
    if (available == 0) return transport->is_ended ? 0 : -EAGAIN;
    const std::size_t count = std::min(available, length);
    std::memcpy(buffer, transport->in.data() + transport->in_begin, count);
    transport->in_begin += count;
    return static_cast<ssize_t>(count);
}

namespace {

std::ptrdiff_t size_of(void* memory) {
    return static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
}

}  // namespace

void* Session::allocate(std::size_t count, void** abstract) {
    void* const memory = std::malloc(count);
    static_cast<MemoryTransport*>(*abstract)->held_bytes += size_of(memory);
    return memory;
}

void* Session::reallocate(void* memory, std::size_t count, void** abstract) {
    auto* transport = static_cast<MemoryTransport*>(*abstract);
    const std::ptrdiff_t before = size_of(memory);
    void* const moved = std::realloc(memory, count);
    if (moved != nullptr) transport->held_bytes += size_of(moved) - before;
    return moved;
}

void Session::release(void* memory, void** abstract) {
    auto* transport = static_cast<MemoryTransport*>(*abstract);
    transport->held_bytes -= size_of(memory);
    if (transport->is_wiping && memory != nullptr) {
        ::explicit_bzero(memory, ::malloc_usable_size(memory));
    }
    std::free(memory);
}

void Session::take_leave(LIBSSH2_SESSION* /*session*/, int /*reason*/, const char* message,
                         int message_length, const char* /*language*/, int /*language_length*/,
                         void** abstract) {
    auto* transport = static_cast<MemoryTransport*>(*abstract);
    const bool has_message = message != nullptr && message_length > 0;
    transport->farewell.emplace(has_message ? message : "",
                                has_message ? static_cast<std::size_t>(message_length) : 0);
}

void Session::answer_prompts(const char* /*name*/, int /*name_length*/, const char* /*instruction*/,
                             int /*instruction_length*/, int count,
                             const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
                             LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract) {
    const auto* transport = static_cast<const MemoryTransport*>(*abstract);
    std::vector<Prompt> asked;
    for (int i = 0; i < count; ++i) {
        const auto& prompt = prompts[i];
        asked.push_back(
            {{reinterpret_cast<const char*>(prompt.text), prompt.length}, prompt.echo == 0});
        responses[i] = {.text = nullptr, .length = 0};
    }
    const std::string_view answer = (*transport->answer)(asked);
    if (count != 1 || answer.empty()) return;
    // libssh2 frees it.
    auto* copy = static_cast<char*>(allocate(answer.size(), abstract));
    if (copy == nullptr) return;
    std::memcpy(copy, answer.data(), answer.size());
    responses[0] = {.text = copy, .length = static_cast<unsigned>(answer.size())};
}

int Session::log_in_by_prompts(const std::string& user, const AnswerPrompts& answer) {
    transport_.answer = &answer;
    const int rc = libssh2_userauth_keyboard_interactive_ex(
        raw_, user.c_str(), static_cast<unsigned>(user.size()), &answer_prompts);
    transport_.answer = nullptr;
    return rc;
}

Session::Session() : raw_(libssh2_session_init_ex(&allocate, &release, &reallocate, &transport_)) {
    REMUDA_CHECK(raw_ != nullptr);
    libssh2_session_callback_set2(raw_, LIBSSH2_CALLBACK_DISCONNECT,
                                  reinterpret_cast<libssh2_cb_generic*>(&take_leave));
    // libssh2 declares its callbacks as one generic function type.
    libssh2_session_callback_set2(raw_, LIBSSH2_CALLBACK_SEND,
                                  reinterpret_cast<libssh2_cb_generic*>(&send_to_memory));
    libssh2_session_callback_set2(raw_, LIBSSH2_CALLBACK_RECV,
                                  reinterpret_cast<libssh2_cb_generic*>(&receive_from_memory));
    libssh2_session_set_blocking(raw_, 0);
    // The deadlines are ours: libssh2's own (60 s) would end the whole session.
    libssh2_session_set_read_timeout(raw_, kNoReadTimeout);
    libssh2_session_method_pref(raw_, LIBSSH2_METHOD_SIGN_ALGO, kSignatures);
    REMUDA_CHECK(offer_algorithms(usual_algorithms()));
}

const Session::Algorithms& Session::usual_algorithms() {
    static const Algorithms usual{kKeyExchanges, kHostKeys, kCiphers, kMacs};
    return usual;
}

bool Session::offer_algorithms(const Algorithms& algorithms) {
    const Algorithms& usual = usual_algorithms();
    const auto offer = [&](int method, const std::string& wanted, const std::string& otherwise) {
        const std::string& list = wanted.empty() ? otherwise : wanted;
        return libssh2_session_method_pref(raw_, method, list.c_str()) == 0;
    };
    host_keys_ = algorithms.host_keys.empty() ? usual.host_keys : algorithms.host_keys;
    return offer(LIBSSH2_METHOD_KEX, algorithms.key_exchanges, usual.key_exchanges) &&
           offer(LIBSSH2_METHOD_HOSTKEY, algorithms.host_keys, usual.host_keys) &&
           offer(LIBSSH2_METHOD_CRYPT_CS, algorithms.ciphers, usual.ciphers) &&
           offer(LIBSSH2_METHOD_CRYPT_SC, algorithms.ciphers, usual.ciphers) &&
           offer(LIBSSH2_METHOD_MAC_CS, algorithms.macs, usual.macs) &&
           offer(LIBSSH2_METHOD_MAC_SC, algorithms.macs, usual.macs);
}

Session::~Session() {
    // Poisoned, freeing never waits for the peer, not even for a stopped one.
    poison();
    libssh2_session_free(raw_);
}

void Session::prefer_host_keys(const std::vector<std::string>& known_types) {
    const auto is_known = [&](std::string_view algorithm) {
        return std::any_of(known_types.begin(), known_types.end(),
                           [&](const std::string& type) { return signs_with(type, algorithm); });
    };
    std::string list;
    for (const bool known : {true, false}) {
        std::string_view rest = host_keys_;
        while (!rest.empty()) {
            const std::string_view algorithm = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(algorithm.size() + 1, rest.size()));
            if (is_known(algorithm) != known) continue;
            if (!list.empty()) list += ',';
            list += algorithm;
        }
    }
    libssh2_session_method_pref(raw_, LIBSSH2_METHOD_HOSTKEY, list.c_str());
}

void Session::feed(std::string_view bytes) {
    if (unread_bytes() == 0) {
        transport_.in.clear();
        transport_.in_begin = 0;
        if (transport_.in.capacity() > kKeptBufferBytes && bytes.size() < kKeptBufferBytes) {
            transport_.in.shrink_to_fit();
        }
    }
    transport_.in.append(bytes);
    transport_.total_fed += bytes.size();
}

bool Session::drain() {
    // With chacha20-poly1305 libssh2 says EAGAIN when its own buffer ends within a packet, whatever
    // more there is to be had; no socket would ever tell that what we hold is worth another look.
    for (;;) {
        const std::size_t before = unread_bytes();
        const int rc = libssh2_session_drain(raw_);
        if (rc != 0 && rc != LIBSSH2_ERROR_EAGAIN) return false;
        if (unread_bytes() == 0 || unread_bytes() == before) return true;
    }
}

void Session::sent(std::size_t count) {
    transport_.out_begin += count;
    transport_.total_sent += count;
    if (transport_.out_begin == transport_.out.size()) {
        transport_.out.clear();
        transport_.out_begin = 0;
        if (transport_.out.capacity() > kKeptBufferBytes) transport_.out.shrink_to_fit();
    }
}

std::string Session::last_error() const {
    char* text = nullptr;
    const int code = libssh2_session_last_error(raw_, &text, nullptr, 0);
    return fmt::format("{} ({})", text != nullptr && *text != '\0' ? text : "unknown", code);
}

std::string Session::host_key() const {
    std::size_t length = 0;
    int type = 0;
    const char* key = libssh2_session_hostkey(raw_, &length, &type);
    return key == nullptr ? std::string() : std::string(key, length);
}

std::string Session::server_banner() const {
    const char* banner = libssh2_session_banner_get(raw_);
    // Until then libssh2 keeps the lines of text that may come before it there.
    return banner == nullptr || !std::string_view(banner).starts_with("SSH-") ? "" : banner;
}

}  // namespace remuda::ssh
