// SPDX-License-Identifier: MIT
#include "remuda/yaml/node.h"

namespace remuda::yaml {

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view key) const {
    for (const auto& [name, value] : pairs) {
        if (name.text == key) return &value;
    }
    return nullptr;
}

}  // namespace remuda::yaml
