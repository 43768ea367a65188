// SPDX-License-Identifier: MIT
//
// Reach: a connected byte stream to a host, whatever the route: TCP, a ProxyCommand's socketpair,
// or a channel through jump hosts, which is pumped to a socketpair of ours. Whoever speaks SSH over
// it need not know.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/pacer.h"

#include <memory>
#include <string>

namespace remuda::ssh {

/// A stream, and what keeps it up: it is closed when this is destroyed.
class Stream {
  public:
    virtual ~Stream() = default;
    /// Non-blocking; stays this object's.
    [[nodiscard]] virtual int number() const = 0;
    /// Where the route broke, if it is known better than "connection broken" ("bastion: ..."); else
    /// empty. Known before the stream is seen to end.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
    /// The first jump host on the way, if nothing has come from any of them since `since`, else one
    /// behind it of which that is true; empty: the last one speaks.
    [[nodiscard]] virtual std::string silent_jump(Time /*since*/) const { return {}; }
};

/// A socket that is connected already; `loop` outlives the stream.
[[nodiscard]] std::unique_ptr<Stream> socket_stream(loop::Loop& loop, Fd socket);

/// Makes streams; shared by all hosts of a run, so that jump hosts are shared: a bastion serves
/// many targets over few connections, and logins through it are paced.
class Reach {
  public:
    virtual ~Reach() = default;

    /// Within `connect_timeout`, which does not count the time that a jump host takes to come up:
    /// that has deadlines of its own. Errors as `dial`, and as of the login to a jump host; texts
    /// name the jump at fault.
    virtual loop::Task<Result<std::unique_ptr<Stream>>> connect(const HostSettings& settings,
                                                                loop::Stop& stop) = 0;

    /// Whoever logs in to the host holds a place of this from before `connect` until the login has
    /// ended. One for all that is reached from here, and one for each jump host.
    [[nodiscard]] virtual Pacer& logins(const HostSettings& settings) = 0;

    /// Ends the connections to jump hosts that nobody uses any more, and the tasks that went with
    /// streams. Await it when a host's streams are gone; after the last host has, nothing runs.
    virtual loop::Task<> rest() = 0;
};

}  // namespace remuda::ssh
