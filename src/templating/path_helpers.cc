// SPDX-License-Identifier: MIT
#include "templating/path_helpers.h"

#include <array>
#include <utility>

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

std::string first_text(const Inputs& inputs) {
    return inputs.arguments[0].rendered(kLongestValue);
}

// The path, canonical if it exists.
std::string path_of(const Inputs& inputs) {
    const std::string path = first_text(inputs);
    return path.empty() ? path : inputs.machine.real_path(path).value_or(path);
}

}  // namespace

Result<Value> parent(const Inputs& inputs) {
    const std::string whole = path_of(inputs);
    const std::string_view path = normal_end(whole);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || path == "/") return Value(std::string());
    return Value(slash == 0 ? "/" : normal_end(path.substr(0, slash)));
}

Result<Value> file_name(const Inputs& inputs) {
    return Value(last_component(path_of(inputs)));
}

Result<Value> extension(const Inputs& inputs) {
    const std::string path = path_of(inputs);
    const std::string_view name = last_component(path);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return Value(std::string());
    return Value(name.substr(dot + 1));
}

Result<Value> canonicalize(const Inputs& inputs) {
    return Value(inputs.machine.real_path(first_text(inputs)).value_or(""));
}

Result<Value> read_to_str(const Inputs& inputs) {
    auto text = inputs.machine.read_file(first_text(inputs));
    if (text) return Value(std::move(*text));
    if (text.error().code() == Code::not_found) return Value(std::string());
    return text.error();
}

Result<Value> env_var(const Inputs& inputs) {
    const std::string name = first_text(inputs);
    if (name == "ARCH") return Value(inputs.machine.architecture());
    if (name == "USERNAME") return Value(inputs.machine.user_name());
    using Fact = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Fact, 7> facts = {{{"DLL_EXTENSION", "so"},
                                                   {"DLL_PREFIX", "lib"},
                                                   {"DLL_SUFFIX", ".so"},
                                                   {"EXE_EXTENSION", ""},
                                                   {"EXE_SUFFIX", ""},
                                                   {"FAMILY", "unix"},
                                                   {"OS", "linux"}}};
    for (const auto& [known, value] : facts) {
        if (name == known) return Value(value);
    }
    return Value(inputs.machine.variable(name).value_or(""));
}

}  // namespace remuda::templating
