// SPDX-License-Identifier: MIT
#include "remuda/transport/plain_script.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <string_view>

#include <fmt/core.h>

namespace remuda::transport {

namespace {

bool is_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

// In single quotes, on one line: a line break is the value of a variable of the script's.
std::string quoted_on_one_line(std::string_view value) {
    std::string quoted = "'";
    for (const char c : value) {
        if (c == '\'') {
            quoted += R"('\'')";
        } else if (c == '\n') {
            quoted += R"('"$remuda_n"')";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

// `read` takes no byte beyond the line, which `head` and `dd` with a block size may do: what
// follows is the command's.
constexpr std::string_view kReadEnvironment =
    "remuda_n=$(printf '\\nx'); remuda_n=${remuda_n%x}; "
    "while IFS= read -r remuda_l && [ \"$remuda_l\" ]; do eval \"$remuda_l\"; done; "
    "unset remuda_n remuda_l; ";

// A path that does not begin with a slash would be looked for in CDPATH, or taken for an option.
std::string change_to(const std::string& directory) {
    std::string path;
    if (directory == "~") {
        path = "\"$HOME\"";
    } else if (directory.starts_with("~/")) {
        path = "\"$HOME\"/" + shell_quote(directory.substr(2));
    } else if (directory.starts_with('/')) {
        path = shell_quote(directory);
    } else {
        path = shell_quote("./" + directory);
    }
    return fmt::format("cd {} || exit 126; ", path);
}

}  // namespace

bool is_plain(const Command& command) {
    return command.environment.empty() && command.directory.empty() && command.nice == 0;
}

Result<PlainScript> plain_script(const Command& command) {
    PlainScript plain;
    // All on the line on which the script begins, so that the numbers in what a shell says of it
    // stay right.
    if (!command.directory.empty()) plain.script += change_to(command.directory);
    if (!command.environment.empty()) {
        plain.script += kReadEnvironment;
        for (const auto& [name, value] : command.environment) {
            if (!is_name(name)) {
                return Error(Code::invalid_input,
                             fmt::format("'{}' is no name of a variable", name));
            }
            if (value.find('\0') != std::string::npos) {
                return Error(Code::invalid_input,
                             fmt::format("the value of {} holds a NUL byte", name));
            }
            plain.input += fmt::format("export {}={}\n", name, quoted_on_one_line(value));
        }
        plain.input += '\n';
    }
    if (command.nice != 0) {
        plain.script +=
            fmt::format("exec nice -n {} sh -c {}", command.nice, shell_quote(command.script));
    } else {
        plain.script += command.script;
    }
    plain.input += command.input;
    return plain;
}

}  // namespace remuda::transport
