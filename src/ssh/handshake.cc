// SPDX-License-Identifier: MIT
//
// Connection::handshake: banner and key exchange, and what they tell of the server.
#include "ssh/connection.h"

#include <array>
#include <utility>

#include <fmt/core.h>
#include <libssh2.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

Task<Result<void>> Connection::handshake(const std::vector<std::string>& known_types, Time deadline,
                                         Stop& stop) {
    session_.prefer_host_keys(known_types);
    libssh2_session_banner_set(session_.raw(), "SSH-2.0-remuda");
    // With a memory transport the descriptor is only checked to be one.
    auto call = [this] { return libssh2_session_handshake(session_.raw(), stream_->number()); };
    auto done = co_await finish(call, deadline, stop);
    const bool had_banner = !session_.server_banner().empty();
    const bool is_cut =
        done ? *done == LIBSSH2_ERROR_SOCKET_DISCONNECT || *done == LIBSSH2_ERROR_SOCKET_RECV
             : done.error().code() == Code::unreachable;
    // A route that broke is no busy server.
    if (is_cut && !stream_->trouble().empty()) co_return broken("");
    if (is_cut && !had_banner) {
        co_return Error(Code::busy, "the server hung up before its banner");
    }
    if (!done && done.error().code() == Code::timed_out && !had_banner) {
        co_return Error(Code::timed_out, "no SSH banner came");
    }
    if (!done) co_return done.error();
    if (*done != 0 && !had_banner) {
        co_return Error(Code::protocol, "what answers is no SSH server");
    }
    if (*done != 0) {
        const std::string failure = session_.last_error();
        if (*done == LIBSSH2_ERROR_KEX_FAILURE) missing_algorithm_ = find_missing_algorithm();
        const std::string why = missing_algorithm_.empty()
                                    ? failure
                                    : missing_algorithm_ + " (docs/limits.md names them)";
        co_return Error(Code::protocol, "key exchange failed: " + why);
    }
    adapt_to_server();
    co_return Result<void>();
}

std::string Connection::find_missing_algorithm() const {
    // libssh2 agrees on them in this order, and ends at the first that it finds nothing for.
    constexpr std::array<std::pair<int, const char*>, 6> methods{
        {{LIBSSH2_METHOD_KEX, "key exchange"},
         {LIBSSH2_METHOD_HOSTKEY, "host key algorithm"},
         {LIBSSH2_METHOD_CRYPT_CS, "cipher"},
         {LIBSSH2_METHOD_CRYPT_SC, "cipher"},
         {LIBSSH2_METHOD_MAC_CS, "MAC"},
         {LIBSSH2_METHOD_MAC_SC, "MAC"}}};
    for (const auto& [method, name] : methods) {
        if (libssh2_session_methods(session_.raw(), method) != nullptr) continue;
        return fmt::format("the server takes no {} that remuda offers", name);
    }
    return {};
}

void Connection::adapt_to_server() {
    const std::string banner = session_.server_banner();
    // Two short commands at once make dropbear 2022.82 to 2024.85 drop the whole connection
    // (dropbear issue 321).
    if (banner.find("dropbear") != std::string::npos) capacity_ = 1;
    // tinysshd serves one channel a connection and hangs up at the second.
    if (banner.find("tinyssh") != std::string::npos) {
        capacity_ = 1;
        is_single_use_ = true;
    }
}

}  // namespace remuda::ssh
