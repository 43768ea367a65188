// SPDX-License-Identifier: MIT
#include "queue/consumed.h"

#include "remuda/base/fd.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::queue {

namespace {

off_t length_of(const Fd& fd) {
    struct stat info{};
    return ::fstat(fd.number(), &info) == 0 ? info.st_size : -1;
}

bool ends_in_line_break(const Fd& fd, off_t length) {
    char last = '\n';
    return length <= 0 || ::pread(fd.number(), &last, 1, length - 1) != 1 || last == '\n';
}

}  // namespace

Result<off_t> Consumed::append(std::string_view text) {
    const Fd fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!fd) return sys_error("cannot open " + path_);
    const off_t length = length_of(fd);
    if (length < 0) return sys_error("cannot stat " + path_);
    struct stat queue{};
    if (length == 0 && ::stat(queue_path_.c_str(), &queue) == 0) {
        (void)::fchmod(fd.number(), queue.st_mode & 0666);
    }
    // Somebody may have edited it, or died in the middle of a line.
    std::string lines = ends_in_line_break(fd, length) ? "" : "\n";
    lines += text;
    Result<void> written = write_all(fd.number(), lines);
    if (written && is_synced_ && ::fsync(fd.number()) != 0) written = sys_error("cannot fsync");
    if (!written) {
        // Only shrinks the file, so it works on a full disk too.
        (void)!::ftruncate(fd.number(), length);
        return written.error().within("cannot append to " + path_);
    }
    if (length == 0 && is_synced_) (void)sync_folder_of(path_);
    return length;
}

void Consumed::take_back(off_t length) {
    const Fd fd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (fd && ::ftruncate(fd.number(), length) == 0 && is_synced_) ::fsync(fd.number());
}

void Consumed::take_back_tail(std::string_view text) {
    const Fd fd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return;
    const off_t length = length_of(fd);
    const off_t begin = length - static_cast<off_t>(text.size());
    if (begin < 0) return;
    std::string tail(text.size(), '\0');
    const ssize_t got = ::pread(fd.number(), tail.data(), tail.size(), begin);
    if (got != static_cast<ssize_t>(tail.size()) || tail != text) return;
    if (::ftruncate(fd.number(), begin) == 0 && is_synced_) ::fsync(fd.number());
}

}  // namespace remuda::queue
