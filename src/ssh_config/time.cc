// SPDX-License-Identifier: MIT
//
// Numbers, ports and times.
#include "ssh_config/value.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include <climits>

#include <arpa/inet.h>
#include <netdb.h>

namespace remuda::ssh_config {

std::optional<long long> number_of(const std::string& text, long long most) {
    char* end = nullptr;
    errno = 0;
    const long long number = std::strtoll(text.c_str(), &end, 10);
    if (end == text.c_str() || *end != '\0' || errno == ERANGE || number < 0 || number > most)
        return std::nullopt;
    return number;
}

std::optional<int> port_of(const std::string& text) {
    if (const auto number = number_of(text, UINT16_MAX)) return static_cast<int>(*number);
    servent entry{};
    servent* found = nullptr;
    char buffer[4096];
    if (::getservbyname_r(text.c_str(), "tcp", &entry, buffer, sizeof buffer, &found) != 0 ||
        found == nullptr)
        return std::nullopt;
    return ntohs(static_cast<std::uint16_t>(entry.s_port));
}

std::optional<int> seconds_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    long long total = 0;
    const char* at = text.c_str();
    while (*at != '\0') {
        char* end = nullptr;
        errno = 0;
        const long amount = std::strtol(at, &end, 10);
        if (end == at || errno == ERANGE || amount < 0) return std::nullopt;
        long unit = 1;
        switch (*end) {
            case '\0':
                --end;
                break;
            case 's':
            case 'S':
                break;
            case 'm':
            case 'M':
                unit = 60;
                break;
            case 'h':
            case 'H':
                unit = 3600;
                break;
            case 'd':
            case 'D':
                unit = 86400;
                break;
            case 'w':
            case 'W':
                unit = 604800;
                break;
            default:
                return std::nullopt;
        }
        at = end + 1;
        if (amount > INT_MAX / unit || amount * unit > INT_MAX - total) return std::nullopt;
        total += amount * unit;
    }
    return static_cast<int>(total);
}

}  // namespace remuda::ssh_config
