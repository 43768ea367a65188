// SPDX-License-Identifier: MIT
#include "ssh_config/expand.h"

#include <cstddef>
#include <optional>

#include <fmt/core.h>

#include <pwd.h>
#include <unistd.h>

namespace remuda::ssh_config {

namespace {

Error invalid(std::string text) {
    return {Code::invalid_input, std::move(text)};
}

// Nothing: no such token.
std::optional<std::string> token(char name, const Tokens& tokens) {
    switch (name) {
        case '%':
            return "%";
        case 'd':
            return tokens.home;
        case 'h':
            return tokens.host_name;
        case 'i':
            return std::to_string(tokens.uid);
        case 'j':
            return tokens.jump;
        case 'k':
            return tokens.host_key_alias;
        case 'L':
            return tokens.local_host.substr(0, tokens.local_host.find('.'));
        case 'l':
            return tokens.local_host;
        case 'n':
            return tokens.original_name;
        case 'p':
            return std::to_string(tokens.port);
        case 'r':
            return tokens.user;
        case 'u':
            return tokens.local_user;
        default:
            return std::nullopt;
    }
}

std::optional<std::string> home_of(const std::string& user) {
    passwd entry{};
    passwd* found = nullptr;
    char buffer[16384];
    if (::getpwnam_r(user.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr)
        return std::nullopt;
    return found->pw_dir;
}

}  // namespace

Result<std::string> expand_with(std::string_view text, const Tokens& tokens,
                                const Environment& environment, Expansion kind) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (kind.variables && text.substr(at).starts_with("${")) {
            const std::size_t end = text.find('}', at);
            if (end == std::string_view::npos)
                return invalid(fmt::format("'}}' is missing in {}", text));
            const std::string name(text.substr(at + 2, end - at - 2));
            if (name.empty()) return invalid(fmt::format("a variable without a name in {}", text));
            const auto value =
                environment.variable ? environment.variable(name) : std::optional<std::string>();
            if (!value) return invalid(fmt::format("the variable {} is not set", name));
            result += *value;
            at = end;
            continue;
        }
        if (text[at] != '%' || !kind.tokens) {
            result += text[at];
            continue;
        }
        if (++at == text.size()) return invalid(fmt::format("a lone % at the end of {}", text));
        if (text[at] == 'C' && kind.leaves_hash) {
            result += "%C";
        } else if (const auto value = token(text[at], tokens)) {
            result += *value;
        } else {
            return invalid(fmt::format("unknown token %{} in {}", text[at], text));
        }
    }
    return result;
}

Result<std::string> expand_variables(std::string_view text, const Environment& environment) {
    return expand_with(text, {}, environment, {.tokens = false});
}

Result<std::string> expand_home(std::string_view text, const std::string& home) {
    if (!text.starts_with('~')) return std::string(text);
    const std::size_t slash = text.find('/');
    const std::string user(text.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    std::string result = home;
    if (!user.empty()) {
        const auto other = home_of(user);
        if (!other) return invalid(fmt::format("no such user {}", user));
        result = *other;
    }
    if (!result.ends_with('/')) result += '/';
    const std::size_t rest = text.find_first_not_of('/', slash);
    if (slash != std::string_view::npos && rest != std::string_view::npos)
        result += text.substr(rest);
    return result;
}

Result<std::string> expand_host_name(std::string_view text, std::string_view name) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            result += text[at];
            continue;
        }
        const std::string_view token = text.substr(at, 2);
        if (token != "%h" && token != "%%")
            return invalid(fmt::format("unknown token in HostName {}", text));
        result += token == "%h" ? name : "%";
        ++at;
    }
    return result;
}

Result<std::string> expand(std::string_view text, const Tokens& tokens,
                           const Environment& environment) {
    auto path = expand_home(text, tokens.home);
    if (!path) return path;
    return expand_with(*path, tokens, environment, {});
}

Result<std::string> expand_command(std::string_view text, const Tokens& tokens) {
    return expand_with(text, tokens, {}, {.variables = false});
}

}  // namespace remuda::ssh_config
