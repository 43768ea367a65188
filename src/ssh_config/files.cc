// SPDX-License-Identifier: MIT
#include "ssh_config/files.h"

#include "remuda/base/fd.h"
#include "ssh_config/expand.h"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::ssh_config {

namespace {

// A file of hosts is never as large; a device may be without end.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

Halt error(std::string text) {
    return Error(Code::invalid_input, std::move(text));
}

// Nothing: all is well.
std::optional<Halt> fault_of_permissions(const std::string& path, const struct stat& info,
                                         unsigned long uid) {
    if ((info.st_uid != 0 && info.st_uid != uid) || (info.st_mode & S_IWOTH) != 0)
        return error("Bad owner or permissions on " + path);
    // The ssh of some distributions lets a group write that has its owner alone.
    if ((info.st_mode & S_IWGRP) != 0)
        return Unclear{.place = {.file = path}, .why = "a file that its group can write"};
    return std::nullopt;
}

// Relative ones are in the folder of the user's or the system's files.
std::string anchored(const File& from, const std::string& pattern, const Environment& environment) {
    if (pattern.starts_with('/')) return pattern;
    if (pattern == "~" || pattern.starts_with("~/")) return environment.home + pattern.substr(1);
    return (from.is_users ? environment.home + "/.ssh/" : "/etc/ssh/") + pattern;
}

std::vector<std::string> existing(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): Config has one thread.
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    std::ranges::sort(paths);
    return paths;
}

}  // namespace

const File* Files::top(const std::string& path, bool is_users, bool is_checked) {
    return open(path, is_users, is_checked, false);
}

const std::vector<const File*>& Files::included(const File& from, const std::string& pattern) {
    const auto [place, is_new] = included_.try_emplace({from.is_users, pattern});
    if (is_new)
        for (const std::string& path : existing(anchored(from, pattern, environment_)))
            place->second.push_back(open(path, from.is_users, true, true));
    return place->second;
}

const File* Files::open(const std::string& path, bool is_users, bool is_checked,
                        bool has_to_be_there) {
    std::unique_ptr<File>& file = files_[{path, is_users, is_checked, has_to_be_there}];
    if (!file) file = std::make_unique<File>(load(path, is_users, is_checked, has_to_be_there));
    return file.get();
}

File Files::load(const std::string& path, bool is_users, bool is_checked, bool has_to_be_there) {
    File broken;
    broken.path = path;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (has_to_be_there)
            broken.halt = error(sys_error("Can't open user config file " + path).text());
        return broken;
    }
    struct stat info{};
    if (::fstat(fd.number(), &info) != 0) {
        broken.halt = error(sys_error("fstat " + path).text());
        return broken;
    }
    if (S_ISFIFO(info.st_mode)) {
        broken.halt = Unclear{.place = {.file = path}, .why = "a pipe in place of a file"};
        return broken;
    }
    if (is_checked) {
        broken.halt = fault_of_permissions(path, info, environment_.uid);
        if (broken.halt) return broken;
    }
    std::string content;
    char buffer[1 << 16];
    // What cannot be read, a folder say, is empty to ssh.
    for (;;) {
        const ssize_t n = ::read(fd.number(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        content.append(buffer, static_cast<std::size_t>(n));
        if (content.size() > kMostBytes) {
            broken.halt = Unclear{.place = {.file = path}, .why = "a very large file"};
            return broken;
        }
    }
    return parse_file(path, is_users, content, environment_);
}

}  // namespace remuda::ssh_config
