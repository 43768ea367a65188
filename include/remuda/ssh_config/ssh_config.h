// SPDX-License-Identifier: MIT
//
// ssh_config: what the user's and the system's ssh_config files say of a host, as `ssh -G` resolves
// them (ssh_config(5)). Pure: text in, options out; the files are read once, includes when a host
// first needs them.
//
// `ssh -G NAME` is the truth and costs several times a connection of ours, so the reader covers the
// plain constructs: Host with negation, Include with globs, Match all | host | originalhost | user
// | localuser | final | canonical, %-tokens, ${VARIABLES} where ssh expands them, `=` and quotes,
// first value wins, lists that add up (IdentityFile, CertificateFile, SendEnv, forwardings).
// Whatever it does not cover (Match exec, canonicalisation, an unknown keyword without
// IgnoreUnknown, a list of algorithms that changes ssh's own, what versions of ssh read
// differently ...) is `Unclear`: ssh itself is to be asked, for that host alone.
//
// What the reader knows and leaves out, because it has no meaning to us: CanonicalDomains,
// EscapeChar, IPQoS, LogVerbose, StreamLocalBindMask, SyslogFacility, TunnelDevice. They are
// checked all the same.
#pragma once

#include "remuda/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace remuda::ssh_config {

/// What stands beside the files and wins over them: the command line of `ssh`.
struct Request {
    /// As the user wrote it: an alias, a name, an address. Without user and port.
    std::string name;
    /// Empty: not given.
    std::string user;
    std::optional<std::uint16_t> port;
};

struct Environment {
    /// The user's home folder; `~/.ssh/config` is under it.
    std::string home;
    /// The local login name and its number.
    std::string user;
    unsigned long uid = 0;
    /// What gethostname(2) says.
    std::string host_name;
    std::string system_config = "/etc/ssh/ssh_config";
    /// Empty: `<home>/.ssh/config`.
    std::string user_config;
    /// A variable of the environment; nothing if it is not set.
    std::function<std::optional<std::string>(const std::string& name)> variable;
};

struct Place {
    /// Empty: a default of ssh, or from `ssh -G`.
    std::string file;
    std::size_t line = 0;
};

/// One value as `ssh -G` prints it, with the keyword in lower case. Two exceptions: "%C" in
/// ControlPath and RemoteCommand stays as it is, and LogLevel "QUIET" is so called where Debian has
/// "SILENT".
struct Option {
    std::string keyword;
    std::string value;
    Place place;
};

/// What holds for one host: the options that a file gave, and `hostname`, `user` and `port` always.
/// Options that no file gave are absent: the defaults are the caller's; so are those that a file
/// sets to nothing, as `ssh -G` leaves them out (ProxyJump none, ProxyCommand none, forwardings
/// after ClearAllForwardings). In the order of the files.
class Options {
  public:
    void add(Option option) { options_.push_back(std::move(option)); }
    /// The first (which is the one that counts), or null.
    [[nodiscard]] const Option* find(std::string_view keyword) const;
    [[nodiscard]] std::vector<const Option*> all(std::string_view keyword) const;
    [[nodiscard]] const std::vector<Option>& list() const { return options_; }

  private:
    std::vector<Option> options_;
};

/// The reader would have to guess.
struct Unclear {
    Place place;
    /// "Match exec", "CanonicalizeHostname" ...
    std::string why;
};

/// Reads each file once, when it is first needed. One thread.
class Config {
  public:
    explicit Config(Environment environment);
    ~Config();
    Config(const Config&) = delete;
    Config& operator=(const Config&) = delete;

    /// Code::invalid_input: ssh refuses the files, too; the text names file and line and what is
    /// wrong. A user's file that others can write is refused as ssh does, and so is a name with
    /// characters that a shell would take for its own.
    [[nodiscard]] Result<std::variant<Options, Unclear>> resolve(const Request& request) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The output of `ssh -G`. Defaults that ssh prints stand in it like all else, without a place.
[[nodiscard]] Result<Options> parse_ssh_g(std::string_view output);

/// The %-tokens of one host (ssh_config(5), TOKENS), for paths and commands.
struct Tokens {
    std::string home;            // %d
    std::string host_name;       // %h, the real name
    std::string original_name;   // %n
    std::string host_key_alias;  // %k
    std::string user;            // %r
    std::string local_user;      // %u
    unsigned long uid = 0;       // %i
    std::string local_host;      // %l, and %L up to the first dot
    std::string jump;            // %j
    std::uint16_t port = 22;     // %p
};
/// Expands "~" and "~user" at the begin, %-tokens and ${VARIABLES}: for paths. Code::invalid_input:
/// an unknown token or user, a variable that is not set, or %C (a hash that versions of ssh make
/// differently).
[[nodiscard]] Result<std::string> expand(std::string_view text, const Tokens& tokens,
                                         const Environment& environment);

/// Expands %-tokens alone: for commands (ProxyCommand), whose "~" and variables are the shell's.
[[nodiscard]] Result<std::string> expand_command(std::string_view text, const Tokens& tokens);

}  // namespace remuda::ssh_config
