// SPDX-License-Identifier: MIT
#include "queue/stamp.h"

#include <array>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

Stamp stamp_in(const struct stat& info) {
    return Stamp{info.st_dev,
                 info.st_ino,
                 info.st_size,
                 {info.st_mtim.tv_sec, info.st_mtim.tv_nsec},
                 {info.st_ctim.tv_sec, info.st_ctim.tv_nsec}};
}

}  // namespace

std::string Stamp::text() const {
    return fmt::format("{} {} {} {} {} {} {}", device, inode, size, modified.first, modified.second,
                       changed.first, changed.second);
}

std::optional<Stamp> Stamp::read(std::string_view& words) {
    std::array<std::uint64_t, 7> numbers{};
    for (std::uint64_t& number : numbers) {
        const auto found = read_number(words);
        if (!found) return std::nullopt;
        number = *found;
    }
    const auto time = [&](std::size_t at) {
        return std::pair(static_cast<std::int64_t>(numbers.at(at)),
                         static_cast<std::int64_t>(numbers.at(at + 1)));
    };
    return Stamp{numbers[0], numbers[1], static_cast<off_t>(numbers[2]), time(3), time(5)};
}

std::optional<std::uint64_t> read_number(std::string_view& words) {
    words.remove_prefix(std::min(words.size(), words.find_first_not_of(' ')));
    std::uint64_t number = 0;
    const auto read = std::from_chars(words.data(), words.data() + words.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    words.remove_prefix(static_cast<std::size_t>(read.ptr - words.data()));
    return number;
}

Result<Stamp> stamp_of(const std::string& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) return stamp_in(info);
    if (errno != ENOENT) return sys_error("cannot stat " + path);
    return Error(Code::not_found,
                 path + " does not exist; write one command a line into it, each behind `- `");
}

Result<Stamp> stamp_of(int fd) {
    struct stat info{};
    if (::fstat(fd, &info) != 0) return sys_error("cannot stat a file");
    return stamp_in(info);
}

}  // namespace remuda::queue
