// SPDX-License-Identifier: MIT
#include "remuda/shim/wire.h"

#include <string>
#include <string_view>

#include <unistd.h>

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--version") {
        const std::string text =
            "remuda shim, protocol " + std::to_string(remuda::shim::kVersion) + "\n";
        return ::write(1, text.data(), text.size()) < 0 ? 1 : 0;
    }
    return 2;
}
