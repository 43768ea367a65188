// SPDX-License-Identifier: MIT
//
// Walk: the lines of the files that hold for one host, in order, and what they add up to.
#pragma once

#include "ssh_config/files.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh_config {

/// What an option has come to.
struct Setting {
    const Keyword* keyword = nullptr;
    std::vector<std::string> values;
    Place place;
    /// Of lists that add up: the place of each value, and whether a file of the user said it.
    std::vector<Place> places;
    std::vector<bool> are_users;
};

class Walk {
  public:
    /// `files`, `environment` and `request` outlive this.
    Walk(Files& files, const Environment& environment, const Request& request);

    /// Reads the user's and the system's files. Something: that is the answer.
    [[nodiscard]] std::optional<Halt> run();

    /// All options that were set, in order.
    [[nodiscard]] std::vector<Setting>& settings() { return settings_; }
    /// Null: not set.
    [[nodiscard]] Setting* find(std::string_view keyword);
    /// Its first value; empty if it is not set.
    [[nodiscard]] std::string_view value_of(std::string_view keyword);
    /// The host's name or address, HostName and letters taken care of.
    [[nodiscard]] const std::string& host() const { return host_; }

  private:
    std::optional<Halt> pass();
    std::optional<Halt> read(const File& file, bool never, bool& is_active, int depth);
    std::optional<Halt> read_section(const File& file, const Section& section, bool never,
                                     bool is_active, int depth);
    std::optional<Halt> judge_header(const File& file, const Section& section, bool& is_active);
    std::optional<Halt> apply(const File& file, const Directive& directive);
    std::optional<Halt> apply_unknown(const File& file, const Directive& directive);
    std::optional<Halt> find_host();

    [[nodiscard]] bool is_set(const Keyword& keyword) const { return slots_[keyword.slot] >= 0; }
    Setting& setting(const Keyword& keyword, const Place& place);
    void set_once(const Keyword& keyword, std::vector<std::string> values, const Place& place);
    void add_each(const File& file, const Directive& directive, const Place& place);
    void add_names(const Directive& directive, const Place& place);
    void set_forward_agent(const Directive& directive, const Place& place);
    void set_rekey_limit(const Directive& directive, const Place& place);

    // Set once.
    Files& files_;
    const Environment& environment_;
    const Request& request_;

    bool is_second_pass_ = false;
    bool wants_second_pass_ = false;
    std::string host_;
    std::vector<Setting> settings_;
    // By Keyword::slot, the place in settings_; -1: not set.
    std::array<int, kMostSlots> slots_{};
};

/// Turns what the walk has found into what `ssh -G` prints.
[[nodiscard]] Result<std::variant<Options, Unclear>> finish(Walk& walk, const Request& request,
                                                            const Environment& environment);

}  // namespace remuda::ssh_config
