// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/yaml/node.h"

#include <string>
#include <utility>

namespace remuda::test {

/// A text and what the parser makes of it.
struct Parsed {
    explicit Parsed(std::string text)
        : source("f.yaml", std::move(text)), document(yaml::parse(source, diagnostics)) {}

    [[nodiscard]] std::string errors() const { return diagnostics.render(source); }
    /// The bytes that a node stands for.
    [[nodiscard]] std::string written(const yaml::Node& node) const {
        return source.text().substr(node.span.begin, node.span.end - node.span.begin);
    }

    yaml::Source source;
    yaml::Diagnostics diagnostics;
    yaml::Document document;
};

}  // namespace remuda::test
