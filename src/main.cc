// SPDX-License-Identifier: MIT
#include "remuda/cli/main.h"

int main(int argc, char** argv) {
    return remuda::cli::run_main(argc, argv);
}
