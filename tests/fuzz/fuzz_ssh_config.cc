// SPDX-License-Identifier: MIT
//
// Files of ssh_config, the output of `ssh -G`, and values with tokens, by the first byte.
#include "remuda/ssh_config/ssh_config.h"
#include "ssh_config/file.h"
#include "ssh_config/value.h"
#include "ssh_config/words.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace remuda::ssh_config;

// The reader reads files: one in memory, written anew for each input.
const std::string& home() {
    static const std::string path = [] {
        std::string made = "/dev/shm/remuda-fuzz.XXXXXX";
        if (::mkdtemp(made.data()) == nullptr) std::abort();
        return made;
    }();
    static const bool cleans_up = std::atexit([] {
                                      ::unlink((home() + "/config").c_str());
                                      ::rmdir(home().c_str());
                                  }) == 0;
    if (!cleans_up) std::abort();
    return path;
}

Environment environment() {
    Environment made;
    made.home = home();
    made.user = "ann";
    made.uid = ::getuid();
    made.host_name = "desk.example.com";
    made.system_config = "/dev/null";
    made.user_config = home() + "/config";
    made.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "A") return "/a";
        return std::nullopt;
    };
    return made;
}

void resolve(std::string_view text) {
    (void)parse_file("config", true, text, environment());
    // An include would lead to the files of this machine.
    if (lowered(text).find("include") != std::string::npos) return;
    const std::string path = home() + "/config";
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    const Config config(environment());
    for (const char* const name : {"web1.example.com", "10.0.0.1", "x"})
        (void)config.resolve({.name = name, .user = {}, .port = {}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 8) {
        case 0:
            (void)parse_ssh_g(text);
            break;
        case 1:
            (void)expand(text, {}, environment());
            (void)expand_command(text, {});
            (void)seconds_of(std::string(text));
            break;
        default:
            resolve(text);
            break;
    }
    return 0;
}
