// SPDX-License-Identifier: MIT
#include "slow_folder.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace remuda::test {

namespace {
constexpr int kLookMs = 20;
}

std::unique_ptr<SlowFolder> SlowFolder::mount() {
    const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0) return nullptr;
    std::unique_ptr<SlowFolder> folder(new SlowFolder(device));
    const std::string options =
        fmt::format("fd={},rootmode=40000,user_id={},group_id={}", device, ::getuid(), ::getgid());
    if (::mount("slow", folder->path().c_str(), "fuse", 0, options.c_str()) != 0) return nullptr;
    return folder;
}

SlowFolder::~SlowFolder() {
    has_ended_ = true;
    if (server_.joinable()) server_.join();
    // Whoever still waits gets an error.
    ::close(device_);
    ::umount2(path().c_str(), MNT_DETACH);
}

void SlowFolder::answer() {
    server_ = std::thread([this] { serve(); });
}

void SlowFolder::serve() {
    std::vector<char> request(FUSE_MIN_READ_BUFFER);
    while (!has_ended_) {
        pollfd ready{device_, POLLIN, 0};
        if (::poll(&ready, 1, kLookMs) <= 0) continue;
        const ssize_t size = ::read(device_, request.data(), request.size());
        if (size > 0) reply({request.data(), static_cast<std::size_t>(size)});
    }
}

void SlowFolder::reply(std::string_view request) const {
    fuse_in_header asked{};
    std::memcpy(&asked, request.data(), sizeof asked);
    fuse_out_header head{};
    head.unique = asked.unique;
    fuse_init_out init{};
    fuse_attr_out attributes{};
    std::string_view body;
    switch (asked.opcode) {
        case FUSE_INIT:
            init.major = FUSE_KERNEL_VERSION;
            init.minor = FUSE_KERNEL_MINOR_VERSION;
            init.max_write = 4096;
            body = {reinterpret_cast<const char*>(&init), sizeof init};
            break;
        case FUSE_GETATTR:
            attributes.attr.ino = FUSE_ROOT_ID;
            attributes.attr.mode = S_IFDIR | 0700;
            attributes.attr.nlink = 2;
            body = {reinterpret_cast<const char*>(&attributes), sizeof attributes};
            break;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            return;
        default:
            head.error = -ENOSYS;
    }
    head.len = static_cast<std::uint32_t>(sizeof head + body.size());
    const iovec parts[] = {{&head, sizeof head}, {const_cast<char*>(body.data()), body.size()}};
    // Nobody may wait for it any more.
    (void)!::writev(device_, parts, 2);
}

}  // namespace remuda::test
