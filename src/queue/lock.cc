// SPDX-License-Identifier: MIT
#include "queue/lock_sharers.h"
#include "queue/stamp.h"
#include "remuda/base/fd.h"
#include "remuda/base/passing.h"
#include "remuda/base/text.h"
#include "remuda/queue/queue.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

// Longer content of a lock file is not ours.
constexpr std::size_t kLongestContent = 1024;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

// What the lock file holds: its holder's words, on the second line the stamp of the queue file as
// its last holder left it, and on the third what that one has said of it. Behind the words stands
// kUnfinished while jobs are claimed that are still in the file: whoever finds it there and has the
// lock knows that the holder was killed.
constexpr std::string_view kUnfinished = " [unfinished]";

struct Content {
    std::string words;
    bool is_unfinished = false;
    std::string left_file;
    std::string left_word;
};

Content content_of(int fd) {
    std::string text(kLongestContent, '\0');
    const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    Content content;
    const std::size_t end = std::min(text.size(), text.find('\n'));
    content.words = text.substr(0, end);
    if (content.words.ends_with(kUnfinished)) {
        content.words.resize(content.words.size() - kUnfinished.size());
        content.is_unfinished = true;
    }
    std::string_view rest = std::string_view(text).substr(std::min(text.size(), end + 1));
    const auto stamp = Stamp::read(rest);
    if (stamp && rest.starts_with('\n') && rest.ends_with('\n')) {
        content.left_file = stamp->text();
        content.left_word = rest.substr(1, rest.size() > 1 ? rest.size() - 2 : 0);
    }
    return content;
}

Result<void> write_content(int fd, const Content& content) {
    std::string text = content.words;
    if (content.is_unfinished) text += kUnfinished;
    text += '\n';
    if (!content.left_file.empty()) text += content.left_file + "\n";
    if (!content.left_file.empty() && !content.left_word.empty()) text += content.left_word + "\n";
    for (std::size_t at = 0; at < text.size();) {
        const auto offset = static_cast<off_t>(at);
        const ssize_t count = ::pwrite(fd, text.data() + at, text.size() - at, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return sys_error("cannot write the lock file");
        at += static_cast<std::size_t>(count);
    }
    // Not cut to nothing before: some file systems then write it to the disk at once.
    const auto stamp = stamp_of(fd);
    if (stamp && stamp->size == static_cast<off_t>(text.size())) return {};
    if (::ftruncate(fd, static_cast<off_t>(text.size())) == 0) return {};
    return sys_error("cannot write the lock file");
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

bool has_ended(long pid) {
    return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

// The process of this machine that says it holds the lock, or 0.
long pid_in(const std::string& words) {
    constexpr std::string_view mark = "(pid ";
    const std::size_t at = words.rfind(mark);
    if (at == std::string::npos || !words.ends_with(fmt::format(" on {})", host_name()))) return 0;
    long pid = 0;
    (void)std::from_chars(words.data() + at + mark.size(), words.data() + words.size(), pid);
    return pid;
}

// Who has the lock since a process that has ended took it.
std::string heirs_of(const std::string& words, long pid, int fd) {
    const bool is_said = pid_in(words) == pid;
    const std::string taker = is_said ? words : fmt::format("pid {} on {}", pid, host_name());
    const std::string heirs = sharers_of_lock(fd);
    if (heirs.empty()) {
        return fmt::format("what is left of {}, which has ended: programs that it started", taker);
    }
    return fmt::format("{}, left by {}, which has ended", heirs, taker);
}

// Who holds the lock: the words in the file, unless they are an earlier holder's.
std::string holder_of(int fd) {
    const std::string words = sanitised(content_of(fd).words, false);
    const long pid = pid_of_holder(fd);
    // In a container /proc/locks does not show a lock whose taker has ended.
    if (const long taker = pid != 0 ? pid : pid_in(words); taker > 0 && has_ended(taker)) {
        return heirs_of(words, taker, fd);
    }
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
void write_holder(int fd, const std::string& purpose, Content& content) {
    std::string words = fmt::format("{} (pid {} on {})", purpose, ::getpid(), host_name());
    if (content.words == words) return;
    content.words = std::move(words);
    // Who holds it is a courtesy: a full disk does not keep anybody from taking it.
    (void)write_content(fd, content);
}

}  // namespace

struct Lock::Impl {
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (!is_held) return;
        const bool was_unfinished = std::exchange(content.is_unfinished, was_interrupted);
        bool is_new = was_unfinished != was_interrupted;
        if (const auto stamp = stamp_of(queue_path)) {
            const bool is_same_file = stamp->text() == content.left_file;
            std::string next = word.value_or(is_same_file ? content.left_word : std::string());
            is_new = is_new || !is_same_file || next != content.left_word;
            content.left_file = stamp->text();
            content.left_word = std::move(next);
        }
        if (is_new) (void)write_content(fd.number(), content);
    }

    Fd fd;
    std::string queue_path;
    Content content;
    /// For the next holder.
    std::optional<std::string> word;
    bool is_held = false;
    bool was_interrupted = false;
};

Lock::Lock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Lock::Lock(Lock&&) noexcept = default;
Lock& Lock::operator=(Lock&&) noexcept = default;
Lock::~Lock() = default;

int Lock::descriptor() const {
    return impl_->fd.number();
}

std::string Lock::sharers() const {
    return sharers_of_lock(impl_->fd.number());
}

const std::string& Lock::left_file() const {
    return impl_->content.left_file;
}

const std::string& Lock::left_word() const {
    return impl_->content.left_word;
}

void Lock::leave_word(std::string word) {
    impl_->word = std::move(word);
}

std::string Lock::path_of(const std::string& queue_path) {
    struct stat status{};
    if (::lstat(queue_path.c_str(), &status) == 0 && !S_ISLNK(status.st_mode)) {
        return queue_path + ".lock";
    }
    std::error_code error;
    const auto real = std::filesystem::canonical(queue_path, error);
    return (error ? queue_path : real.string()) + ".lock";
}

bool Lock::was_interrupted() const {
    return impl_->was_interrupted;
}

Result<void> Lock::begin_change() {
    if (std::exchange(impl_->content.is_unfinished, true)) return {};
    return write_content(impl_->fd.number(), impl_->content);
}

void Lock::settled() {
    impl_->was_interrupted = false;
}

Result<Lock> Lock::try_take(const std::string& queue_path, const std::string& purpose) {
    const std::string path = path_of(queue_path);
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
    impl->content = content_of(impl->fd.number());
    // What it has left is told from other locks of its, which must be free as well; they are closed
    // one after the other.
    if (impl->content.is_unfinished && passing_of(pid_in(impl->content.words)) == Passing::dying) {
        return Error(Code::locked,
                     sanitised(impl->content.words, false) + ", which is just ending");
    }
    impl->is_held = true;
    impl->queue_path = queue_path;
    impl->was_interrupted = impl->content.is_unfinished;
    write_holder(impl->fd.number(), purpose, impl->content);
    return Lock(std::move(impl));
}

}  // namespace remuda::queue
