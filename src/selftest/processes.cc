// SPDX-License-Identifier: MIT
#include "selftest/processes.h"

#include "remuda/base/fd.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::selftest {

namespace {

constexpr int kCannotExecute = 127;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// In the child: nothing here allocates.
[[noreturn]] void become(const ProcessSpec& spec, char* const* arguments, char* const* environment,
                         int in, int out, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kCannotExecute);
    for (int signal = 1; signal < NSIG; ++signal)
        (void)std::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    if (!spec.directory.empty() && ::chdir(spec.directory.c_str()) != 0) ::_exit(kCannotExecute);
    ::execve(arguments[0], arguments, environment);
    ::_exit(kCannotExecute);
}

std::string proc_file(std::string_view pid, const char* name) {
    std::string text;
    const Fd file(::open(fmt::format("/proc/{}/{}", pid, name).c_str(), O_RDONLY | O_CLOEXEC));
    constexpr std::size_t step = 4096;
    while (file) {
        const std::size_t before = text.size();
        text.resize(before + step);
        const ssize_t count = ::read(file.number(), text.data() + before, step);
        text.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
        if (count <= 0) break;
    }
    return text;
}

/// "pid (name) state ppid ... threads ...", and the name may hold anything. False: it is gone.
bool parse_stat(const std::string& stat, Process& process) {
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return false;
    process.name = stat.substr(open + 1, close - open - 1);
    std::string_view rest(stat);
    rest.remove_prefix(close + 2);
    constexpr int state = 0;
    constexpr int parent = 1;
    constexpr int threads = 17;
    for (int field = 0; field <= threads && !rest.empty(); ++field) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (field == state && (word == "Z" || word == "X")) return false;
        const auto read_into = [&](int& number) {
            std::from_chars(word.data(), word.data() + word.size(), number);
        };
        if (field == parent) read_into(process.parent);
        if (field == threads) read_into(process.threads);
    }
    return true;
}

}  // namespace

Result<pid_t> start_process(const ProcessSpec& spec) {
    std::vector<std::string> arguments = spec.arguments;
    std::vector<std::string> environment;
    environment.reserve(spec.environment.size());
    for (const auto& [name, value] : spec.environment)
        environment.push_back(fmt::format("{}={}", name, value));
    const std::vector<char*> argument_pointers = pointers_to(arguments);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    const Fd in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::string& path = spec.output.empty() ? "/dev/null" : spec.output;
    const Fd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!in || !out) return sys_error("cannot open " + path);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return sys_error("fork");
    if (pid == 0) {
        become(spec, argument_pointers.data(), environment_pointers.data(), in.number(),
               out.number(), parent);
    }
    return pid;
}

Result<void> run_process(ProcessSpec spec, const std::string& output) {
    spec.output = output;
    const auto pid = start_process(spec);
    if (!pid) return pid.error();
    int status = 0;
    while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    const auto said = load_file(output);
    return Error(Code::system, fmt::format("{} failed: {}", spec.arguments[0],
                                           said ? *said : std::string("it said nothing")));
}

std::vector<Process> processes(const std::string& variable) {
    std::vector<Process> all;
    DIR* folder = ::opendir("/proc");
    if (folder == nullptr) return all;
    const std::string wanted = '\0' + variable + '\0';
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder.
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        Process process;
        const auto [end, error] =
            std::from_chars(name.data(), name.data() + name.size(), process.pid);
        if (error != std::errc() || end != name.data() + name.size()) continue;
        if (!parse_stat(proc_file(name, "stat"), process)) continue;
        const std::string environment = '\0' + proc_file(name, "environ");
        process.is_marked = environment.find(wanted) != std::string::npos;
        process.is_job =
            environment.find(std::string_view("\0REMUDA_KEY=", 12)) != std::string::npos;
        all.push_back(std::move(process));
    }
    ::closedir(folder);
    return all;
}

std::vector<Process> descendants(const std::vector<Process>& all, pid_t pid) {
    std::vector<Process> found;
    std::vector<pid_t> parents{pid};
    while (!parents.empty()) {
        const pid_t parent = parents.back();
        parents.pop_back();
        for (const Process& process : all) {
            if (process.parent != parent) continue;
            found.push_back(process);
            parents.push_back(process.pid);
        }
    }
    return found;
}

}  // namespace remuda::selftest
