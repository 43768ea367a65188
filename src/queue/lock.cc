// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/queue/queue.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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

// What is written in the lock file, fit for a message.
std::string words_in(int fd) {
    std::string text(kLongestHolder, '\0');
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    text.resize(std::min(text.size(), text.find('\n')));
    return sanitised(text, false);
}

// The process on this machine that holds the lock, by proc_locks(5), or 0.
long pid_of_holder(int fd) {
    struct stat info{};
    if (::fstat(fd, &info) != 0) return 0;
    const std::string inode =
        fmt::format("{:02x}:{:02x}:{}", major(info.st_dev), minor(info.st_dev), info.st_ino);
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, mode, file;
        long pid = 0;
        words >> number >> kind >> advisory >> mode >> pid >> file;
        if (kind == "FLOCK" && file == inode) return pid;
    }
    return 0;
}

// Who holds the lock: the words in the file, unless they are an earlier holder's.
std::string holder_of(int fd) {
    const std::string words = words_in(fd);
    const long pid = pid_of_holder(fd);
    if (pid == 0 || words.find(fmt::format("(pid {} ", pid)) != std::string::npos) {
        return words.empty() ? "a process that has not said its name" : words;
    }
    std::string name;
    std::ifstream comm(fmt::format("/proc/{}/comm", pid));
    std::getline(comm, name);
    return fmt::format("{} (pid {} on {})", name.empty() ? "a process" : sanitised(name, false),
                       pid, host_name());
}

// Says who holds the lock. Someone who takes it again and again finds their own words there and
// writes nothing; so these say nothing of when.
Result<void> write_holder(int fd, const std::string& purpose) {
    const std::string text = fmt::format("{} (pid {} on {})\n", purpose, ::getpid(), host_name());
    std::array<char, kLongestHolder> old{};
    const ssize_t length = ::pread(fd, old.data(), old.size(), 0);
    if (length >= 0 && text == std::string_view(old.data(), static_cast<std::size_t>(length))) {
        return {};
    }
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

int Lock::descriptor() const {
    return impl_->fd.number();
}

Result<Lock> Lock::try_take(const std::string& queue_path, const std::string& purpose) {
    const std::string path = lock_path_of(queue_path);
    // Open for writing because NFS gives no exclusive lock on other descriptors; for everybody,
    // because a queue may be shared (umask decides).
    auto impl = std::make_unique<Impl>();
    impl->fd.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!impl->fd) return sys_error("cannot open " + path);
    while (::flock(impl->fd.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return Error(Code::locked, holder_of(impl->fd.number()));
        return sys_error("cannot lock " + path);
    }
    // Who holds it is a courtesy: a full disk does not keep anybody from taking it.
    (void)write_holder(impl->fd.number(), purpose);
    return Lock(std::move(impl));
}

}  // namespace remuda::queue
