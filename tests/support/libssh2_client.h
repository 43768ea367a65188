// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <memory>
#include <string>

#include <libssh2.h>

#include <poll.h>

namespace remuda::test {

struct RemoteResult {
    std::string output;
    int exit_status = -1;
};

struct FreeChannel {
    void operator()(LIBSSH2_CHANNEL* channel) const { libssh2_channel_free(channel); }
};
using Libssh2Channel = std::unique_ptr<LIBSSH2_CHANNEL, FreeChannel>;

/// A connection made by plain libssh2 in non-blocking mode, for tests of libssh2 and of the test
/// servers. Failures throw std::runtime_error with libssh2's complaint.
class Libssh2Client {
  public:
    /// Does the key exchange, with `cipher` alone if one is named.
    explicit Libssh2Client(Fd socket, const std::string& cipher = {});
    ~Libssh2Client();
    Libssh2Client(const Libssh2Client&) = delete;
    Libssh2Client& operator=(const Libssh2Client&) = delete;

    /// Logs in as the current user with the shared ed25519 key.
    void log_in() const;
    [[nodiscard]] Libssh2Channel open() const;
    /// A channel on which `command` has been started.
    [[nodiscard]] Libssh2Channel start(const std::string& command) const;
    /// Reads stdout until the channel ends in whichever way.
    [[nodiscard]] std::string read_to_the_end(LIBSSH2_CHANNEL* channel) const;
    /// Runs `command` to its end.
    [[nodiscard]] RemoteResult run(const std::string& command) const;

    /// Calls `call` until its result is another than LIBSSH2_ERROR_EAGAIN, and returns that.
    template <class Call>
    [[nodiscard]] auto finish(Call call) const {
        for (;;) {
            const auto result = call();
            if (result != LIBSSH2_ERROR_EAGAIN) return result;
            wait();
        }
    }
    /// Waits for the server, but not for long: libssh2 may hold received packets already.
    void wait() const;

    [[nodiscard]] LIBSSH2_SESSION* session() const { return session_.get(); }
    /// "<what>: <the last error of the session> (<its number>)".
    [[nodiscard]] std::string complaint(const std::string& what) const;

  private:
    struct FreeSession {
        void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
    };
    Fd socket_;
    std::unique_ptr<LIBSSH2_SESSION, FreeSession> session_;
};

}  // namespace remuda::test
