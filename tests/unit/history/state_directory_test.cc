// SPDX-License-Identifier: MIT
#include "history/state_directory.h"

#include <doctest/doctest.h>

using remuda::history::file_system_of;
using remuda::history::file_system_of_type;

TEST_CASE("file systems of the network are known, and whose locks others see") {
    for (const unsigned long shared : {0x6969UL, 0x517bUL, 0xff534d42UL, 0xfe534d42UL}) {
        CHECK(file_system_of_type(shared).is_remote);
        CHECK(file_system_of_type(shared).shares_locks);
    }
    for (const unsigned long unshared : {0x01021997UL, 0x0bd00bd0UL, 0x65735546UL}) {
        CHECK(file_system_of_type(unshared).is_remote);
        CHECK_FALSE(file_system_of_type(unshared).shares_locks);
    }
    // ext4, and what /proc is on every Linux.
    CHECK_FALSE(file_system_of_type(0xef53).is_remote);
    CHECK_FALSE(file_system_of("/proc").is_remote);
    CHECK(file_system_of("/proc/no/such/file").is_remote);
}
