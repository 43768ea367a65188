// SPDX-License-Identifier: MIT
#include "run/root_command.h"

#include "remuda/base/text.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::run {

namespace {

/// Stands between the password and what the command gets. sudo has read the password, or the first
/// line is not this one.
constexpr std::string_view kMark = "-- remuda: what follows is for the command --";

}  // namespace

void run_as_root(transport::Command& command, const Secret* password) {
    std::string environment;
    for (const auto& [name, value] : std::exchange(command.environment, {})) {
        environment += fmt::format("export {}={}\n", name, shell_quote(value));
    }
    std::string inner;
    if (password != nullptr) {
        inner += fmt::format(
            "IFS= read -r REMUDA_LINE; [ \"$REMUDA_LINE\" = '{}' ] || IFS= read -r REMUDA_LINE; "
            "unset REMUDA_LINE; ",
            kMark);
    }
    // dd reads byte by byte: not one of the input.
    if (!environment.empty()) {
        inner += fmt::format("eval \"$(dd bs=1 count={} 2>/dev/null)\"; ", environment.size());
    }
    inner += "exec ";
    if (const int nice = std::exchange(command.nice, 0); nice != 0) {
        inner += fmt::format("nice -n {} ", nice);
    }
    inner += "sh -c " + shell_quote(command.script);
    const std::string_view how = password == nullptr ? "-n" : "-S -p ''";
    command.script = fmt::format("exec sudo {} -- sh -c {}", how, shell_quote(inner));
    std::string before;
    if (password != nullptr) before = fmt::format("{}\n{}\n", password->view(), kMark);
    command.input.insert(0, before + environment);
}

}  // namespace remuda::run
