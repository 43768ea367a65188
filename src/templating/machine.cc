// SPDX-License-Identifier: MIT
#include "remuda/templating/machine.h"

#include "remuda/base/fd.h"
#include "templating/helpers.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace remuda::templating {

namespace {

std::optional<std::string> variable(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program sets variables.
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

std::string user_name() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return "";
    }
    return found->pw_name;
}

std::string architecture() {
    utsname name{};
    return ::uname(&name) == 0 ? name.machine : "";
}

Result<std::string> read_file(const std::string& path) {
    // Opening a FIFO would wait for its other end.
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) return Error(Code::not_found, "no such file");
        return sys_error("open '" + path + "'");
    }
    struct stat facts{};
    if (::fstat(file.number(), &facts) != 0) return sys_error("look at '" + path + "'");
    if (!S_ISREG(facts.st_mode)) {
        return Error(Code::invalid_input, "'" + path + "' is no regular file");
    }
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return sys_error("read '" + path + "'");
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > kLongestValue) {
            return Error(Code::invalid_input, "'" + path + "' is larger than 8 MiB");
        }
    }
}

std::optional<std::string> real_path(const std::string& path) {
    struct Free {
        void operator()(char* memory) const { std::free(memory); }
    };
    const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
    if (real == nullptr) return std::nullopt;
    return std::string(real.get());
}

}  // namespace

const Machine& real_machine() {
    static const Machine machine{variable, user_name, architecture, read_file, real_path};
    return machine;
}

}  // namespace remuda::templating
