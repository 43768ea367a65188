// SPDX-License-Identifier: MIT
#include "yaml/anchors.h"

namespace remuda::yaml {

namespace {

constexpr std::size_t kMostNodesCopied = 1'000'000;
constexpr std::size_t kMostBytesCopied = std::size_t{64} << 20;

}  // namespace

Anchors::Size Anchors::size_of(const Node& node) {
    Size size = {.nodes = 1, .bytes = node.text.size()};
    const auto add = [&size](const Node& child) {
        const Size more = size_of(child);
        size.nodes += more.nodes;
        size.bytes += more.bytes;
    };
    for (const Node& item : node.items)
        add(item);
    for (const auto& [key, value] : node.pairs) {
        add(key);
        add(value);
    }
    return size;
}

void Anchors::open(const std::string& name) {
    anchors_[name] = Anchor{};
}

void Anchors::close(const std::string& name, const Node& node) {
    anchors_[name] = {node, size_of(node), true};
}

Anchors::Copy Anchors::copy(const std::string& name, Node& node) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) return Copy::unknown;
    const Anchor& anchor = found->second;
    if (!anchor.is_complete) return Copy::open;
    copied_.nodes += anchor.size.nodes;
    copied_.bytes += anchor.size.bytes;
    if (copied_.nodes > kMostNodesCopied || copied_.bytes > kMostBytesCopied) {
        return Copy::too_much;
    }
    node = anchor.node;
    return Copy::done;
}

}  // namespace remuda::yaml
