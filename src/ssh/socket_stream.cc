// SPDX-License-Identifier: MIT
#include "ssh/reach.h"

#include <utility>

namespace remuda::ssh {

namespace {

class SocketStream final : public Stream {
  public:
    SocketStream(loop::Loop& loop, Fd socket) : loop_(loop), socket_(std::move(socket)) {}
    ~SocketStream() override { loop_.forget(socket_.number()); }
    SocketStream(const SocketStream&) = delete;
    SocketStream& operator=(const SocketStream&) = delete;

    [[nodiscard]] int number() const override { return socket_.number(); }

  private:
    loop::Loop& loop_;
    Fd socket_;
};

}  // namespace

std::unique_ptr<Stream> socket_stream(loop::Loop& loop, Fd socket) {
    return std::make_unique<SocketStream>(loop, std::move(socket));
}

}  // namespace remuda::ssh
