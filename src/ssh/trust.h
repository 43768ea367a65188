// SPDX-License-Identifier: MIT
//
// Trust: whether the key that a server showed may be relied on; the only place that decides it.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/client.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/known_hosts.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace remuda::ssh {

class Trust {
  public:
    enum class Answer {
        trusted,
        /// The user must be asked: hang up (logins have a time limit on the server), call `ask`,
        /// and connect again if that agrees.
        ask_first,
    };

    Trust(loop::Loop& loop, const Settings& settings, const Log& log);

    /// Types of keys that are known for this host, to be asked for first.
    [[nodiscard]] std::vector<std::string> known_types(const HostSettings& host);

    /// Whether the host is trusted by a certificate authority alone, which the library cannot
    /// check.
    [[nodiscard]] bool is_certificate_only(const HostSettings& host);

    /// Judges `key`. An Error (not_authorised) says why it is refused and what the user can do.
    [[nodiscard]] Result<Answer> judge(const HostSettings& host, const std::string& key);

    /// Waits until every host that is on its way to its host key has got there, then puts one
    /// question for all that need it.
    loop::Task<Result<void>> ask(const HostSettings& host, std::string key, loop::Stop& stop);

    /// A host on its way to its host key holds one of these; `ask` waits for the others.
    class Arrival {
      public:
        explicit Arrival(Trust& trust) : trust_(trust) { ++trust_.on_their_way_; }
        ~Arrival() { settle(); }
        Arrival(const Arrival&) = delete;
        Arrival& operator=(const Arrival&) = delete;
        /// Its key was judged, or it will never get there.
        void settle();
        /// It is on its way again.
        void set_out_again();
        [[nodiscard]] bool is_settled() const { return is_settled_; }

      private:
        Trust& trust_;
        bool is_settled_ = false;
    };

  private:
    struct Question {
        const HostSettings* host;
        std::string key;
        bool is_answered = false;
        bool is_accepted = false;
        loop::Notice answered;
    };
    loop::Task<> put_questions(loop::Stop& stop);
    Result<void> remember(const HostSettings& host, const std::string& key);
    KnownHosts& known(const HostSettings& host);

    loop::Loop& loop_;
    const Settings& settings_;
    const Log& log_;
    // By the files, which are read once for all hosts that use the same.
    std::map<std::vector<std::string>, KnownHosts> known_;
    std::size_t on_their_way_ = 0;
    bool is_asking_ = false;
    loop::Notice all_arrived_;
    std::vector<Question*> questions_;
};

}  // namespace remuda::ssh
