// SPDX-License-Identifier: MIT
//
// Connection::authenticate: one method after another, until the server is content.
#include "remuda/base/text.h"
#include "ssh/connection.h"
#include "ssh/private_key.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <libssh2.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

namespace {

// Between libssh2, which asks for a signature, and the coroutine that gets it: from the decoded key
// at once, or from the agent while libssh2 is told to try again.
struct Signer {
    const PrivateKey* key = nullptr;
    // Nor can anybody else sign now: that the server takes the key is all there is to learn.
    bool cannot_sign = false;
    // libssh2 has asked: the server takes the key.
    bool is_asked = false;
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
    signer.is_asked = true;
    if (signer.cannot_sign) return -1;
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

// Whether the comma-separated `list` of a server has `name` in it.
bool has_name(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::string_view each = list.substr(0, list.find(','));
        if (each == name) return true;
        list.remove_prefix(std::min(each.size() + 1, list.size()));
    }
    return false;
}

constexpr std::size_t kLongestTold = 200;

std::string told(std::string_view text) {
    return sanitised(text.substr(0, kLongestTold), false);
}

}  // namespace

Task<Result<Connection::KeyAnswer>> Connection::offer_key(const Credentials& with,
                                                          const Identities::Candidate& candidate,
                                                          Attempts& attempts, Time deadline,
                                                          Stop& stop) {
    Signer signer;
    signer.key = candidate.key;
    const bool is_locked = !candidate.locked_file.empty();
    signer.cannot_sign = is_locked || !candidate.security_key_file.empty();
    if (is_locked && candidate.public_blob.empty()) co_return KeyAnswer::locked;
    void* abstract = &signer;
    const auto* blob = reinterpret_cast<const unsigned char*>(candidate.public_blob.data());
    for (;;) {
        const int rc = libssh2_userauth_publickey(session_.raw(), with.user.c_str(), blob,
                                                  candidate.public_blob.size(), &sign, &abstract);
        if (rc == 0) co_return KeyAnswer::accepted;
        if (rc != LIBSSH2_ERROR_EAGAIN) {
            if (signer.cannot_sign && signer.is_asked) {
                co_return is_locked ? KeyAnswer::locked : KeyAnswer::security_key;
            }
            log_(LogLevel::detail,
                 fmt::format("{}: {} is not taken: {}", name_, candidate.name,
                             signer.failure.empty() ? session_.last_error() : signer.failure));
            if (!signer.failure.empty()) {
                attempts.reasons.push_back(candidate.name + ": " + signer.failure);
                co_return KeyAnswer::not_signed;
            }
            co_return signer.is_asked ? KeyAnswer::signed_in_vain : KeyAnswer::refused;
        }
        if (!signer.wanted.empty() && !signer.has_signature) {
            const std::string data = std::exchange(signer.wanted, "");
            auto signature = co_await with.agent->sign(
                candidate.agent_blob, signing_algorithm(data), data, deadline, stop);
            if (signature) {
                signer.signature = callback_signature(*signature);
                signer.has_signature = true;
            } else {
                signer.failure = signature.error().text();
            }
            continue;
        }
        auto exchanged = co_await exchange(deadline, stop);
        if (!exchanged) co_return exchanged.error();
    }
}

Task<Result<std::string>> Connection::ask_methods(const std::string& user, Time deadline,
                                                  Stop& stop) {
    if (methods_ != nullptr) libssh2_free(session_.raw(), std::exchange(methods_, nullptr));
    auto ask = [&] {
        methods_ =
            libssh2_userauth_list(session_.raw(), user.c_str(), static_cast<unsigned>(user.size()));
        return methods_ == nullptr ? libssh2_session_last_errno(session_.raw()) : 0;
    };
    auto asked = co_await finish(ask, deadline, stop);
    if (!asked) co_return asked.error();
    if (is_logged_in()) co_return std::string();
    if (methods_ == nullptr) {
        const std::string* const farewell = session_.farewell();
        const bool has_words = farewell != nullptr && !farewell->empty();
        co_return Error(Code::unreachable,
                        "login failed: " + (has_words ? told(*farewell) : session_.last_error()));
    }
    co_return std::string(methods_);
}

bool Connection::is_logged_in() const {
    return libssh2_userauth_authenticated(session_.raw()) == 1;
}

Task<Result<Connection::MethodEnd>> Connection::offer_keys(const Credentials& with,
                                                           Attempts& attempts, Time deadline,
                                                           Stop& stop) {
    bool was_refused = false;
    for (const Identities::Candidate& candidate : with.offer.candidates) {
        const std::string& blob = candidate.public_blob;
        if (!blob.empty() && attempts.refused_keys.contains(blob)) continue;
        auto answer = co_await offer_key(with, candidate, attempts, deadline, stop);
        if (!answer) co_return answer.error();
        if (*answer == KeyAnswer::accepted) {
            identity_ = candidate.name;
            const LoginEnd end{LoginEnd::Kind::logged_in, blob, {}};
            co_return MethodEnd{.end = end};
        }
        if (*answer == KeyAnswer::locked) {
            const LoginEnd end{LoginEnd::Kind::locked, blob, candidate.locked_file};
            co_return MethodEnd{.end = end};
        }
        if (*answer == KeyAnswer::security_key) {
            const LoginEnd end{LoginEnd::Kind::security_key, blob, candidate.security_key_file};
            co_return MethodEnd{.end = end};
        }
        // Without a word of farewell it is not known whether the server looked at this key; with a
        // refusal before it, it is worth another look.
        const bool is_mute = session_.is_over() && session_.farewell() == nullptr;
        if (is_mute && !was_refused) co_return broken("the connection broke during the login");
        if (!is_mute) {
            attempts.refused_keys.insert(blob);
            attempts.tried.push_back(candidate.name);
        }
        if (session_.is_over()) co_return MethodEnd{};
        was_refused = true;
        if (*answer == KeyAnswer::signed_in_vain) {
            co_return MethodEnd{.end = std::nullopt, .may_want_others = true};
        }
    }
    attempts.spent_methods.insert("publickey");
    co_return MethodEnd{};
}

Task<Result<LoginEnd>> Connection::authenticate(const Credentials& with, Attempts& attempts,
                                                Time deadline, Stop& stop) {
    // What the server said last that it takes.
    std::string wanted;
    bool is_to_ask = true;
    // Each turn spends a method or a key.
    for (;;) {
        if (is_to_ask) {
            auto methods = co_await ask_methods(with.user, deadline, stop);
            if (is_logged_in()) co_return LoginEnd();
            const bool is_cut = session_.is_over() && !wanted.empty();
            if (!methods && is_cut) co_return cut_or_refused(with, attempts, wanted);
            if (!methods) co_return methods.error();
            wanted = std::move(*methods);
        }
        const auto method = std::ranges::find_if(with.methods, [&](const std::string& each) {
            return has_name(wanted, each) && !attempts.spent_methods.contains(each);
        });
        if (method == with.methods.end()) co_return refusal(with, attempts, wanted);
        Result<MethodEnd> ended = MethodEnd();
        if (*method == "publickey") {
            ended = co_await offer_keys(with, attempts, deadline, stop);
        } else {
            ended = co_await offer_password(*method, with, attempts, deadline, stop);
        }
        if (!ended) co_return ended.error();
        const std::optional<LoginEnd> end = ended->end;
        if (end) {
            if (end->kind == LoginEnd::Kind::logged_in) {
                log_(LogLevel::detail,
                     fmt::format("{}: logged in as {} with {}", name_, with.user, identity_));
            }
            co_return *end;
        }
        if (session_.is_over()) co_return cut_or_refused(with, attempts, wanted);
        // Servers count the question as one more refusal.
        is_to_ask = ended->may_want_others && attempts.spent_methods.size() < with.methods.size();
    }
}

Result<LoginEnd> Connection::cut_or_refused(const Credentials& with, const Attempts& attempts,
                                            const std::string& wanted) const {
    const bool has_more = std::ranges::any_of(with.methods, [&](const std::string& method) {
        if (!has_name(wanted, method) || attempts.spent_methods.contains(method)) return false;
        return method != "publickey" ||
               std::ranges::any_of(with.offer.candidates, [&](const auto& candidate) {
                   return !attempts.refused_keys.contains(candidate.public_blob);
               });
    });
    // Even the first key ended it: that is no limit on how many there may be.
    if (!has_more || attempts.refused_keys.empty()) return refusal(with, attempts, wanted);
    return LoginEnd{LoginEnd::Kind::cut, {}, {}};
}

Error Connection::refusal(const Credentials& with, const Attempts& attempts,
                          const std::string& wanted) const {
    const bool takes_ours = std::ranges::any_of(
        with.methods, [&](const std::string& method) { return has_name(wanted, method); });
    std::string reason;
    if (takes_ours || !attempts.tried.empty()) {
        reason = fmt::format("login as {} refused", with.user);
        reason += attempts.tried.empty() && attempts.reasons.empty()
                      ? ": no key to offer"
                      : fmt::format("; tried: {}", fmt::join(attempts.tried, ", "));
        if (!takes_ours) reason += "; the server also wants " + told(wanted);
    } else {
        reason = fmt::format("login refused: the server takes {} only", told(wanted));
        const bool wants_password =
            has_name(wanted, "password") || has_name(wanted, "keyboard-interactive");
        if (wants_password && with.password == nullptr) reason += " (--ask-password gives one)";
    }
    for (const std::string& each : attempts.reasons)
        reason += "; " + each;
    for (const std::string& note : with.offer.notes)
        reason += "; " + note;
    return {Code::not_authorised, reason};
}

}  // namespace remuda::ssh
