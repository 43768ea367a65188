// SPDX-License-Identifier: MIT
#include "cli/askpass.h"

#include "cli/read_answer.h"
#include "remuda/base/fd.h"
#include "remuda/base/letter_case.h"
#include "remuda/loop/child.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

// As OpenSSH was built with.
constexpr const char* kUsualProgram = "/usr/bin/ssh-askpass";
constexpr std::size_t kLongestAnswer = 1024;

std::string_view variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of ours changes the environment.
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

}  // namespace

std::string askpass_program(bool has_terminal) {
    const std::string required = lower_case(variable("SSH_ASKPASS_REQUIRE"));
    const bool is_forced = required == "force";
    const bool has_display = !variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty();
    if (required == "never" || (!is_forced && !has_display)) return {};
    if (has_terminal && !is_forced && required != "prefer") return {};
    std::string program(variable("SSH_ASKPASS"));
    if (program.empty()) program = kUsualProgram;
    return ::access(program.c_str(), X_OK) == 0 ? program : std::string();
}

loop::Task<std::optional<Secret>> ask_by_program(loop::Loop& loop, loop::Stop& stop,
                                                 std::string program, std::string question) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) co_return std::nullopt;
    const Fd ours(ends[0]);
    Fd its(ends[1]);
    if (::fcntl(ours.number(), F_SETFL, O_NONBLOCK) != 0) co_return std::nullopt;
    loop::ChildSpec spec;
    spec.arguments = {std::move(program), std::move(question)};
    spec.out = its.number();
    spec.err = STDERR_FILENO;
    auto child = loop::Child::spawn(loop, spec);
    its.reset();
    if (!child) co_return std::nullopt;
    ReadAnswer answer =
        co_await read_answer(loop, stop, ours.number(), AnswerEnd::end_of_input, kLongestAnswer);
    if (!answer.text) co_return std::nullopt;
    const auto end = co_await child->wait(kNever, stop);
    if (!end || end->signal != 0 || end->exit_code != 0) co_return std::nullopt;
    const std::string_view text = answer.text->view();
    co_return Secret(std::string(text.substr(0, text.find_first_of("\r\n"))));
}

}  // namespace remuda::cli
