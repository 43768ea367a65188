// SPDX-License-Identifier: MIT
#include "cli/child.h"

#include "remuda/base/fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

std::string variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread is running.
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Ignores a signal as long as it lives.
class Ignored {
  public:
    explicit Ignored(int number) : number_(number) {
        struct sigaction ignoring{};
        ignoring.sa_handler = SIG_IGN;
        (void)::sigaction(number_, &ignoring, &old_);
    }
    ~Ignored() { restore(); }
    Ignored(const Ignored&) = delete;
    Ignored& operator=(const Ignored&) = delete;

    void restore() const { (void)::sigaction(number_, &old_, nullptr); }

  private:
    int number_;
    struct sigaction old_{};
};

// The child's part: becomes the program, or writes errno to `report` and ends.
[[noreturn]] void become(const std::vector<char*>& arguments, const ChildSettings& settings,
                         int report) {
    // The program as a whole ignores it, which would be inherited.
    (void)std::signal(SIGPIPE, SIG_DFL);
    for (const auto& [name, value] : settings.variables) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread is running.
        (void)::setenv(name.c_str(), value.c_str(), 1);
    }
    if (settings.inherited >= 0) (void)::fcntl(settings.inherited, F_SETFD, 0);
    (void)::execvp(arguments[0], arguments.data());
    const int error = errno;
    (void)!::write(report, &error, sizeof error);
    ::_exit(127);
}

}  // namespace

Result<int> run_child(const std::vector<std::string>& words, const ChildSettings& settings) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    // Closed by a program that has started.
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    const Fd report(ends[0]);
    Fd report_end(ends[1]);

    const Ignored interrupt(SIGINT);
    const Ignored quit(SIGQUIT);
    // `pkill -USR1 remuda` is meant for runs.
    const Ignored ask(SIGUSR1);
    const pid_t pid = ::fork();
    if (pid == 0) {
        interrupt.restore();
        quit.restore();
        ask.restore();
        become(arguments, settings, report_end.number());
    }
    if (pid < 0) return sys_error("cannot start " + words[0]);
    report_end.reset();
    int error = 0;
    ssize_t length = 0;
    while ((length = ::read(report.number(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (length == sizeof error) {
        Error failure = sys_error("cannot run " + words[0], error);
        if (error == ENOENT || error == ENOTDIR) return Error(Code::not_found, failure.text());
        return failure;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string found_in_path(const std::string& name) {
    const std::string path = variable("PATH");
    std::string_view rest = path;
    for (;;) {
        const std::size_t end = rest.find(':');
        std::string candidate(rest.substr(0, end));
        candidate += candidate.empty() ? name : "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        if (end == std::string_view::npos) return "";
        rest.remove_prefix(end + 1);
    }
}

Result<std::vector<std::string>> editor_words(const std::string& chosen, const std::string& path) {
    std::string editor = chosen;
    if (editor.empty()) editor = variable("VISUAL");
    if (editor.empty()) editor = variable("EDITOR");
    for (const char* usual : {"vim", "vi"}) {
        if (editor.empty() && !found_in_path(usual).empty()) editor = usual;
    }
    if (editor.empty()) {
        return Error(Code::not_found,
                     "no editor was found; name yours by --editor, or in $VISUAL or $EDITOR");
    }
    // As git does it: the choice may have options, quotes and variables. With a trap for ctrl-c the
    // shell waits on for the editor, which has its usual action.
    const std::string line = "trap : INT QUIT; " + editor + " \"$@\"";
    return std::vector<std::string>{"sh", "-c", line, editor, path};
}

}  // namespace remuda::cli
