// SPDX-License-Identifier: MIT
#include "support/program.h"

#include "remuda/base/fd.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the user.

namespace remuda::test {
namespace {

Fd memory_file(const std::string& content = {}) {
    Fd file(::memfd_create("remuda-test", MFD_CLOEXEC));
    if (!file || !write_all(file.number(), content)) throw std::runtime_error("no memory file");
    ::lseek(file.number(), 0, SEEK_SET);
    return file;
}

std::string content_of(const Fd& file) {
    std::string content(static_cast<std::size_t>(::lseek(file.number(), 0, SEEK_END)), '\0');
    if (::pread(file.number(), content.data(), content.size(), 0) < 0) content.clear();
    return content;
}

/// The process ids in /proc.
std::vector<pid_t> all_processes() {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (const auto& item : std::filesystem::directory_iterator("/proc", ignored)) {
        const std::string name = item.path().filename();
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc() && end == name.data() + name.size()) found.push_back(pid);
    }
    return found;
}

std::string proc_file(pid_t pid, const char* name) {
    const std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// 0 for a process that is gone or a zombie.
pid_t living_parent(pid_t pid) {
    const std::string stat = proc_file(pid, "stat");
    // `pid (name) state ppid ...`, and the name may hold anything.
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream rest(stat.substr(name_end + 1));
    char state = 'Z';
    pid_t parent = 0;
    rest >> state >> parent;
    return state == 'Z' ? 0 : parent;
}

/// What exec wants: pointers into `words`, and a null at the end.
std::vector<char*> c_strings(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

pid_t start_program(const std::vector<std::string>& argv, Stdio stdio,
                    const Environment& environment) {
    const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    std::vector<std::string> words = argv;
    const std::vector<char*> arguments = c_strings(words);

    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        const std::string name = text.substr(0, text.find('='));
        const auto replaced = [&](const auto& added) { return added.first == name; };
        if (std::ranges::none_of(environment, replaced)) variables.push_back(text);
    }
    for (const auto& [name, value] : environment) {
        variables.push_back(name);
        variables.back().append("=").append(value);
    }
    const std::vector<char*> pointers = c_strings(variables);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    const auto give = [&](int fd, int as) {
        posix_spawn_file_actions_adddup2(&files, fd < 0 ? null.number() : fd, as);
    };
    give(stdio.in, STDIN_FILENO);
    give(stdio.out, STDOUT_FILENO);
    give(stdio.err, STDERR_FILENO);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, arguments.front(), &files, &attributes, arguments.data(),
                                     pointers.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        throw std::runtime_error("cannot start " + argv.front() + ": " +
                                 std::generic_category().message(error));
    }
    return pid;
}

Finished run_program(const std::vector<std::string>& argv, const std::string& input,
                     const Environment& environment) {
    const Fd in = memory_file(input);
    const Fd out = memory_file();
    const Fd err = memory_file();
    const pid_t pid = start_program(
        argv, {.in = in.number(), .out = out.number(), .err = err.number()}, environment);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    Finished finished;
    if (WIFEXITED(status)) finished.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
    finished.output = content_of(out);
    finished.errors = content_of(err);
    return finished;
}

bool wait_until_ended(pid_t pid, std::chrono::milliseconds limit) {
    // glibc 2.36 declares pidfd_open() for C only.
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return errno == ESRCH;
    pollfd wait{.fd = process.number(), .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, static_cast<int>(limit.count())) == 1;
}

std::vector<pid_t> descendants(pid_t pid) {
    std::multimap<pid_t, pid_t> children;
    for (const pid_t process : all_processes())
        children.emplace(living_parent(process), process);
    std::vector<pid_t> found{pid};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [first, last] = children.equal_range(found[i]);
        for (auto child = first; child != last; ++child)
            found.push_back(child->second);
    }
    found.erase(found.begin());
    return found;
}

std::vector<pid_t> processes_with(const std::string& variable) {
    std::vector<pid_t> found;
    const std::string wanted = '\0' + variable + '\0';
    for (const pid_t process : all_processes()) {
        if (('\0' + proc_file(process, "environ") + '\0').find(wanted) == std::string::npos) {
            continue;
        }
        if (living_parent(process) != 0) found.push_back(process);
    }
    return found;
}

}  // namespace remuda::test
