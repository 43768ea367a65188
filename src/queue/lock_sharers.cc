// SPDX-License-Identifier: MIT
#include "queue/lock_sharers.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

namespace fs = std::filesystem;

constexpr int kMostDescriptors = 50'000;
constexpr int kMostNames = 3;

// By proc_pid_fdinfo(5): the locks that were taken by this open file, whoever it was handed on to.
// Who waits for the lock has the file open as well.
bool holds_flock(const fs::path& process, const fs::path& descriptor) {
    std::ifstream info(process / "fdinfo" / descriptor);
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("lock:") && line.find("FLOCK") != std::string::npos) return true;
    }
    return false;
}

bool is_process(const std::string& name) {
    return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

// Walks /proc, where anything may be gone from one moment to the next.
class Search {
  public:
    explicit Search(const struct stat& file) : file_(file) {}

    std::string names() {
        std::error_code error;
        for (fs::directory_iterator at("/proc", error), end; !error && at != end;
             at.increment(error)) {
            const std::string pid = at->path().filename().string();
            if (!is_process(pid) || pid == std::to_string(::getpid())) continue;
            if (has_lock(at->path())) add(pid, at->path());
            if (descriptors_ > kMostDescriptors || count_ > kMostNames) break;
        }
        return names_;
    }

  private:
    bool has_lock(const fs::path& process) {
        std::error_code error;
        for (fs::directory_iterator at(process / "fd", error), end; !error && at != end;
             at.increment(error)) {
            ++descriptors_;
            struct stat info{};
            if (::stat(at->path().c_str(), &info) != 0) continue;
            if (info.st_dev != file_.st_dev || info.st_ino != file_.st_ino) continue;
            if (holds_flock(process, at->path().filename())) return true;
        }
        return false;
    }

    void add(const std::string& pid, const fs::path& process) {
        if (++count_ > kMostNames) {
            names_ += " and more";
            return;
        }
        std::string name;
        std::ifstream comm(process / "comm");
        std::getline(comm, name);
        if (!names_.empty()) names_ += ", ";
        names_ +=
            fmt::format("{} (pid {})", name.empty() ? "a process" : sanitised(name, false), pid);
    }

    const struct stat& file_;
    int descriptors_ = 0;
    int count_ = 0;
    std::string names_;
};

}  // namespace

std::string sharers_of_lock(int fd) {
    struct stat file{};
    return ::fstat(fd, &file) == 0 ? Search(file).names() : std::string();
}

}  // namespace remuda::queue
