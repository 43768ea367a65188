// SPDX-License-Identifier: MIT
#include "ssh/option_values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace remuda::ssh {

namespace {

std::optional<Jump> jump_of(std::string_view text) {
    constexpr std::string_view scheme = "ssh://";
    const bool is_uri = text.starts_with(scheme);
    if (is_uri) text.remove_prefix(scheme.size());
    if (is_uri && text.ends_with('/')) text.remove_suffix(1);
    Jump jump;
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        jump.user = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        jump.name = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return std::nullopt;
        if (!port.empty()) port.remove_prefix(1);
    } else {
        // More than one colon: an IPv6 address without brackets.
        const std::size_t colon = text.find(':');
        const bool has_port = colon != std::string_view::npos && text.rfind(':') == colon;
        jump.name = has_port ? text.substr(0, colon) : text;
        if (has_port) port = text.substr(colon + 1);
    }
    if (!port.empty()) {
        constexpr long most = 65535;
        const auto number = number_of(port);
        if (!number || *number < 1 || *number > most) return std::nullopt;
        jump.port = static_cast<std::uint16_t>(*number);
    }
    if (jump.name.empty()) return std::nullopt;
    return jump;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool is_open = false;
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '"') {
            if (!is_open && !is_quoted) words.emplace_back();
            is_quoted = !is_quoted;
            is_open = true;
        } else if ((c == ' ' || c == '\t') && !is_quoted) {
            is_open = false;
        } else {
            if (!is_open) words.emplace_back();
            is_open = true;
            words.back() += c;
        }
    }
    return words;
}

std::optional<long> number_of(std::string_view text) {
    long number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<JumpRoute> jumps_of(std::string_view list) {
    JumpRoute route;
    while (!list.empty()) {
        const std::string_view text = list.substr(0, list.find(','));
        list.remove_prefix(std::min(text.size() + 1, list.size()));
        auto jump = jump_of(text);
        if (!jump) return std::nullopt;
        route.jumps.push_back(std::move(*jump));
    }
    if (route.jumps.empty()) return std::nullopt;
    return route;
}

}  // namespace remuda::ssh
