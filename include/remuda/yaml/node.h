// SPDX-License-Identifier: MIT
//
// A YAML file as a tree in which every node knows where it stands.
//
// libyaml reads (it is strict: yaml-cpp accepts an unterminated quote and drops text silently) and
// gives positions; the tree holds the *raw* text of each scalar, so `0.10` stays `0.10`. yaml-cpp
// writes: `emit_scalar` and the canonical form of the queue.
#pragma once

#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remuda::yaml {

struct Node {
    enum class Kind { scalar, sequence, mapping };
    enum class Style { plain, quoted, block, flow };

    // Not defined here: inside the class they would need the size of pair<Node, Node>.
    Node();
    Node(const Node&);
    Node(Node&&) noexcept;
    Node& operator=(const Node&);
    Node& operator=(Node&&) noexcept;
    ~Node();

    Kind kind = Kind::scalar;
    /// Of a scalar: plain, quoted ('...' or "..."), block (| or >). Of a collection: block or flow.
    Style style = Style::plain;
    /// Raw text of a scalar: as written for plain ones, decoded for quoted and block ones.
    std::string text;
    /// Elements of a sequence.
    std::vector<Node> items;
    /// Pairs of a mapping in document order. Keys are scalars (anything else was reported).
    std::vector<std::pair<Node, Node>> pairs;
    /// From the first byte to behind the last one: quotes, tag and anchor included; comments,
    /// blanks and line breaks behind it not. Of nothing (`key:`) the empty span behind the colon.
    Span span;
    /// It was written as `*alias`, or has an `&anchor`. In place of an alias the tree holds a copy
    /// of what it names: the copy's span is the alias's, the spans of what is in it are the
    /// originals'.
    bool is_alias = false;
    bool has_anchor = false;
    /// It has an explicit tag (`!!str`, `!foo`).
    bool has_tag = false;

    /// A scalar that stands for nothing: empty plain, `~` or `null` count only when empty here,
    /// since values are raw text.
    [[nodiscard]] bool is_empty_scalar() const {
        return kind == Kind::scalar && style == Style::plain && text.empty();
    }
    /// The value of `key`, or nullptr.
    [[nodiscard]] const Node* find(std::string_view key) const;
};

/// What a file holds.
struct Document {
    /// False: the file is empty, holds comments only, or was not readable as YAML.
    bool has_root = false;
    Node root;
    /// Some node is an alias or has an anchor, so entries may depend on each other.
    bool has_anchors = false;
};

/// Parses strictly. Reports syntax errors, duplicate keys, keys that are no scalars, a second
/// document, bytes that are no UTF-8, aliases whose copies would exceed 1,000,000 nodes or 64 MiB
/// of text, nesting deeper than 100. After one of these but a wrong key the document holds nothing.
/// `{{ x }}` outside quotes, which YAML takes for a mapping, is reported and becomes a plain
/// scalar.
[[nodiscard]] Document parse(const Source& source, Diagnostics& diagnostics);

/// Where in the file bytes [offset, offset + length) of a scalar's text stand: exact wherever the
/// text was written as it is (plain, quoted without escapes before it, a line of `|`), else the
/// whole scalar. For faults that are found in the text, such as those of templates.
[[nodiscard]] Span span_within(const Source& source, const Node& scalar, std::size_t offset,
                               std::size_t length);

/// `text` as a YAML scalar on one line that any YAML reader reads back as this string: plain where
/// it is surely safe, else quoted. U+FFFE, U+FFFF and bytes that are no UTF-8 become U+FFFD.
/// Written by yaml-cpp.
[[nodiscard]] std::string emit_scalar(std::string_view text);

}  // namespace remuda::yaml
