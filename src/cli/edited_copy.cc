// SPDX-License-Identifier: MIT
#include "cli/edited_copy.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBeginning = "remuda-queue-";
// Tells editors what it is.
constexpr std::string_view kEnding = ".yaml";
constexpr std::string_view kPattern = "XXXXXX";
// As long as files stay in /tmp where systemd looks after it.
constexpr std::time_t kKeptSeconds = std::time_t{10} * 24 * 3600;

bool is_name_of_copy(std::string_view name) {
    return name.size() == kBeginning.size() + kPattern.size() + kEnding.size() &&
           name.starts_with(kBeginning) && name.ends_with(kEnding);
}

void remove_if_old(const std::string& path, std::time_t now) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat found{};
    if (!fd || ::fstat(fd.number(), &found) != 0) return;
    const bool is_ours = S_ISREG(found.st_mode) && found.st_uid == ::geteuid();
    if (!is_ours || found.st_mtime > now - kKeptSeconds) return;
    if (::flock(fd.number(), LOCK_EX | LOCK_NB) == 0) (void)::unlink(path.c_str());
}

void remove_old(const fs::path& folder) {
    const std::time_t now = std::time(nullptr);
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (is_name_of_copy(at->path().filename().string())) remove_if_old(at->path(), now);
    }
}

}  // namespace

EditedCopy::EditedCopy(std::string path, Fd lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

EditedCopy::EditedCopy(EditedCopy&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

EditedCopy::~EditedCopy() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
}

Result<EditedCopy> EditedCopy::make(const std::string& text) {
    std::error_code error;
    const auto folder = fs::temp_directory_path(error);
    if (error) return Error(Code::system, "no folder for temporary files: " + error.message());
    remove_old(folder);
    std::string name(kBeginning);
    name.append(kPattern).append(kEnding);
    std::string path = (folder / name).string();
    Fd fd(::mkostemps(path.data(), static_cast<int>(kEnding.size()), O_CLOEXEC));
    if (!fd) return sys_error("cannot make a copy of the queue in " + folder.string());
    // Without it only its age protects it.
    (void)::flock(fd.number(), LOCK_SH | LOCK_NB);
    const int number = fd.number();
    EditedCopy copy(std::move(path), std::move(fd));
    if (auto written = write_all(number, text); !written) return written.error();
    return copy;
}

std::string EditedCopy::keep() {
    return std::exchange(path_, {});
}

}  // namespace remuda::cli
