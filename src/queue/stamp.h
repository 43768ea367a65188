// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace remuda::queue {

/// What tells one content of a file from another without reading it.
struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::pair<std::int64_t, std::int64_t> modified;
    std::pair<std::int64_t, std::int64_t> changed;

    bool operator==(const Stamp&) const = default;
    [[nodiscard]] bool is_same_file(const Stamp& other) const {
        return device == other.device && inode == other.inode;
    }

    /// One word for each number, in one line.
    [[nodiscard]] std::string text() const;
    /// Reads what text() gave off the front of `words`.
    [[nodiscard]] static std::optional<Stamp> read(std::string_view& words);
};

/// Code::not_found, with a remedy, if there is no file.
[[nodiscard]] Result<Stamp> stamp_of(const std::string& path);
[[nodiscard]] Result<Stamp> stamp_of(int fd);

/// Reads the next number off the front of `words`, which blanks separate.
[[nodiscard]] std::optional<std::uint64_t> read_number(std::string_view& words);

}  // namespace remuda::queue
