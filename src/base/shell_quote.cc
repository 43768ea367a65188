// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

namespace remuda {

namespace {

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@%+=:,./_-").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quote(std::string_view text) {
    bool plain = !text.empty();
    for (const char c : text)
        plain = plain && is_plain(c);
    if (plain) return std::string(text);

    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    quoted += '\'';
    return quoted;
}

}  // namespace remuda
