// SPDX-License-Identifier: MIT
#include "ssh/known_hosts_line.h"

#include "remuda/ssh_config/pattern.h"
#include "ssh/known_hosts.h"
#include "ssh/wire.h"

#include <algorithm>

namespace remuda::ssh {

namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kHashMagic = "|1|";
constexpr std::size_t kSha1Bytes = 20;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

// Takes the next word off `line`, with the blanks around it.
std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    return word;
}

bool parse_hash(std::string_view word, KnownHostsLine& parsed) {
    word.remove_prefix(kHashMagic.size());
    const std::size_t bar = word.find('|');
    if (bar == std::string_view::npos) return false;
    auto salt = base64_decoded(word.substr(0, bar));
    auto hash = base64_decoded(word.substr(bar + 1));
    if (!salt || salt->size() != kSha1Bytes || !hash || hash->size() != kSha1Bytes) return false;
    parsed.salt = std::move(*salt);
    parsed.hash = std::move(*hash);
    return true;
}

void parse_patterns(std::string_view word, KnownHostsLine& parsed) {
    while (!word.empty()) {
        const std::string_view pattern = word.substr(0, word.find(','));
        word.remove_prefix(std::min(pattern.size() + 1, word.size()));
        if (!pattern.empty()) parsed.patterns.push_back(lower_case(pattern));
    }
}

}  // namespace

bool KnownHostsLine::is_plain() const {
    return !is_hashed() && std::all_of(patterns.begin(), patterns.end(), [](const std::string& p) {
        return p[0] != '!' && p.find_first_of("*?") == std::string::npos;
    });
}

bool KnownHostsLine::names(std::string_view name) const {
    bool matched = false;
    for (const std::string_view pattern : patterns) {
        const bool negated = pattern[0] == '!';
        if (!ssh_config::matches(name, negated ? pattern.substr(1) : pattern)) continue;
        if (negated) return false;
        matched = true;
    }
    return matched;
}

std::optional<KnownHostsLine> parse_known_hosts_line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find('\0') != std::string_view::npos) return std::nullopt;
    KnownHostsLine parsed;
    std::string_view word = next_word(line);
    if (word.empty() || word[0] == '#') return std::nullopt;
    if (word[0] == '@') {
        if (word == "@cert-authority") {
            parsed.marker = KnownHostsLine::Marker::cert_authority;
        } else if (word == "@revoked") {
            parsed.marker = KnownHostsLine::Marker::revoked;
        } else {
            return std::nullopt;
        }
        word = next_word(line);
        if (word.empty() || word[0] == '@' || word[0] == '#') return std::nullopt;
    }
    if (word.starts_with(kHashMagic)) {
        if (!parse_hash(word, parsed)) return std::nullopt;
    } else {
        parse_patterns(word, parsed);
        if (parsed.patterns.empty()) return std::nullopt;
    }
    const std::string_view type = next_word(line);
    auto key = base64_decoded(next_word(line));
    if (type.empty() || !key || key_type(*key) != type) return std::nullopt;
    parsed.key = std::move(*key);
    return parsed;
}

std::string known_hosts_name(std::string_view name, std::uint16_t port) {
    if (port == 22) return lower_case(name);
    return "[" + lower_case(name) + "]:" + std::to_string(port);
}

}  // namespace remuda::ssh
