// SPDX-License-Identifier: MIT
#include "remuda/yaml/node.h"

#include <algorithm>
#include <optional>

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

namespace {

// The same of a block scalar: its lines stand below its header, indented.
std::optional<std::size_t> begin_in_block(const Source& source, const Node& scalar,
                                          std::size_t offset) {
    const std::string_view text = scalar.text;
    const auto lines_before =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    const std::size_t number =
        source.position(scalar.span.begin).line + 1 + static_cast<std::size_t>(lines_before);
    if (number > source.line_count()) return std::nullopt;
    const std::size_t line_begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
    const std::string_view line =
        text.substr(line_begin, std::min(text.find('\n', line_begin), text.size()) - line_begin);
    const std::string written = source.line(number);
    if (!written.ends_with(line)) return std::nullopt;
    return source.line_start(number) + written.size() - line.size() + (offset - line_begin);
}

}  // namespace

Span span_within(const Source& source, const Node& scalar, std::size_t offset, std::size_t length) {
    offset = std::min(offset, scalar.text.size());
    length = std::min(length, scalar.text.size() - offset);
    if (scalar.is_alias || scalar.has_tag || scalar.has_anchor) return scalar.span;
    if (scalar.style == Node::Style::block) {
        const auto begin = begin_in_block(source, scalar, offset);
        return begin ? Span{*begin, *begin + length} : scalar.span;
    }
    const std::size_t base = scalar.span.begin + (scalar.style == Node::Style::quoted ? 1 : 0);
    if (source.text().compare(base, offset + length, scalar.text, 0, offset + length) != 0) {
        return scalar.span;
    }
    return {base + offset, base + offset + length};
}

}  // namespace remuda::yaml
