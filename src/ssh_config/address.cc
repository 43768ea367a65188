// SPDX-License-Identifier: MIT
#include "ssh_config/expand.h"
#include "ssh_config/words.h"

#include <memory>

#include <netdb.h>
#include <sys/socket.h>

namespace remuda::ssh_config {

namespace {

bool can_only_be_address(std::string_view name) {
    return name.find_first_of("%:") != std::string_view::npos ||
           name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The shorthand forms of inet_aton(3) count: "127.1", "0x7f000001".
bool may_be_address(std::string_view name) {
    return can_only_be_address(name) || (name.front() >= '0' && name.front() <= '9');
}

}  // namespace

std::string normalised_host(const std::string& name, std::string_view family) {
    if (name.empty() || !may_be_address(name)) return lowered(name);
    addrinfo hints{};
    hints.ai_family = family == "inet" ? AF_INET : family == "inet6" ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* first = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &first) != 0)
        return can_only_be_address(name) ? name : lowered(name);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, ::freeaddrinfo);
    char address[NI_MAXHOST];
    if (first->ai_next != nullptr || ::getnameinfo(first->ai_addr, first->ai_addrlen, address,
                                                   sizeof address, nullptr, 0, NI_NUMERICHOST) != 0)
        return can_only_be_address(name) ? name : lowered(name);
    return is_same_word(name, address) ? name : address;
}

}  // namespace remuda::ssh_config
