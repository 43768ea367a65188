// SPDX-License-Identifier: MIT
#include "cli/state_place.h"

#include <array>
#include <chrono>
#include <system_error>

#include <unistd.h>

namespace remuda::cli {

std::int64_t wall_clock_ms() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

std::string machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

std::filesystem::path real_path_of(const std::string& queue_file) {
    std::error_code error;
    const auto real = std::filesystem::canonical(queue_file, error);
    return error ? std::filesystem::absolute(queue_file) : real;
}

std::string state_dir_of(const Options& options, const std::filesystem::path& queue) {
    if (!options.state_dir.empty()) return options.state_dir;
    return (queue.parent_path() / ".remuda").string();
}

}  // namespace remuda::cli
