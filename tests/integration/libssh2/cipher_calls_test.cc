// SPDX-License-Identifier: MIT
// third_party/libssh2/0010: a packet is en- and decrypted in few calls.
#include "support/libssh2_client.h"
#include "support/sshd.h"

#include <string>

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <dlfcn.h>

namespace {

int calls = 0;

}  // namespace

// Takes the place of libcrypto's.
extern "C" int EVP_Cipher(EVP_CIPHER_CTX* context, unsigned char* out, const unsigned char* in,
                          unsigned length) {
    using Cipher = int (*)(EVP_CIPHER_CTX*, unsigned char*, const unsigned char*, unsigned);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how dlsym gives it.
    static const auto real = reinterpret_cast<Cipher>(::dlsym(RTLD_NEXT, "EVP_Cipher"));
    ++calls;
    return real(context, out, in, length);
}

namespace remuda::test {
namespace {

// Commands and outputs of all lengths, so that packets end at every place of a block.
void check_all_lengths(const Libssh2Client& client) {
    for (std::size_t length = 0; length < 80; ++length) {
        const RemoteResult small = client.run("printf %s '" + std::string(length, 'y') + "'");
        CHECK(small.output == std::string(length, 'y'));
    }
}

TEST_CASE("a megabyte of output takes few calls of the cipher, whatever its packets' lengths") {
    require_sshd();
    for (const std::string cipher : {"aes256-gcm@openssh.com", "aes128-gcm@openssh.com"}) {
        CAPTURE(cipher);
        InetdSshd server;
        const Libssh2Client client(server.take_socket(), cipher);
        client.log_in();
        calls = 0;
        const RemoteResult result = client.run("head -c 1000000 /dev/zero | tr '\\0' x");
        CHECK(result.output == std::string(1'000'000, 'x'));
        // 16 bytes each would be 62,500. Pieces arrive as the sockets cut them.
        CHECK(calls > 0);
        CHECK(calls < 6'000);
        check_all_lengths(client);
    }
}

TEST_CASE("a long command takes few calls of the cipher") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket(), "aes256-gcm@openssh.com");
    client.log_in();
    const std::string text(16'000, 'z');
    calls = 0;
    CHECK(client.run("printf %s " + text).output == text);
    // 16 bytes each would be 1,000 for the command alone, and as many for its output.
    CHECK(calls < 300);
}

TEST_CASE("ciphers without a MAC of their own work as before") {
    require_sshd();
    for (const std::string cipher : {"aes128-ctr", "aes256-ctr"}) {
        CAPTURE(cipher);
        InetdSshd server;
        const Libssh2Client client(server.take_socket(), cipher);
        client.log_in();
        const RemoteResult result = client.run("head -c 100000 /dev/zero | tr '\\0' x");
        CHECK(result.output == std::string(100'000, 'x'));
        check_all_lengths(client);
    }
}

}  // namespace
}  // namespace remuda::test
