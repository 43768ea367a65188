// SPDX-License-Identifier: MIT
//
// Forwardings. Commands run without them, so only their plain forms are read: what ssh would make
// of the others it is asked itself.
#include "ssh_config/value.h"

#include <cstdint>

#include <climits>
#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

// ssh puts both ends into a buffer of this size, with a colon and a NUL.
constexpr std::size_t kLongest = 254;
constexpr std::size_t kLongestPath = 100;

struct End {
    /// Empty: a port alone.
    std::string host;
    std::string port;
    /// Not empty: a Unix socket.
    std::string path;

    [[nodiscard]] std::string printed() const {
        if (!path.empty()) return path;
        return host.empty() ? port : fmt::format("[{}]:{}", host, port);
    }
};

bool is_plain(std::string_view text) {
    return !text.empty() && text.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./*%") == std::string_view::npos;
}

// Nothing: not a plain form.
std::optional<End> parse_end(const std::string& text) {
    End end;
    if (text.starts_with('/')) {
        if (!is_plain(text) || text.size() > kLongestPath) return std::nullopt;
        end.path = text;
        return end;
    }
    std::string_view left = text;
    if (left.starts_with('[')) {
        const std::size_t close = left.find("]:");
        if (close == std::string_view::npos || close < 2) return std::nullopt;
        end.host = left.substr(1, close - 1);
        if (end.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos)
            return std::nullopt;
        left.remove_prefix(close + 2);
    } else if (const std::size_t colon = left.find(':'); colon != std::string_view::npos) {
        end.host = left.substr(0, colon);
        if (!is_plain(end.host) || end.host.find('/') != std::string::npos) return std::nullopt;
        left.remove_prefix(colon + 1);
    }
    end.port = left;
    if (end.port.empty() || end.port.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return end;
}

bool is_port(const End& end, bool may_be_zero) {
    const auto number = number_of(end.port, UINT16_MAX);
    return number && (may_be_zero || *number > 0);
}

Reading odd() {
    return doubtful_file("a forwarding in an uncommon form");
}
Reading bad() {
    return refused("Bad forwarding specification.");
}

std::string plain_port(const End& end) {
    return std::to_string(number_of(end.port, UINT16_MAX).value_or(0));
}

// `listens_at_zero`: the server chooses the port.
Reading read_pair(const Input& input, bool listens_at_zero) {
    if (input.arguments[0].size() + input.arguments[1].size() > kLongest) return odd();
    auto listen = parse_end(input.arguments[0]);
    auto target = parse_end(input.arguments[1]);
    if (!listen || !target || (target->path.empty() && target->host.empty())) return odd();
    for (End* end : {&*listen, &*target}) {
        if (!end->path.empty()) continue;
        if (!is_port(*end, end == &*listen && listens_at_zero)) return bad();
        end->port = plain_port(*end);
    }
    Reading result = value(listen->printed() + " " + target->printed());
    result.used = 2;
    return result;
}

}  // namespace

Reading read_local_forward(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    if (input.arguments.size() < 2 || input.arguments[1].empty())
        return refused("Missing target argument.");
    return read_pair(input, false);
}

Reading read_remote_forward(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    if (input.arguments.size() >= 2) {
        if (input.arguments[1].empty()) return odd();
        return read_pair(input, true);
    }
    auto listen = parse_end(input.arguments[0]);
    if (!listen || !listen->path.empty() || input.arguments[0].size() > kLongest) return odd();
    if (!is_port(*listen, true)) return bad();
    listen->port = plain_port(*listen);
    return value(listen->printed() + " [socks]:0");
}

Reading read_dynamic_forward(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    auto listen = parse_end(input.arguments[0]);
    if (!listen || !listen->path.empty() || input.arguments[0].size() > kLongest) return odd();
    if (!is_port(*listen, false)) return bad();
    listen->port = plain_port(*listen);
    return value(listen->printed());
}

Reading read_permitted_opens(const Input& input) {
    Reading result;
    result.used = input.arguments.size();
    const std::string_view first = input.first();
    if (input.arguments.size() == 1 && (first == "any" || first == "none")) {
        result.values = input.arguments;
        return result;
    }
    for (const std::string& word : input.arguments) {
        const bool is_any_port = word.ends_with(":*");
        const auto end = parse_end(is_any_port ? word.substr(0, word.size() - 1) + "1" : word);
        if (!end || end->host.empty() || !is_port(*end, false)) return odd();
    }
    if (input.arguments.empty()) return odd();
    result.values = input.arguments;
    return result;
}

}  // namespace remuda::ssh_config
