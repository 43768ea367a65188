// SPDX-License-Identifier: MIT
#include "shim_program/checksums.h"

#include "shim_program/system.h"

#include <bit>
#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace remuda::shim::program {

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0);
        }
        table[i] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

// FIPS 180-4, section 4.2.2.
constexpr std::array<std::uint32_t, 64> kRounds = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using State = std::array<std::uint32_t, 8>;
constexpr State kBegin = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::size_t kBlock = 64;

void add_block(State& state, const unsigned char* block) {
    std::array<std::uint32_t, 64> words{};
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned char* at = block + 4 * i;
        words[i] = std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 |
                   std::uint32_t{at[2]} << 8 | at[3];
    }
    for (std::size_t i = 16; i < words.size(); ++i) {
        const std::uint32_t a = words[i - 15];
        const std::uint32_t b = words[i - 2];
        words[i] = words[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) + words[i - 7] +
                   (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
    }
    State s = state;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::uint32_t first =
            s[7] + (std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25)) +
            ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRounds[i] + words[i];
        const std::uint32_t second =
            (std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22)) +
            ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s = {first + second, s[0], s[1], s[2], s[3] + first, s[4], s[5], s[6]};
    }
    for (std::size_t i = 0; i < s.size(); ++i)
        state[i] += s[i];
}

/// Fills `buffer` from the file as far as it goes.
ssize_t read_full(int fd, unsigned char* buffer, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        const ssize_t count = ::read(fd, buffer + have, size - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    return static_cast<ssize_t>(have);
}

/// Adds the end, `rest` of fewer bytes than a block, of `length` bytes. In hex.
std::string finish(State& state, const unsigned char* rest, std::size_t size,
                   std::uint64_t length) {
    unsigned char tail[2 * kBlock] = {};
    std::memcpy(tail, rest, size);
    tail[size] = 0x80;
    const std::size_t blocks = size + 9 <= kBlock ? 1 : 2;
    for (std::size_t i = 0; i < 8; ++i) {
        tail[blocks * kBlock - 1 - i] = static_cast<unsigned char>(length * 8 >> (8 * i));
    }
    for (std::size_t i = 0; i < blocks; ++i)
        add_block(state, tail + i * kBlock);
    std::string hex;
    for (const std::uint32_t word : state) {
        for (int shift = 28; shift >= 0; shift -= 4)
            hex += "0123456789abcdef"[word >> shift & 15];
    }
    return hex;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t value = ~std::uint32_t{0};
    for (const char byte : bytes) {
        value = kCrcTable[(value ^ static_cast<unsigned char>(byte)) & 0xff] ^ (value >> 8);
    }
    return ~value;
}

std::string sha256_of_file(const char* path) {
    const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    State state = kBegin;
    std::uint64_t length = 0;
    unsigned char buffer[kBlock * 256];
    for (;;) {
        const ssize_t count = read_full(file.number(), buffer, sizeof buffer);
        if (count < 0) return {};
        auto size = static_cast<std::size_t>(count);
        length += size;
        const bool is_last = size < sizeof buffer;
        std::size_t at = 0;
        for (; at + kBlock <= size; at += kBlock)
            add_block(state, buffer + at);
        if (!is_last) continue;
        return finish(state, buffer + at, size - at, length);
    }
}

std::string sha256(std::string_view bytes) {
    State state = kBegin;
    const auto* rest = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = bytes.size();
    for (; size >= kBlock; rest += kBlock, size -= kBlock)
        add_block(state, rest);
    return finish(state, rest, size, bytes.size());
}

}  // namespace remuda::shim::program
