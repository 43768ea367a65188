// SPDX-License-Identifier: MIT
//
// Hosts: the machines as `remuda hosts` shows them, for people and for programs.
#pragma once

#include "remuda/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::output {

struct ListedHost {
    enum class State {
        /// It was not looked at, or not to the end.
        unknown,
        ok,
        down,
        /// It is there, and does not let us in, or its key is not trusted.
        not_authorised,
        /// The files that say how to reach it are wrong.
        faulty,
    };

    /// As the user wrote it.
    std::string name;
    State state = State::unknown;
    /// "library", "ssh" or "local"; empty: it could not be found out.
    std::string way;
    /// Why that way; may be empty.
    std::string why;
    /// What is wrong, and what can be done about it.
    std::string reason;
    /// `user@name:port` as it is really connected to; empty for a local one.
    std::string address;
    std::string user;
    std::string host_name;
    std::uint16_t port = 0;
    /// Hosts on the way, nearest first.
    std::vector<std::string> jumps;
    /// A ProxyCommand; empty without one.
    std::string proxy_command;
    std::string host_key_type;
    std::string fingerprint;
    std::optional<Duration> login;
    std::optional<Duration> round_trip;
    /// Of what hosts.yaml makes of it; 0: it is not there.
    std::size_t nodes = 0;
    std::size_t slots = 0;
    /// `file:line`; empty: it is not in a file.
    std::string place;
    /// What was negotiated and the like: a short name and a value for each.
    std::vector<std::pair<std::string, std::string>> details;
    std::vector<std::string> notes;
};

/// A table of what is in the files, one line a host. `columns`: the width of the terminal, or 0 for
/// no limit.
[[nodiscard]] std::string hosts_list(const std::vector<ListedHost>& hosts, std::size_t columns);

/// A table of what was found, with indented lines below a host that there is more to say of;
/// `with_details`: all of it.
[[nodiscard]] std::string hosts_check(const std::vector<ListedHost>& hosts, std::size_t columns,
                                      bool with_details);

/// The same table line by line, in whatever order the hosts become known.
class CheckRows {
  public:
    /// `hosts`: what is known of them beforehand, which decides how wide the columns are.
    CheckRows(const std::vector<ListedHost>& hosts, std::size_t columns, bool with_details);
    ~CheckRows();
    CheckRows(const CheckRows&) = delete;
    CheckRows& operator=(const CheckRows&) = delete;

    [[nodiscard]] std::string head() const;
    [[nodiscard]] std::string lines_of(const ListedHost& host);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "3 hosts: 2 ok, 1 down".
[[nodiscard]] std::string summary_of(const std::vector<ListedHost>& hosts);

/// One JSON object with its line break (docs/json.md).
[[nodiscard]] std::string host_as_json(const ListedHost& host);

}  // namespace remuda::output
