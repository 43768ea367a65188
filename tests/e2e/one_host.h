// SPDX-License-Identifier: MIT
//
// A server with a user who has it in hosts.yaml, with four slots.
#pragma once

#include "user.h"

namespace remuda::test {

struct OneHost {
    OneHost() {
        user.trust(server);
        user.write("hosts.yaml", "- hostname: " + address_of(server) + "\n  slots: 4\n");
    }

    Sshd server;
    User user;
};

}  // namespace remuda::test
