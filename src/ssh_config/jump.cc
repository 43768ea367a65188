// SPDX-License-Identifier: MIT
//
// ProxyJump: [user@]host[:port] or ssh://[user@]host[:port], several with commas.
#include "ssh_config/value.h"
#include "ssh_config/words.h"

#include <algorithm>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

constexpr std::string_view kScheme = "ssh://";

struct Hop {
    std::string user;
    std::string host;
    std::string port;
};

// Nothing: ssh refuses it.
std::optional<Hop> parse_hop(std::string_view text) {
    Hop hop;
    const bool is_uri = text.starts_with(kScheme);
    if (is_uri) text.remove_prefix(kScheme.size());
    const std::size_t at = is_uri ? text.find('@') : text.rfind('@');
    if (at != std::string_view::npos) {
        hop.user = text.substr(0, at);
        if (hop.user.empty()) return std::nullopt;
        text.remove_prefix(at + 1);
    }
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        hop.host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        if (!text.empty() && text.front() != ':') return std::nullopt;
    } else {
        const std::size_t colon = text.find(':');
        hop.host = text.substr(0, colon);
        text.remove_prefix(colon == std::string_view::npos ? text.size() : colon);
    }
    if (hop.host.empty() || (is_uri && !is_domain(hop.host))) return std::nullopt;
    if (is_uri && hop.host.ends_with('.')) hop.host.pop_back();
    if (text.size() <= 1) return hop;
    const auto port = port_of(std::string(text.substr(1)));
    if (!port || *port == 0) return std::nullopt;
    hop.port = std::to_string(*port);
    return hop;
}

bool is_address(const std::string& host) {
    return host.find(':') != std::string::npos ||
           host.find_first_not_of("1234567890.") == std::string::npos;
}

// Versions differ in what they make of comments and blanks, and a URI has escapes and parameters.
bool is_odd(std::string_view text) {
    if (text.find_first_of(" \t\r\n\f\v#\"'\\/;") == std::string_view::npos) return false;
    if (text.find_first_of(" \t\r\n\f\v#\"'\\;") != std::string_view::npos) return true;
    // Slashes: those of the scheme alone.
    std::string_view left = text;
    while (true) {
        std::string_view hop = left.substr(0, left.find(','));
        const std::size_t length = hop.size();
        if (hop.starts_with(kScheme)) {
            hop.remove_prefix(kScheme.size());
            if (hop.find_first_of("/%[") != std::string_view::npos) return true;
        } else if (hop.find('/') != std::string_view::npos) {
            return true;
        }
        if (length == left.size()) return false;
        left.remove_prefix(length + 1);
    }
}

}  // namespace

Reading read_jump(const Input& input) {
    const std::size_t begin = std::min(input.rest.find_first_not_of(" \t\r\n="), input.rest.size());
    const std::string_view text = input.rest.substr(begin);
    Reading result;
    if (is_same_word(text, "none")) {
        result = value("none");
    } else if (is_odd(text)) {
        result = doubtful_file("ProxyJump in an uncommon form");
    } else {
        // All are looked at; the last one is taken apart.
        Hop last;
        std::size_t begin_of_last = 0;
        for (std::size_t from = 0; from <= text.size();) {
            const std::size_t end = std::min(text.find(',', from), text.size());
            auto hop = parse_hop(text.substr(from, end - from));
            if (!hop) return refused(fmt::format("Invalid ProxyJump \"{}\"", text));
            last = std::move(*hop);
            begin_of_last = from;
            from = end + 1;
        }
        std::string printed(text.substr(0, begin_of_last));
        if (!last.user.empty()) printed += last.user + "@";
        printed += is_address(last.host) ? "[" + last.host + "]" : last.host;
        if (!last.port.empty()) printed += ":" + last.port;
        result = value(std::move(printed));
        // For the check against a host that is its own way: user, host, port of the last.
        result.values.insert(result.values.end(), {last.user, last.host, last.port});
    }
    result.used = input.arguments.size();
    return result;
}

}  // namespace remuda::ssh_config
