// SPDX-License-Identifier: MIT
#include "support/libssh2_client.h"

#include "support/sshd.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <sys/socket.h>

namespace remuda::test {

Libssh2Client::Libssh2Client(Fd socket, const std::string& cipher)
    : socket_(std::move(socket)), session_(libssh2_session_init()) {
    libssh2_session_set_blocking(session(), 0);
    if (!cipher.empty()) {
        libssh2_session_method_pref(session(), LIBSSH2_METHOD_CRYPT_CS, cipher.c_str());
        libssh2_session_method_pref(session(), LIBSSH2_METHOD_CRYPT_SC, cipher.c_str());
    }
    if (finish([&] { return libssh2_session_handshake(session(), socket_.number()); }) != 0) {
        throw std::runtime_error(complaint("handshake"));
    }
}

Libssh2Client::~Libssh2Client() {
    // Without a peer libssh2 frees everything at once instead of asking to be called again.
    ::shutdown(socket_.number(), SHUT_RDWR);
}

void Libssh2Client::log_in() const {
    const std::string user = current_user();
    const std::string key = SshKeys::shared().user_key();
    const int failed = finish([&] {
        return libssh2_userauth_publickey_fromfile(session(), user.c_str(), (key + ".pub").c_str(),
                                                   key.c_str(), nullptr);
    });
    if (failed != 0) throw std::runtime_error(complaint("login"));
}

Libssh2Channel Libssh2Client::open() const {
    for (;;) {
        Libssh2Channel channel(libssh2_channel_open_session(session()));
        if (channel) return channel;
        if (libssh2_session_last_errno(session()) != LIBSSH2_ERROR_EAGAIN) {
            throw std::runtime_error(complaint("open"));
        }
        wait();
    }
}

Libssh2Channel Libssh2Client::start(const std::string& command) const {
    Libssh2Channel channel = open();
    if (finish([&] { return libssh2_channel_exec(channel.get(), command.c_str()); }) != 0) {
        throw std::runtime_error(complaint(command));
    }
    return channel;
}

std::string Libssh2Client::read_to_the_end(LIBSSH2_CHANNEL* channel) const {
    std::string output;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t size =
            finish([&] { return libssh2_channel_read(channel, buffer.data(), buffer.size()); });
        if (size <= 0) return output;
        output.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

RemoteResult Libssh2Client::run(const std::string& command) const {
    const Libssh2Channel channel = start(command);
    RemoteResult result;
    result.output = read_to_the_end(channel.get());
    if (finish([&] { return libssh2_channel_wait_closed(channel.get()); }) != 0) {
        throw std::runtime_error(complaint(command));
    }
    result.exit_status = libssh2_channel_get_exit_status(channel.get());
    return result;
}

void Libssh2Client::wait() const {
    pollfd server{.fd = socket_.number(), .events = POLLIN, .revents = 0};
    (void)::poll(&server, 1, 10);
}

std::string Libssh2Client::complaint(const std::string& what) const {
    char* text = nullptr;
    const int code = libssh2_session_last_error(session(), &text, nullptr, 0);
    return what + ": " + text + " (" + std::to_string(code) + ")";
}

}  // namespace remuda::test
