// SPDX-License-Identifier: MIT
#include "shim_program/system.h"

#include "shim_program/checksums.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>

namespace remuda::shim::program {

std::string error_text(int error) {
    const char* text = ::strerrordesc_np(error);
    return text == nullptr ? "error " + std::to_string(error) : text;
}

namespace {
std::uint64_t read_clock(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}
}  // namespace

std::uint64_t now_us() {
    return read_clock(CLOCK_MONOTONIC);
}

std::uint64_t wall_clock_ms() {
    return read_clock(CLOCK_REALTIME) / 1000;
}

ssize_t send_with_fds(int socket, const void* data, std::size_t size, const int* fds,
                      std::size_t fd_count, int flags) {
    alignas(cmsghdr) char control[CMSG_SPACE(kMostSentFds * sizeof(int))] = {};
    iovec part{const_cast<void*>(data), size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (fd_count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        std::memcpy(CMSG_DATA(rights), fds, fd_count * sizeof(int));
    }
    return ::sendmsg(socket, &message, flags);
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::string read_file(const char* path, std::size_t most, int folder) {
    std::string text;
    const Fd file(::openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return text;
    constexpr std::size_t step = 4096;
    while (text.size() < most) {
        const std::size_t before = text.size();
        text.resize(before + std::min(step, most - before));
        const ssize_t count = ::read(file.number(), &text[before], text.size() - before);
        text.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
    }
    return text;
}

std::string random_name() {
    unsigned char bytes[16] = {};
    if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        const std::uint64_t parts[2] = {now_us(), static_cast<std::uint64_t>(::getpid())};
        std::memcpy(bytes, parts, sizeof bytes);
    }
    std::string name;
    for (const unsigned char byte : bytes) {
        name += "0123456789abcdef"[byte >> 4];
        name += "0123456789abcdef"[byte & 15];
    }
    return name;
}

std::string boot_id() {
    constexpr std::size_t uuid_size = 36;
    // Drills have hosts restart that are this machine. Whoever sets it can do to their own jobs all
    // that a wrong boot id does.
    const char* file = ::secure_getenv("REMUDA_SHIM_BOOT_FILE");
    if (file == nullptr) file = "/proc/sys/kernel/random/boot_id";
    std::string boot = read_file(file, uuid_size);
    // A machine that tells none cannot show that it was not restarted.
    if (boot.size() != uuid_size) boot = "unknown-" + random_name();
    return boot;
}

std::string machine_name() {
    constexpr std::size_t id_size = 32;
    const char* file = ::secure_getenv("REMUDA_SHIM_MACHINE_FILE");
    // One that is drawn anew with each boot (machine-id(5)) would make another machine of it.
    if (file == nullptr && ::access("/run/machine-id", F_OK) == 0) return {};
    const std::string id = read_file(file == nullptr ? "/etc/machine-id" : file, id_size);
    // It is not to be told to others as it is.
    return id.size() == id_size ? sha256("remuda shim " + id).substr(0, id_size) : "";
}

std::string host_name() {
    utsname names{};
    std::string name = ::uname(&names) == 0 ? names.nodename : "";
    for (char& byte : name) {
        if (byte == '/') byte = '_';
    }
    return name.empty() || name.front() == '.' ? "localhost" : name;
}

std::uint64_t to_number(std::string_view text) {
    std::uint64_t number = 0;
    for (const char byte : text) {
        if (byte < '0' || byte > '9') break;
        number = number * 10 + static_cast<std::uint64_t>(byte - '0');
    }
    return number;
}

bool set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

}  // namespace remuda::shim::program
