// SPDX-License-Identifier: MIT
#include "inventory/address.h"

#include "remuda/inventory/inventory.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace remuda::inventory {

namespace {

Error fault(std::string text) {
    return {Code::invalid_input, std::move(text)};
}

// The name and the digits of the port behind it; nullopt where there is no colon for a port.
struct NameAndPort {
    std::string_view name;
    std::optional<std::string_view> port;
};

Result<NameAndPort> split_port(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return fault("a '[' without ']'");
        const std::string_view rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') {
            return fault("only ':' and a port may follow an address in brackets");
        }
        NameAndPort split{text.substr(1, close - 1), std::nullopt};
        if (!rest.empty()) split.port = rest.substr(1);
        return split;
    }
    const std::size_t colon = text.find(':');
    // Several colons without brackets: an IPv6 address, whose port nobody could tell apart.
    if (colon == std::string_view::npos || colon != text.rfind(':')) {
        return NameAndPort{text, std::nullopt};
    }
    return NameAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Result<std::uint16_t> parse_port(std::string_view digits) {
    unsigned value = 0;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): from_chars takes the end, too.
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || stop != end || value < 1 || value > 65535) {
        return fault("a port is a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(value);
}

Result<void> check_login_word(std::string_view word, const std::string& what) {
    if (word.empty()) return fault(what + " is empty");
    if (word.front() == '-') return fault(what + " begins with '-', as an option of ssh does");
    const bool has_blank = std::any_of(word.begin(), word.end(),
                                       [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
    if (has_blank) return fault(what + " holds a blank or a control character");
    return {};
}

Result<Address> parse_address(std::string_view text) {
    constexpr std::string_view scheme = "ssh://";
    const bool is_url = text.starts_with(scheme);
    if (is_url) text.remove_prefix(scheme.size());
    if (is_url && text.ends_with('/')) text.remove_suffix(1);

    Address address;
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
        address.user = text.substr(0, at);
        if (auto done = check_login_word(address.user, "the user"); !done) return done.error();
        text.remove_prefix(at + 1);
    }
    const auto split = split_port(text);
    if (!split) return split.error();
    address.name = split->name;
    if (auto done = check_login_word(address.name, "the host name"); !done) return done.error();
    if (address.name.find('/') != std::string::npos) return fault("the host name holds a '/'");
    const std::optional<std::string_view> digits = split->port;
    if (digits) {
        const auto port = parse_port(*digits);
        if (!port) return port.error();
        address.port = *port;
    }
    return address;
}

}  // namespace remuda::inventory
