// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <unistd.h>

namespace remuda::test {

/// A private folder that is removed with everything in it.
class TempDir {
  public:
    TempDir() : TempDir(std::filesystem::temp_directory_path().string()) {}
    explicit TempDir(const std::string& parent) {
        std::string pattern = parent + "/remuda-test.XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

/// The same in memory, where there is a file system for that with room for it: for tests that kill
/// processes or fill quotas, but cannot cut the power, and so would learn nothing from waiting for
/// a disk at each fsync.
class MemoryDir : public TempDir {
  public:
    MemoryDir() : TempDir(parent()) {}

  private:
    static std::string parent() {
        constexpr std::uintmax_t least_room = std::uintmax_t{32} << 20;
        const std::filesystem::path memory = "/dev/shm";
        std::error_code error;
        const auto room = std::filesystem::space(memory, error);
        const bool is_usable =
            !error && room.available >= least_room && ::access(memory.c_str(), W_OK | X_OK) == 0;
        return (is_usable ? memory : std::filesystem::temp_directory_path()).string();
    }
};

}  // namespace remuda::test
