// SPDX-License-Identifier: MIT
#include "remuda/history/log_files.h"

#include "history/state_directory.h"
#include "remuda/base/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::history {
namespace {

struct NameHash {
    std::size_t operator()(const AttemptName& name) const {
        return std::hash<std::uint64_t>{}(name.attempt.value * 31 + name.run.value);
    }
};

struct Log {
    std::string path;
    Fd fd;
    /// Where it is among the open ones, if it is.
    std::list<Log*>::iterator place;
    std::uint64_t kept = 0;
    std::uint64_t written = 0;
    bool is_cut = false;
};

struct Logs {
    std::array<Log, 2> of;
    std::uint64_t limit = kDefaultLogLimit;
};

std::string folder_of(const std::string& state_directory, RunId run) {
    return fmt::format("{}/logs/{}", state_directory, run.value);
}

std::uint64_t size_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

}  // namespace

std::string log_path(const std::string& state_directory, const AttemptName& name,
                     model::Stream stream) {
    return fmt::format("{}/{}.{}", folder_of(state_directory, name.run), name.attempt.value,
                       stream == model::Stream::out ? "out" : "err");
}

void remove_logs(const std::string& state_directory, RunId run) {
    std::error_code error;
    std::filesystem::remove_all(folder_of(state_directory, run), error);
}

struct LogFiles::Impl {
    [[nodiscard]] Logs& logs_of(const AttemptName& name) {
        const auto [found, is_new] = logs.try_emplace(name);
        if (is_new) {
            found->second.of[0].path = log_path(directory, name, model::Stream::out);
            found->second.of[1].path = log_path(directory, name, model::Stream::err);
        }
        return found->second;
    }
    void close(Log& log) {
        if (!log.fd) return;
        log.fd.reset();
        open.erase(log.place);
    }
    [[nodiscard]] Result<void> make_folders(RunId run) const {
        if (auto made = make_folder(directory + "/logs"); !made) return made;
        return make_folder(folder_of(directory, run));
    }
    /// The descriptor, or -1 with errno.
    [[nodiscard]] static int try_open(const Log& log) {
        constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
        return ::open(log.path.c_str(), flags, 0600);
    }
    [[nodiscard]] Result<void> open_file(const AttemptName& name, Log& log) {
        if (open.size() >= most_open) close(*open.front());
        int fd = try_open(log);
        // The folder is made by the first who needs it, and others may have taken it away.
        if (fd < 0 && errno == ENOENT) {
            if (auto made = make_folders(name.run); !made) return made;
            fd = try_open(log);
        }
        while (fd < 0 && (errno == EMFILE || errno == ENFILE) && !open.empty()) {
            close(*open.front());
            fd = try_open(log);
        }
        if (fd < 0) return sys_error("cannot open " + log.path);
        log.fd = Fd(fd);
        log.place = open.insert(open.end(), &log);
        return {};
    }
    [[nodiscard]] Result<void> write(const AttemptName& name, Log& log, std::string_view bytes) {
        if (!log.fd) {
            if (auto opened = open_file(name, log); !opened) return opened;
        } else {
            open.splice(open.end(), open, log.place);
        }
        while (!bytes.empty()) {
            const ssize_t count = ::write(log.fd.number(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return sys_error("cannot write " + log.path);
            log.kept += static_cast<std::uint64_t>(count);
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return {};
    }
    void tell_once(bool& was_told, const std::string& text) const {
        if (!std::exchange(was_told, true) && note) note(text);
    }

    std::string directory;
    std::function<void(const std::string&)> note;
    std::size_t most_open = 64;
    std::unordered_map<AttemptName, Logs, NameHash> logs;
    /// The one that was written last is last.
    std::list<Log*> open;
    bool was_failure_told = false;
    bool was_limit_told = false;
};

LogFiles::LogFiles(std::string state_directory, std::function<void(const std::string&)> note,
                   std::size_t most_open)
    : impl_(std::make_unique<Impl>()) {
    impl_->directory = std::move(state_directory);
    impl_->note = std::move(note);
    impl_->most_open = std::max<std::size_t>(most_open, 1);
}

LogFiles::~LogFiles() = default;

void LogFiles::set_limit(const AttemptName& name, std::uint64_t bytes) {
    impl_->logs_of(name).limit = bytes;
}

LogFiles::Lengths LogFiles::go_on(const AttemptName& name) {
    Logs& logs = impl_->logs_of(name);
    for (Log& log : logs.of) {
        log.kept = size_of(log.path);
        log.written = log.kept;
    }
    return {logs.of[0].kept, logs.of[1].kept};
}

LogFiles::Lengths LogFiles::take_over(const AttemptName& from, const AttemptName& to) {
    for (const model::Stream stream : {model::Stream::out, model::Stream::err}) {
        const std::string old_path = log_path(impl_->directory, from, stream);
        const std::string path = log_path(impl_->directory, to, stream);
        if (::access(old_path.c_str(), F_OK) != 0) continue;
        // Where this fails the log begins anew, and whoever asks for the output gets all of it.
        if (!impl_->make_folders(to.run)) continue;
        if (::link(old_path.c_str(), path.c_str()) != 0 && errno != EEXIST) {
            (void)::rename(old_path.c_str(), path.c_str());
        }
    }
    return go_on(to);
}

void LogFiles::append(const AttemptName& name, model::Stream stream, std::string_view bytes) {
    Logs& logs = impl_->logs_of(name);
    Log& log = logs.of[stream == model::Stream::out ? 0 : 1];
    log.written += bytes.size();
    if (log.is_cut || bytes.empty()) return;
    const std::uint64_t room = logs.limit - std::min(logs.limit, log.kept);
    if (room < bytes.size()) {
        log.is_cut = true;
        bytes = bytes.substr(0, static_cast<std::size_t>(room));
        impl_->tell_once(
            impl_->was_limit_told,
            fmt::format("{} keeps the first {} bytes only (output_limit; said once a run)",
                        log.path, logs.limit));
        if (bytes.empty()) return;
    }
    if (auto written = impl_->write(name, log, bytes); !written) {
        log.is_cut = true;
        impl_->close(log);
        impl_->tell_once(impl_->was_failure_told,
                         written.error().text() +
                             "; jobs go on, and their output is shown, but not all of it is kept");
    }
}

LogFiles::Lengths LogFiles::end(const AttemptName& name) {
    const auto found = impl_->logs.find(name);
    if (found == impl_->logs.end()) return {};
    std::array<Log, 2>& of = found->second.of;
    const Lengths lengths{of[0].written, of[1].written};
    for (Log& log : of)
        impl_->close(log);
    impl_->logs.erase(found);
    return lengths;
}

std::size_t LogFiles::open_count() const {
    return impl_->open.size();
}

}  // namespace remuda::history
