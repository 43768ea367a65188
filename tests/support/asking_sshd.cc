// SPDX-License-Identifier: MIT
#include "support/asking_sshd.h"

namespace remuda::test {

SshdOptions asking(const std::string& prompts, const std::string& config) {
    SshdOptions options;
    options.config = "UsePAM yes\nPermitRootLogin yes\n" + config;
    options.environment = {{"LD_PRELOAD", FAKE_PAM}, {"REMUDA_TEST_PROMPTS", prompts}};
    return options;
}

}  // namespace remuda::test
