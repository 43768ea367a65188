// SPDX-License-Identifier: MIT
// third_party/libssh2/0009: the generator is not asked for each packet.
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <doctest/doctest.h>
#include <openssl/rand.h>

// OpenSSL 3 wants providers instead; a method still takes their place for all of the process.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace remuda::test {
namespace {

int calls = 0;

int count_and_fill(unsigned char* bytes, int length) {
    ++calls;
    for (int i = 0; i < length; ++i)
        bytes[i] = static_cast<unsigned char>(calls + i);
    return 1;
}

int always_ready() {
    return 1;
}

/// Counts the calls of RAND_bytes, as long as it lives.
class CountedRandomness {
  public:
    CountedRandomness() {
        calls = 0;
        RAND_set_rand_method(&method_);
    }
    ~CountedRandomness() { RAND_set_rand_method(nullptr); }
    CountedRandomness(const CountedRandomness&) = delete;
    CountedRandomness& operator=(const CountedRandomness&) = delete;

  private:
    RAND_METHOD method_{nullptr, &count_and_fill, nullptr, nullptr, nullptr, &always_ready};
};

TEST_CASE("many short packets need few calls of the random number generator") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();

    const CountedRandomness counted;
    constexpr int commands = 20;
    for (int i = 0; i < commands; ++i)
        CHECK(client.run("true").exit_status == 0);
    // Each command takes three packets at the least: an open, a request and a close.
    CHECK(calls > 0);
    CHECK(calls < commands);
}

}  // namespace
}  // namespace remuda::test
