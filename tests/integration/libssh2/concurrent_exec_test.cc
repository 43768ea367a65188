// SPDX-License-Identifier: MIT
// third_party/libssh2/0002: a reply for one channel does not fail the request of another.
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace remuda::test {
namespace {

bool is_pending(int result) {
    return result == LIBSSH2_ERROR_EAGAIN;
}

/// The results of `count` exec requests made at once on one fresh session.
std::vector<int> exec_side_by_side(std::size_t count) {
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    std::vector<Libssh2Channel> channels(count);
    for (Libssh2Channel& channel : channels)
        channel = client.open();
    std::vector<int> results(count, LIBSSH2_ERROR_EAGAIN);
    while (std::ranges::any_of(results, is_pending)) {
        for (std::size_t i = 0; i < count; ++i) {
            if (is_pending(results[i])) {
                results[i] = libssh2_channel_exec(channels[i].get(), "true");
            }
        }
        // In turns from either end, so that replies are read by calls that wait for other ones.
        std::ranges::reverse(channels);
        std::ranges::reverse(results);
        if (std::ranges::any_of(results, is_pending)) client.wait();
    }
    return results;
}

TEST_CASE("exec requests that wait side by side on one session all succeed") {
    require_sshd();
    for (int round = 0; round < 3; ++round) {
        CHECK(exec_side_by_side(8) == std::vector<int>(8, 0));
    }
}

}  // namespace
}  // namespace remuda::test
