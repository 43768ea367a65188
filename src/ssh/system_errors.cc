// SPDX-License-Identifier: MIT
#include "ssh/system_errors.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/core.h>

namespace remuda::ssh {

namespace {

struct Sign {
    std::string_view text;
    Code code;
};

// The first that is found tells; messages of OpenSSH 7 to 10, at LogLevel ERROR.
constexpr std::array kSigns{
    Sign{"Bad configuration option", Code::invalid_input},
    Sign{"bad configuration option", Code::invalid_input},
    Sign{"Bad owner or permissions on", Code::invalid_input},
    Sign{"Unsupported option", Code::invalid_input},
    Sign{"missing argument", Code::invalid_input},
    Sign{"no argument after keyword", Code::invalid_input},
    Sign{"Can't open user config file", Code::not_found},
    Sign{"Permission denied", Code::not_authorised},
    Sign{"Too many authentication failures", Code::not_authorised},
    Sign{"No more authentication methods", Code::not_authorised},
    Sign{"Could not resolve hostname", Code::unreachable},
    Sign{"Connection refused", Code::unreachable},
    Sign{"No route to host", Code::unreachable},
    Sign{"Network is unreachable", Code::unreachable},
    Sign{"Connection timed out", Code::timed_out},
    Sign{"Operation timed out", Code::timed_out},
    Sign{"Unable to negotiate", Code::protocol},
    // Without another reason: the server hung up before its greeting, as it does when it has too
    // many logins under way.
    Sign{"ssh_exchange_identification: ", Code::busy},
    Sign{"kex_exchange_identification: ", Code::busy},
};

std::string cleaned(std::string_view line) {
    std::string clean = sanitised(line, false);
    while (!clean.empty() && (clean.back() == ' ' || clean.back() == '.' || clean.back() == '\r')) {
        clean.pop_back();
    }
    return clean;
}

// The line of `said` that has `text` in it.
std::string line_with(std::string_view said, std::string_view text) {
    const std::size_t at = said.find(text);
    if (at == std::string_view::npos) return {};
    const std::size_t before = said.rfind('\n', at);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return cleaned(said.substr(begin, said.find('\n', at) - begin));
}

Error host_key_error(std::string_view said, const std::string& name) {
    if (said.find("HOST IDENTIFICATION HAS CHANGED") != std::string_view::npos) {
        // "Offending ED25519 key in /home/u/.ssh/known_hosts:3"
        std::string where = line_with(said, "Offending ");
        if (where.empty()) where = "see known_hosts";
        return {Code::not_authorised,
                fmt::format("the host key has changed: {}. If that is right, remove the line; if "
                            "not, somebody may be in between",
                            where)};
    }
    if (said.find("revoked") != std::string_view::npos) {
        return {Code::not_authorised, "the host key is revoked: " + line_with(said, "revoked")};
    }
    return {Code::not_authorised,
            fmt::format("host key not known; check it and accept it with `ssh {}` once", name)};
}

}  // namespace

std::string last_line(std::string_view said) {
    while (!said.empty()) {
        const std::size_t before = said.rfind('\n');
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        std::string line = cleaned(said.substr(begin));
        if (!line.empty()) return line;
        said = said.substr(0, begin == 0 ? 0 : begin - 1);
    }
    return {};
}

Error login_error(std::string_view said, const std::string& name, int exit_code) {
    if (exit_code == 127) {
        return {Code::not_found, "no ssh program here: install OpenSSH's client"};
    }
    if (said.find("Host key verification failed") != std::string_view::npos) {
        return host_key_error(said, name);
    }
    for (const Sign& sign : kSigns) {
        const std::string line = line_with(said, sign.text);
        if (!line.empty()) return {sign.code, line.starts_with("ssh: ") ? line : "ssh: " + line};
    }
    const std::string line = last_line(said);
    if (!line.empty()) return {Code::unreachable, "ssh: " + line};
    return {Code::unreachable,
            fmt::format("ssh ended with exit code {} and said nothing", exit_code)};
}

Passage passage_of(std::string_view log) {
    const auto says = [log](std::string_view text) {
        return log.find(text) != std::string_view::npos;
    };
    // Only then is it known that ssh got no further with the master.
    if (!says(kUnsent)) return Passage::unknown;
    if (says("session request failed") || says("refused session request")) return Passage::refused;
    // The request was sent, and its answer did not come.
    if (says("read from master failed") || says("unexpected response")) return Passage::unknown;
    return Passage::no_master;
}

}  // namespace remuda::ssh
