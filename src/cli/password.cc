// SPDX-License-Identifier: MIT
#include "cli/password.h"

#include "cli/exit_codes.h"
#include "cli/interruption.h"
#include "cli/questions.h"
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/loop/loop.h"

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr std::size_t kMostBytes = 4096;

loop::Task<> ask(Questions& questions, std::string question, std::optional<Secret>& answer) {
    loop::Stop stop;
    answer = co_await questions.ask_secret(std::move(question), stop);
}

GivenPassword ask_user(const std::string& question, const std::string& without_terminal) {
    loop::Loop loop;
    Questions questions(loop, nullptr);
    Interruption interruption(
        loop, [&] { questions.drop(); },
        [&](bool is_suspended) { questions.suspend(is_suspended); });
    if (!SilentTerminal().is_open()) {
        return {nullptr, without_terminal, kUsageError};
    }
    std::optional<Secret> answer;
    loop.run(interruption.guard(ask(questions, question, answer)));
    if (interruption.exit_code() != 0) return {nullptr, "", interruption.exit_code()};
    if (!answer || answer->view().empty()) return {nullptr, "no password was given", kUsageError};
    return {std::make_shared<const Secret>(std::move(*answer)), "", 0};
}

}  // namespace

Result<Secret> load_password(const std::string& path) {
    // One descriptor, so that what was looked at is what is read. It may be a pipe.
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return sys_error("cannot open " + path);
    struct stat info{};
    if (::fstat(fd.number(), &info) != 0) return sys_error("cannot stat " + path);
    if (S_ISREG(info.st_mode) && (info.st_mode & 077) != 0) {
        return Error(Code::invalid_input, fmt::format("{} can be read by others: chmod 600 {}",
                                                      path, shell_quote(path)));
    }
    std::string bytes(kMostBytes, '\0');
    std::size_t length = 0;
    while (length < bytes.size()) {
        const ssize_t n = ::read(fd.number(), bytes.data() + length, bytes.size() - length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return sys_error("cannot read " + path);
        if (n == 0) break;
        length += static_cast<std::size_t>(n);
    }
    const Secret all(std::move(bytes));
    const std::string_view text = all.view().substr(0, length);
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.empty()) {
        return Error(Code::invalid_input, path + ": there is no password in its first line");
    }
    if (line.size() == kMostBytes) {
        return Error(Code::invalid_input, path + ": its first line is too long for a password");
    }
    return Secret(std::string(line));
}

GivenPassword sudo_password_for(const Options& options) {
    if (!options.asks_sudo_password) return {};
    return ask_user("Password for sudo on the hosts: ", "--ask-sudo-password needs a terminal");
}

GivenPassword password_for(const Options& options) {
    if (options.asks_password) {
        return ask_user("Password for the hosts: ",
                        "--ask-password needs a terminal; --password-file FILE does not");
    }
    if (options.password_file.empty()) return {};
    auto loaded = load_password(options.password_file);
    if (!loaded) return {nullptr, loaded.error().text(), kUsageError};
    return {std::make_shared<const Secret>(std::move(*loaded)), "", 0};
}

}  // namespace remuda::cli
