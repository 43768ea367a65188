// SPDX-License-Identifier: MIT
#include "templating/path_helpers.h"

namespace remuda::templating {

namespace {

// Without slashes and `.` components at the end; `/` and `.` by themselves stay.
std::string_view normal_end(std::string_view path) {
    while ((path.size() > 1 && path.ends_with('/')) || path.ends_with("/.")) {
        path.remove_suffix(1);
    }
    return path;
}

std::string_view last_component(std::string_view path) {
    path = normal_end(path);
    // Without a slash npos + 1 is 0: the whole path.
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return last == ".." || last == "." ? std::string_view() : last;
}

}  // namespace

Result<std::string> parent(Arguments arguments) {
    const std::string_view path = normal_end(arguments[0]);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || path == "/") return std::string();
    return std::string(slash == 0 ? "/" : normal_end(path.substr(0, slash)));
}

Result<std::string> file_name(Arguments arguments) {
    return std::string(last_component(arguments[0]));
}

Result<std::string> extension(Arguments arguments) {
    const std::string_view name = last_component(arguments[0]);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::string();
    return std::string(name.substr(dot + 1));
}

}  // namespace remuda::templating
