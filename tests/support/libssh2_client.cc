// SPDX-License-Identifier: MIT
#include "support/libssh2_client.h"

#include "support/sshd.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace remuda::test {

void Libssh2Client::FreeSession::operator()(LIBSSH2_SESSION* session) const {
    libssh2_session_free(session);
}

Libssh2Client::Libssh2Client(Fd socket)
    : socket_(std::move(socket)), session_(libssh2_session_init()) {
    if (libssh2_session_handshake(session(), socket_.number()) != 0) {
        throw std::runtime_error(complaint("handshake"));
    }
    const std::string user = current_user();
    const std::string key = SshKeys::shared().user_key();
    if (libssh2_userauth_publickey_fromfile(session(), user.c_str(), (key + ".pub").c_str(),
                                            key.c_str(), nullptr) != 0) {
        throw std::runtime_error(complaint("login"));
    }
}

RemoteResult Libssh2Client::run(const std::string& command) const {
    const Libssh2Channel channel(libssh2_channel_open_session(session()));
    if (!channel || libssh2_channel_exec(channel.get(), command.c_str()) != 0) {
        throw std::runtime_error(complaint(command));
    }
    RemoteResult result;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t size = libssh2_channel_read(channel.get(), buffer.data(), buffer.size());
        if (size <= 0) break;
        result.output.append(buffer.data(), static_cast<std::size_t>(size));
    }
    libssh2_channel_close(channel.get());
    libssh2_channel_wait_closed(channel.get());
    result.exit_status = libssh2_channel_get_exit_status(channel.get());
    return result;
}

std::string Libssh2Client::complaint(const std::string& what) const {
    char* text = nullptr;
    libssh2_session_last_error(session(), &text, nullptr, 0);
    return what + ": " + text;
}

}  // namespace remuda::test
