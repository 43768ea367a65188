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

#include <memory>

namespace remuda::ssh {

/// A stream, and what keeps it up: it is closed when this is destroyed.
class Stream {
  public:
    virtual ~Stream() = default;
    /// Non-blocking; stays this object's.
    [[nodiscard]] virtual int number() const = 0;
    /// Where the route broke, if it is known better than "connection broken" ("bastion: ..."); else
    /// empty.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
};

/// Makes streams; shared by all hosts of a run, so that jump hosts are shared: a bastion serves
/// many targets over few connections, and logins through it are paced.
class Reach {
  public:
    virtual ~Reach() = default;
    /// Errors as `dial`; texts name the jump at fault.
    virtual loop::Task<Result<std::unique_ptr<Stream>>> connect(const HostSettings& settings,
                                                                Time deadline,
                                                                loop::Stop& stop) = 0;
};

}  // namespace remuda::ssh
