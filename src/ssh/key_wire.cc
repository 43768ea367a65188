// SPDX-License-Identifier: MIT
#include "ssh/wire.h"

#include <utility>

#include <openssl/evp.h>

namespace remuda::ssh {

std::string_view WireReader::raw(std::size_t length) {
    if (!ok_ || rest_.size() < length) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
}

std::uint8_t WireReader::byte() {
    const std::string_view taken = raw(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
}

std::uint32_t WireReader::u32() {
    std::uint32_t value = 0;
    for (const char c : raw(4)) {
        value = (value << 8) | static_cast<std::uint8_t>(c);
    }
    return value;
}

std::string_view WireReader::string() {
    const std::uint32_t length = u32();
    return raw(length);
}

std::string_view WireReader::mpint() {
    std::string_view bytes = string();
    if (!bytes.empty() && (static_cast<std::uint8_t>(bytes[0]) & 0x80U) != 0) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    while (!bytes.empty() && bytes[0] == '\0') {
        bytes.remove_prefix(1);
    }
    return bytes;
}

WireWriter& WireWriter::byte(std::uint8_t value) {
    bytes_ += static_cast<char>(value);
    return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes_ += static_cast<char>((value >> shift) & 0xffU);
    }
    return *this;
}

WireWriter& WireWriter::string(std::string_view bytes) {
    u32(static_cast<std::uint32_t>(bytes.size()));
    bytes_ += bytes;
    return *this;
}

WireWriter& WireWriter::mpint(std::string_view magnitude) {
    while (!magnitude.empty() && magnitude[0] == '\0') {
        magnitude.remove_prefix(1);
    }
    // A set top bit would read as a negative number.
    const bool padded =
        !magnitude.empty() && (static_cast<std::uint8_t>(magnitude[0]) & 0x80U) != 0;
    u32(static_cast<std::uint32_t>(magnitude.size() + (padded ? 1 : 0)));
    if (padded) bytes_ += '\0';
    bytes_ += magnitude;
    return *this;
}

namespace {

// The six bits of a base64 digit, or -1.
int digit_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::optional<std::string> base64_decoded(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (is_space(c)) continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const int value = digit_value(c);
        if (value < 0 || padding != 0) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        if (++digits % 4 == 0) {
            bytes += static_cast<char>((bits >> 16) & 0xffU);
            bytes += static_cast<char>((bits >> 8) & 0xffU);
            bytes += static_cast<char>(bits & 0xffU);
            bits = 0;
        }
    }
    const std::size_t left = digits % 4;
    if (left == 1 || padding != (4 - left) % 4) return std::nullopt;
    if (left >= 2) {
        bits <<= 6 * (4 - left);
        // Bits that no byte takes must be 0, so that equal bytes have one printed form.
        if ((bits & (left == 2 ? 0xffffU : 0xffU)) != 0) return std::nullopt;
        bytes += static_cast<char>((bits >> 16) & 0xffU);
        if (left == 3) bytes += static_cast<char>((bits >> 8) & 0xffU);
    }
    return bytes;
}

std::string base64_encoded(std::string_view bytes) {
    // EVP_EncodeBlock ends its output with a NUL.
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace remuda::ssh
