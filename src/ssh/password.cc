// SPDX-License-Identifier: MIT
//
// Connection::offer_password: a password, sent as such or as the answer to the server's prompt.
#include "remuda/base/text.h"
#include "ssh/connection.h"

#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <libssh2.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

namespace {

constexpr std::size_t kLongestPrompt = 80;

// What comes of the server's prompts.
struct Dialogue {
    const Secret* password = nullptr;
    bool was_given = false;
    // The prompt that is not for us.
    std::string unanswered;

    // Only the first prompt whose answer is hidden, and that stands alone, is for the password:
    // what comes then may be a second factor, or a new password.
    std::string_view answer(const std::vector<Session::Prompt>& prompts) {
        if (prompts.empty()) return {};
        if (prompts.size() == 1 && prompts[0].is_hidden && !was_given) {
            was_given = true;
            return password->view();
        }
        const std::string& text = prompts[prompts[0].is_hidden && prompts.size() > 1 ? 1 : 0].text;
        unanswered = sanitised(text.substr(0, kLongestPrompt), false);
        unanswered.erase(unanswered.find_last_not_of(" \r\n") + 1);
        if (unanswered.empty()) unanswered = "?";
        return {};
    }
};

// libssh2 asks for a new password: without an answer it gives up.
void refuse_change(LIBSSH2_SESSION* /*session*/, char** /*password*/, int* /*length*/,
                   void** /*abstract*/) {}

}  // namespace

Task<Result<Connection::MethodEnd>> Connection::offer_password(const std::string& method,
                                                               const Credentials& with,
                                                               Attempts& attempts, Time deadline,
                                                               Stop& stop) {
    attempts.spent_methods.insert(method);
    Dialogue dialogue;
    dialogue.password = with.password;
    const Session::AnswerPrompts answer = [&](const std::vector<Session::Prompt>& prompts) {
        return dialogue.answer(prompts);
    };
    const bool is_dialogue = method == "keyboard-interactive";
    const std::string_view password = with.password->view();
    dialogue.was_given = !is_dialogue;
    session_.set_wiping(true);
    int rc = LIBSSH2_ERROR_EAGAIN;
    for (;;) {
        rc = is_dialogue
                 ? session_.log_in_by_prompts(with.user, answer)
                 : libssh2_userauth_password_ex(
                       session_.raw(), with.user.c_str(), static_cast<unsigned>(with.user.size()),
                       password.data(), static_cast<unsigned>(password.size()), &refuse_change);
        if (!dialogue.unanswered.empty()) {
            // What libssh2 would answer is not sent: an empty answer may be taken for one.
            session_.poison();
            co_return Error(Code::not_authorised,
                            fmt::format("login as {} refused: the server asks \"{}\", which "
                                        "a password does not answer",
                                        with.user, dialogue.unanswered));
        }
        if (rc != LIBSSH2_ERROR_EAGAIN) break;
        auto exchanged = co_await exchange(deadline, stop);
        if (!exchanged) co_return exchanged.error();
    }
    session_.set_wiping(false);
    if (rc == 0) {
        identity_ = "a password";
        co_return MethodEnd{.end = LoginEnd()};
    }
    if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED) {
        co_return Error(Code::not_authorised,
                        fmt::format("login as {} refused: the server wants a new password: log in "
                                    "with ssh once",
                                    with.user));
    }
    log_(LogLevel::detail, fmt::format("{}: {} is not taken", name_, method));
    if (dialogue.was_given) {
        // Not the same one again by the other method: servers count wrong passwords, and lock.
        attempts.spent_methods.insert({"password", "keyboard-interactive"});
        attempts.tried.emplace_back("the password");
    }
    co_return MethodEnd{.end = std::nullopt, .may_want_others = dialogue.was_given};
}

}  // namespace remuda::ssh
