// SPDX-License-Identifier: MIT
#include "remuda/base/utf8.h"

#include <algorithm>

namespace remuda {

namespace {

constexpr unsigned byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

// Bytes of a character with this first byte; 0 where no character begins with it.
constexpr std::size_t expected_length(unsigned lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

// The second byte's range keeps overlong forms, surrogates and codes past U+10FFFF out.
constexpr bool second_fits(unsigned lead, unsigned second) {
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

constexpr bool is_continuation(unsigned byte) {
    return (byte & 0xC0U) == 0x80;
}

// Bytes of the first character that are there and fit together.
std::size_t fitting_length(std::string_view text, std::size_t expected) {
    if (text.size() < 2 || !second_fits(byte_at(text, 0), byte_at(text, 1))) return 1;
    std::size_t length = 2;
    while (length < expected && length < text.size() && is_continuation(byte_at(text, length))) {
        ++length;
    }
    return length;
}

}  // namespace

Utf8Step decode_utf8(std::string_view text) {
    if (text.empty()) return {};
    const unsigned lead = byte_at(text, 0);
    const std::size_t expected = expected_length(lead);
    if (expected == 0) return {.length = 1};
    if (expected == 1) return {.length = 1, .code = static_cast<char32_t>(lead), .is_valid = true};
    const std::size_t length = fitting_length(text, expected);
    if (length < expected) return {.length = length};
    unsigned code = lead & (0x7FU >> expected);
    for (std::size_t i = 1; i < expected; ++i)
        code = (code << 6U) | (byte_at(text, i) & 0x3FU);
    return {.length = expected, .code = static_cast<char32_t>(code), .is_valid = true};
}

std::size_t incomplete_utf8_tail(std::string_view text) {
    const std::size_t longest = std::min<std::size_t>(3, text.size());
    for (std::size_t tail = 1; tail <= longest; ++tail) {
        const std::string_view end = text.substr(text.size() - tail);
        const unsigned first = byte_at(end, 0);
        if (is_continuation(first)) continue;
        const std::size_t expected = expected_length(first);
        return expected > tail && fitting_length(end, expected) == tail ? tail : 0;
    }
    return 0;
}

}  // namespace remuda
