// SPDX-License-Identifier: MIT
//
// What the arguments of a keyword mean, as `ssh -G` prints it. Each reader knows one kind of value.
#pragma once

#include "remuda/ssh_config/ssh_config.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh_config {

struct Input {
    const std::string& keyword;
    const std::vector<std::string>& arguments;
    /// All behind the keyword, unsplit.
    std::string_view rest;
    const Environment& environment;

    /// The first argument; empty: there is none.
    [[nodiscard]] std::string_view first() const {
        return arguments.empty() ? std::string_view() : std::string_view(arguments.front());
    }
};

struct Reading {
    /// Empty: it leaves the option as it is (`ConnectTimeout none`).
    std::vector<std::string> values;
    /// Not empty: ssh refuses the file, whatever the host.
    std::string fault;
    /// Not empty: versions of ssh differ, or it knows something that we do not.
    std::string doubt;
    /// The doubt is whether ssh refuses the file, so it concerns every host. Otherwise it concerns
    /// those alone that get the value.
    bool concerns_all = false;
    /// How many arguments belong to it. More are a fault.
    std::size_t used = 1;
};

[[nodiscard]] Reading refused(std::string why);
[[nodiscard]] Reading doubtful(std::string why);
/// As `doubtful`, for every host.
[[nodiscard]] Reading doubtful_file(std::string why);
[[nodiscard]] Reading value(std::string text);

/// A word of a keyword and what ssh prints for it.
struct Word {
    std::string_view name;
    std::string_view printed;
};
[[nodiscard]] Reading read_word(const Input& input, const Word* words, std::size_t count);

/// Anything, and any number of it, read and thrown away.
[[nodiscard]] Reading read_anything(const Input& input);
/// One argument as it stands.
[[nodiscard]] Reading read_string(const Input& input);
/// The rest of the line as it stands.
[[nodiscard]] Reading read_command(const Input& input);
[[nodiscard]] Reading read_integer(const Input& input);
[[nodiscard]] Reading read_port(const Input& input);
[[nodiscard]] Reading read_time(const Input& input);
[[nodiscard]] Reading read_user(const Input& input);
[[nodiscard]] Reading read_revoked_keys(const Input& input);
[[nodiscard]] Reading read_host_files(const Input& input);
[[nodiscard]] Reading read_agent(const Input& input);
[[nodiscard]] Reading read_forward_agent(const Input& input);
[[nodiscard]] Reading read_send_env(const Input& input);
[[nodiscard]] Reading read_set_env(const Input& input);
[[nodiscard]] Reading read_control_persist(const Input& input);
[[nodiscard]] Reading read_add_keys(const Input& input);
[[nodiscard]] Reading read_rekey_limit(const Input& input);
[[nodiscard]] Reading read_escape_char(const Input& input);
[[nodiscard]] Reading read_tunnel_device(const Input& input);
[[nodiscard]] Reading read_bind_mask(const Input& input);
[[nodiscard]] Reading read_quality(const Input& input);
[[nodiscard]] Reading read_domains(const Input& input);
[[nodiscard]] Reading read_cnames(const Input& input);
[[nodiscard]] Reading read_words_or_none(const Input& input);
[[nodiscard]] Reading read_include(const Input& input);

// algorithms.cc: lists of algorithms. What every ssh from 9.2 on knows is certain; `+`, `-`, `^`,
// wildcards and other names depend on the version.
[[nodiscard]] Reading read_ciphers(const Input& input);
[[nodiscard]] Reading read_macs(const Input& input);
[[nodiscard]] Reading read_key_exchanges(const Input& input);
[[nodiscard]] Reading read_key_types(const Input& input);

// forward.cc: the plain forms of LocalForward and its kin.
[[nodiscard]] Reading read_local_forward(const Input& input);
[[nodiscard]] Reading read_remote_forward(const Input& input);
[[nodiscard]] Reading read_dynamic_forward(const Input& input);
[[nodiscard]] Reading read_permitted_opens(const Input& input);

// jump.cc
[[nodiscard]] Reading read_jump(const Input& input);

/// A port by number or name of service, 0 included; nothing: it is neither.
[[nodiscard]] std::optional<int> port_of(const std::string& text);
/// Digits alone, with a sign and leading blanks allowed, from 0 up to `most`.
[[nodiscard]] std::optional<long long> number_of(const std::string& text, long long most);
/// Fit for the name of a domain.
[[nodiscard]] bool is_domain(std::string_view text);
/// "1h30m" in seconds; nothing: it is no time.
[[nodiscard]] std::optional<int> seconds_of(const std::string& text);

}  // namespace remuda::ssh_config
