// SPDX-License-Identifier: MIT
#include "user.h"

#include "remuda/base/fd.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

namespace remuda::test {

namespace {

constexpr std::chrono::seconds kEndLimit{100};

Fd file_for_writing(const std::string& path) {
    Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    if (!file) throw std::runtime_error("cannot write " + path);
    return file;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::size_t count_of(std::string_view text, std::string_view piece) {
    std::size_t count = 0;
    for (std::size_t at = text.find(piece); at != std::string_view::npos;
         at = text.find(piece, at + piece.size())) {
        ++count;
    }
    return count;
}

bool contains(std::string_view text, std::string_view piece) {
    return text.find(piece) != std::string_view::npos;
}

void kill_with_jobs(pid_t pid) {
    // A stopped one starts no further job meanwhile.
    ::kill(pid, SIGSTOP);
    const std::vector<pid_t> jobs = descendants(pid);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    for (const pid_t job : jobs)
        ::kill(job, SIGKILL);
}

Running::Running(const Words& words, const Environment& environment) {
    const Fd out = file_for_writing(folder_.path("out"));
    const Fd err = file_for_writing(folder_.path("err"));
    pid_ = start_program(words, {.in = -1, .out = out.number(), .err = err.number()}, environment);
}

Running::~Running() {
    if (pid_ > 0) kill_with_jobs(pid_);
}

void Running::signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
}

std::string Running::output() const {
    return text_of(folder_.path("out"));
}

std::string Running::errors() const {
    return text_of(folder_.path("err"));
}

Finished Running::finish() {
    if (!wait_until_ended(pid_, kEndLimit)) {
        throw std::runtime_error("remuda does not end; its stderr: " + errors());
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    Finished finished;
    if (WIFEXITED(status)) finished.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
    finished.output = output();
    finished.errors = errors();
    return finished;
}

User::User() {
    const std::filesystem::path ssh = home_.path(".ssh");
    std::filesystem::create_directory(ssh);
    std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
    const std::string key = SshKeys::shared().user_key();
    std::filesystem::copy_file(key, ssh / "id_ed25519");
    std::filesystem::copy_file(key + ".pub", ssh / "id_ed25519.pub");
}

void User::trust(const Sshd& server) const {
    std::ofstream(known_hosts(), std::ios::app) << server.known_hosts();
}

void User::write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name)) << text;
}

bool User::has(const std::string& name) const {
    return std::filesystem::exists(path(name));
}

Finished User::run(const Words& words, const Environment& more) const {
    Running running(command(words, project()), environment(more));
    return running.finish();
}

std::unique_ptr<Running> User::start(const Words& words) const {
    return std::make_unique<Running>(command(words, project()), environment());
}

Words User::command(const Words& words, const std::string& folder) {
    Words all{"env", "-C", folder, REMUDA_BINARY};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

Environment User::environment(const Environment& more) const {
    // Whatever the caller of the tests has set must not decide them. Empty counts as unset.
    Environment all{{"HOME", home_.path()},     {"SSH_AUTH_SOCK", ""},
                    {"NO_COLOR", ""},           {"FORCE_COLOR", ""},
                    {"CLICOLOR_FORCE", ""},     {"CI", ""},
                    {"TERM", "xterm-256color"}, {"DISPLAY", ""},
                    {"WAYLAND_DISPLAY", ""},    {"SSH_ASKPASS", ""},
                    {"SSH_ASKPASS_REQUIRE", ""}};
    for (const auto& [name, value] : more) {
        std::erase_if(all, [&](const auto& variable) { return variable.first == name; });
        all.emplace_back(name, value);
    }
    return all;
}

std::string address_of(const Sshd& server) {
    return server.address() + ":" + std::to_string(server.port());
}

}  // namespace remuda::test
