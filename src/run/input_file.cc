// SPDX-License-Identifier: MIT
#include "run/input_file.h"

#include "remuda/base/fd.h"

#include <cerrno>
#include <cstdlib>

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::run {

namespace {

std::string expanded(const std::string& path) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
    const char* home = path.starts_with("~/") ? std::getenv("HOME") : nullptr;
    return home != nullptr ? home + path.substr(1) : path;
}

}  // namespace

Result<std::string> load_input(const std::string& path, std::size_t most_bytes) {
    const std::string real = expanded(path);
    // Opening a named pipe must not wait for a writer.
    const Fd fd(::open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return sys_error(fmt::format("cannot open '{}'", path));
    struct stat info{};
    if (::fstat(fd.number(), &info) != 0) return sys_error(fmt::format("cannot read '{}'", path));
    if (!S_ISREG(info.st_mode)) {
        return Error(Code::invalid_input, fmt::format("'{}' is no regular file", path));
    }
    std::string content;
    char buffer[1 << 16];
    while (content.size() <= most_bytes) {
        const ssize_t n = ::read(fd.number(), buffer, sizeof buffer);
        if (n == 0) return content;
        if (n < 0 && errno != EINTR) return sys_error(fmt::format("cannot read '{}'", path));
        if (n > 0) content.append(buffer, static_cast<std::size_t>(n));
    }
    constexpr std::size_t mib = std::size_t{1024} * 1024;
    return Error(Code::invalid_input, fmt::format("'{}' is too large: at most {} MiB can be sent",
                                                  path, most_bytes / mib));
}

}  // namespace remuda::run
