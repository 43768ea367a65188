// SPDX-License-Identifier: MIT
//
// How a front finds the supervisor and hands it a channel: it connects to the socket and sends
//
//     the two ends of the channel, as SCM_RIGHTS with the first byte
//     4 bytes: how long the rest is
//     the home, then NAME=value of its environment, each ended by NUL; its umask is one of them
//
// and gets one byte when that has come. The supervisor closes the socket when the channel has
// ended. Fronts and supervisors of different programs meet here, so this does not change in one
// version.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

namespace remuda::shim::program {

constexpr const char* kSocketName = "socket";
constexpr const char* kLockName = "lock";
constexpr std::size_t kMostHandedOver = std::size_t{8} << 20;
constexpr char kTaken = 'k';
/// Its name is none that a shell could export.
constexpr std::string_view kMaskVariable = "remuda umask=";

/// The address of the socket in an open folder, whose path may be too long for one.
inline sockaddr_un socket_address(int folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + kSocketName;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

}  // namespace remuda::shim::program
