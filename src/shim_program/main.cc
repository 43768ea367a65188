// SPDX-License-Identifier: MIT
//
// The program that remuda pushes to hosts (docs/protocol/shim.md).
#include "remuda/shim/wire.h"
#include "shim_program/checksums.h"
#include "shim_program/folder.h"
#include "shim_program/front.h"
#include "shim_program/system.h"

#include <string>
#include <string_view>

namespace {

constexpr std::uint64_t kUsPerSecond = 1'000'000;
constexpr int kUsageError = 2;

int complain() {
    remuda::shim::program::write_all(STDERR_FILENO,
                                     "usage: shim serve [--dir DIR] [--linger SECONDS]\n"
                                     "       shim verify SHA256\n"
                                     "       shim --version\n");
    return kUsageError;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace remuda::shim::program;
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "--version" && argc == 2) {
        return write_all(STDOUT_FILENO,
                         "remuda shim, protocol " + std::to_string(remuda::shim::kVersion) + "\n")
                   ? 0
                   : 1;
    }
    if (command == "verify" && argc == 3) {
        return sha256_of_file("/proc/self/exe") == argv[2] ? 0 : 1;
    }
    if (command != "serve") return complain();
    FrontOptions options;
    options.path = default_folder();
    for (int i = 2; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc) return complain();
        if (option == "--dir") {
            options.path = argv[i + 1];
        } else if (option == "--linger") {
            options.linger_us = to_number(argv[i + 1]) * kUsPerSecond;
        } else {
            return complain();
        }
    }
    return run_front(options);
}
