// SPDX-License-Identifier: MIT
#include "queue/scalars.h"

#include <string_view>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

constexpr const char* kUnusable =
    "commands travel through system calls and YAML files, which cannot hold it";

}  // namespace

bool is_usable(const yaml::Node& scalar, yaml::Diagnostics& diagnostics) {
    if (scalar.text.find('\0') != std::string::npos) {
        diagnostics.error(scalar.span, "there is a NUL byte in it", "", kUnusable);
        return false;
    }
    if (scalar.text.find("\xEF\xBF\xBE") != std::string::npos ||
        scalar.text.find("\xEF\xBF\xBF") != std::string::npos) {
        diagnostics.error(scalar.span, "U+FFFE or U+FFFF is in it, which is no character", "",
                          kUnusable);
        return false;
    }
    return true;
}

Entry::Value value_of(const yaml::Source& source, const yaml::Node& scalar) {
    using Style = yaml::Node::Style;
    Entry::Value value{scalar.text, scalar.span, std::nullopt};
    const std::string_view written =
        std::string_view(source.text())
            .substr(scalar.span.begin, scalar.span.end - scalar.span.begin);
    if (scalar.style == Style::plain && written == scalar.text) {
        value.verbatim_at = scalar.span.begin;
    } else if (scalar.style == Style::quoted && written.size() >= 2 &&
               written.substr(1, written.size() - 2) == scalar.text) {
        value.verbatim_at = scalar.span.begin + 1;
    }
    return value;
}

std::string did_you_mean(const std::string& name) {
    return name.empty() ? "" : fmt::format("did you mean '{}'?", name);
}

}  // namespace remuda::queue
