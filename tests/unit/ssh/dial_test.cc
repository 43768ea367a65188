// SPDX-License-Identifier: MIT
#include "ssh/dial.h"

#include <chrono>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using remuda::ssh::HostSettings;
using remuda::ssh::unanswered_limit;

TEST_CASE("TCP waits at least as long for an answer as we do for a silent peer") {
    HostSettings settings;
    // 10 s without a byte, then two questions of 8 s each.
    CHECK(unanswered_limit(settings) == 26s);
    settings.alive_interval = 60s;
    settings.alive_count = 3;
    CHECK(unanswered_limit(settings) == 204s);
}

TEST_CASE("TCP is never less patient than 20 s, nor more than a day") {
    HostSettings settings;
    settings.alive_interval = 1s;
    settings.alive_count = 1;
    CHECK(unanswered_limit(settings) == 20s);
    settings.alive_interval = 24h;
    settings.alive_count = 1000;
    CHECK(unanswered_limit(settings) == 24h);
}
