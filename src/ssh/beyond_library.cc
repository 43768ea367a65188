// SPDX-License-Identifier: MIT
#include "ssh/beyond_library.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::ssh {

namespace {

// The name, too: behind different jump hosts one address can be two machines.
std::string key_of(const HostSettings& settings) {
    return fmt::format("{}\n{}\n{}", settings.name, settings.host_name, settings.port);
}

}  // namespace

void BeyondLibrary::note(const HostSettings& settings, const std::string& why) {
    reasons_.try_emplace(key_of(settings), why);
}

const std::string* BeyondLibrary::why(const HostSettings& settings) const {
    const auto found = reasons_.find(key_of(settings));
    return found == reasons_.end() ? nullptr : &found->second;
}

bool is_ssh_installed() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment.
    const char* const path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        if (::access(fmt::format("{}/ssh", folder).c_str(), X_OK) == 0) return true;
    }
    return false;
}

}  // namespace remuda::ssh
