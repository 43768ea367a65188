// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/queue/queue.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

// Longer content of a lock file is not ours.
constexpr std::size_t kLongestHolder = 1024;

// The lock of a symbolic link is that of the file behind it: two names, one queue.
std::string lock_path_of(const std::string& queue_path) {
    std::error_code error;
    const auto real = std::filesystem::canonical(queue_path, error);
    return (error ? queue_path : real.string()) + ".lock";
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm fields{};
    ::gmtime_r(&now, &fields);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", fields.tm_year + 1900,
                       fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                       fields.tm_sec);
}

// What the holder wrote about itself, fit for a message.
std::string holder_in(int fd) {
    std::string text(kLongestHolder, '\0');
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    text.resize(std::min(text.size(), text.find('\n')));
    text = sanitised(text, false);
    return text.empty() ? "a process that has not said its name" : text;
}

Result<void> write_holder(int fd, const std::string& purpose) {
    const std::string text =
        fmt::format("{} (pid {} on {}, since {})\n", purpose, ::getpid(), host_name(), utc_now());
    if (::ftruncate(fd, 0) != 0) return sys_error("cannot write the lock file");
    return write_all(fd, text);
}

}  // namespace

struct Lock::Impl {
    Fd fd;
};

Lock::Lock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lock::Lock(Lock&&) noexcept = default;
Lock& Lock::operator=(Lock&&) noexcept = default;
Lock::~Lock() = default;

Result<Lock> Lock::try_take(const std::string& queue_path, const std::string& purpose) {
    const std::string path = lock_path_of(queue_path);
    // Open for writing because NFS gives no exclusive lock on other descriptors; for everybody,
    // because a queue may be shared (umask decides).
    auto impl = std::make_unique<Impl>();
    impl->fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!impl->fd) return sys_error("cannot open " + path);
    while (::flock(impl->fd.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return Error(Code::locked, holder_in(impl->fd.number()));
        return sys_error("cannot lock " + path);
    }
    // Who holds it is a courtesy: a full disk does not keep anybody from taking it.
    (void)write_holder(impl->fd.number(), purpose);
    return Lock(std::move(impl));
}

}  // namespace remuda::queue
