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
        for (std::size_t length = 0; length < 80; ++length) {
            const RemoteResult small = client.run("printf %s '" + std::string(length, 'y') + "'");
            CHECK(small.output == std::string(length, 'y'));
        }
    }
}

}  // namespace
}  // namespace remuda::test
