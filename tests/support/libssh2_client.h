// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <memory>
#include <string>

#include <libssh2.h>

namespace remuda::test {

struct RemoteResult {
    std::string output;
    int exit_status = -1;
};

/// A connection made by plain libssh2 with a blocking socket, for tests of libssh2 and of the test
/// servers. Logs in with the shared ed25519 key; throws std::runtime_error with libssh2's
/// complaint.
class Libssh2Client {
  public:
    explicit Libssh2Client(Fd socket);

    /// Runs `command` to its end and reads what it writes to stdout.
    [[nodiscard]] RemoteResult run(const std::string& command) const;

    [[nodiscard]] LIBSSH2_SESSION* session() const { return session_.get(); }
    /// "<what>: <the last error of the session>".
    [[nodiscard]] std::string complaint(const std::string& what) const;

  private:
    struct FreeSession {
        void operator()(LIBSSH2_SESSION* session) const;
    };
    Fd socket_;
    std::unique_ptr<LIBSSH2_SESSION, FreeSession> session_;
};

struct FreeChannel {
    void operator()(LIBSSH2_CHANNEL* channel) const { libssh2_channel_free(channel); }
};
using Libssh2Channel = std::unique_ptr<LIBSSH2_CHANNEL, FreeChannel>;

}  // namespace remuda::test
