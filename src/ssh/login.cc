// SPDX-License-Identifier: MIT
//
// Connection::authenticate: offering keys until the server accepts one.
#include "remuda/base/text.h"
#include "ssh/connection.h"
#include "ssh/private_key.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>
#include <libssh2.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

namespace {

// Between libssh2, which asks for a signature, and the coroutine that gets it: from the decoded key
// at once, or from the agent while libssh2 is told to try again.
struct Signer {
    const PrivateKey* key = nullptr;
    std::string wanted;
    std::string signature;
    bool has_signature = false;
    std::string failure;
};

int sign_now(Signer& signer, std::string_view data) {
    auto signature = signer.key->sign(signing_algorithm(data), data);
    if (!signature) {
        signer.failure = signature.error().text();
        return -1;
    }
    signer.signature = std::move(signature).value();
    signer.has_signature = true;
    return 0;
}

// libssh2's sign callback.
int sign(LIBSSH2_SESSION* /*session*/, unsigned char** signature, std::size_t* length,
         const unsigned char* data, std::size_t data_length, void** abstract) {
    auto& signer = *static_cast<Signer*>(*abstract);
    const std::string_view bytes(reinterpret_cast<const char*>(data), data_length);
    if (!signer.has_signature) {
        if (signer.key == nullptr) {
            signer.wanted = bytes;
            return signer.failure.empty() ? LIBSSH2_ERROR_EAGAIN : -1;
        }
        if (sign_now(signer, bytes) != 0) return -1;
    }
    // libssh2 frees it with its own allocator, which is malloc's.
    auto* copy = static_cast<unsigned char*>(std::malloc(signer.signature.size()));
    if (copy == nullptr) return -1;
    std::copy(signer.signature.begin(), signer.signature.end(), copy);
    *signature = copy;
    *length = signer.signature.size();
    return 0;
}

}  // namespace

Task<Result<void>> Connection::offer_key(const std::string& user,
                                         const Identities::Candidate& candidate, Agent* agent,
                                         Time deadline, Stop& stop, int& rc) {
    Signer signer;
    signer.key = candidate.key;
    void* abstract = &signer;
    const auto* blob = reinterpret_cast<const unsigned char*>(candidate.public_blob.data());
    for (;;) {
        rc = libssh2_userauth_publickey(session_.raw(), user.c_str(), blob,
                                        candidate.public_blob.size(), &sign, &abstract);
        if (rc != LIBSSH2_ERROR_EAGAIN) co_return Result<void>();
        if (!signer.wanted.empty() && !signer.has_signature) {
            const std::string data = std::exchange(signer.wanted, "");
            auto signature = co_await agent->sign(candidate.public_blob, signing_algorithm(data),
                                                  data, deadline, stop);
            if (signature) {
                signer.signature = callback_signature(*signature);
                signer.has_signature = true;
            } else {
                signer.failure = signature.error().text();
                log_(LogLevel::detail,
                     fmt::format("{}: {}: {}", name_, candidate.name, signer.failure));
            }
            continue;
        }
        auto exchanged = co_await exchange(deadline, stop);
        if (!exchanged) co_return exchanged.error();
    }
}

Task<Result<void>> Connection::authenticate(std::string user, Identities::Offer offer, Agent* agent,
                                            Time deadline, Stop& stop) {
    const char* methods = nullptr;
    auto ask_methods = [&] {
        methods =
            libssh2_userauth_list(session_.raw(), user.c_str(), static_cast<unsigned>(user.size()));
        return methods == nullptr ? libssh2_session_last_errno(session_.raw()) : 0;
    };
    auto asked = co_await finish(ask_methods, deadline, stop);
    if (!asked) co_return asked.error();
    if (libssh2_userauth_authenticated(session_.raw()) == 1) co_return Result<void>();
    if (*asked != 0) {
        co_return Error(Code::unreachable, "login failed: " + session_.last_error());
    }
    const std::string offered_methods = methods;
    if (offered_methods.find("publickey") == std::string::npos) {
        co_return Error(Code::not_authorised, fmt::format("login refused: the server takes {} only",
                                                          sanitised(offered_methods, false)));
    }

    std::string tried;
    for (const Identities::Candidate& candidate : offer.candidates) {
        int rc = 0;
        auto offered = co_await offer_key(user, candidate, agent, deadline, stop, rc);
        if (!offered) co_return offered.error();
        if (rc == 0) {
            identity_ = candidate.name;
            log_(LogLevel::detail,
                 fmt::format("{}: logged in as {} with {}", name_, user, candidate.name));
            co_return Result<void>();
        }
        log_(LogLevel::detail,
             fmt::format("{}: {} is not taken: {}", name_, candidate.name, session_.last_error()));
        tried += (tried.empty() ? "" : ", ") + candidate.name;
        if (rc == LIBSSH2_ERROR_SOCKET_RECV || rc == LIBSSH2_ERROR_SOCKET_DISCONNECT) {
            co_return Error(Code::not_authorised,
                            fmt::format("login as {} refused after these keys: {} (too many? name "
                                        "the right one: host: {{identity_file: ...}})",
                                        user, tried));
        }
    }
    std::string reason = fmt::format("login as {} refused", user);
    reason += tried.empty() ? ": no key to offer" : "; keys tried: " + tried;
    for (const std::string& note : offer.notes)
        reason += "; " + note;
    co_return Error(Code::not_authorised, reason);
}

}  // namespace remuda::ssh
