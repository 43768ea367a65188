// SPDX-License-Identifier: MIT
#include "remuda/yaml/node.h"
#include "yaml/anchors.h"
#include "yaml/syntax_error.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <yaml.h>

namespace remuda::yaml {

namespace {

constexpr std::size_t kDeepest = 100;

// Turns libyaml's marks, which count code points, into byte offsets. Marks come almost in order, so
// walking from the last one is cheap.
class MarkReader {
  public:
    MarkReader(const std::string& text, std::size_t start)
        : text_(text), start_(start), offset_(start) {}

    std::size_t offset(const yaml_mark_t& mark) {
        while (index_ < mark.index && offset_ < text_.size()) {
            do
                ++offset_;
            while (offset_ < text_.size() && is_continuation(offset_));
            ++index_;
        }
        while (index_ > mark.index && offset_ > start_) {
            do
                --offset_;
            while (offset_ > start_ && is_continuation(offset_));
            --index_;
        }
        return offset_;
    }

  private:
    [[nodiscard]] bool is_continuation(std::size_t at) const {
        return (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80;
    }

    const std::string& text_;
    std::size_t start_;
    std::size_t index_ = 0;
    std::size_t offset_;
};

// One event of libyaml, freed when it goes.
struct Event {
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { yaml_event_delete(&raw); }

    yaml_event_t raw{};
};

std::string text_of(const yaml_char_t* chars) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's characters are bytes.
    return chars == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(chars));
}

class Parser {
  public:
    Parser(const Source& source, Diagnostics& diagnostics)
        : source_(source),
          diagnostics_(diagnostics),
          start_(source.line_start(1)),
          marks_(source.text(), start_) {
        yaml_parser_initialize(&parser_);
        // Without this libyaml would decode UTF-16, in which no offset fits. A BOM is left out
        // because libyaml would count it as a column of indentation.
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's characters are
        // bytes.
        const auto* bytes = reinterpret_cast<const unsigned char*>(source.text().data());
        yaml_parser_set_input_string(&parser_, bytes + start_, source.text().size() - start_);
    }
    ~Parser() { yaml_parser_delete(&parser_); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    Document document();

  private:
    bool next(Event& event);
    // Fills `node` from `event` and those that follow. False: reported, give up.
    bool read_node(const Event& event, Node& node, std::size_t depth);
    bool read_contents(const Event& event, Node& node, std::size_t depth);
    bool read_sequence(Node& sequence, std::size_t depth);
    bool read_mapping(Node& mapping, std::size_t depth);
    bool read_alias(const Event& event, Node& node);
    void read_scalar(const Event& event, Node& node);
    void place_missing_value(const Node& key, Node& value);
    void close_collection(const Event& event, Node& node, std::size_t last_child_end);
    void check_keys(Node& mapping);
    void report_duplicates(const Node& mapping);
    void fail(Span span, std::string message, std::string help = "") {
        diagnostics_.error(span, std::move(message), "", std::move(help));
    }
    Span span_of(const Event& event);
    // The end of [begin, end) without the blanks and line breaks that libyaml counts to block
    // scalars.
    [[nodiscard]] std::size_t without_blanks(std::size_t begin, std::size_t end) const;

    const Source& source_;
    Diagnostics& diagnostics_;
    std::size_t start_;
    MarkReader marks_;
    yaml_parser_t parser_{};
    Anchors anchors_;
};

bool Parser::next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) != 0) return true;
    SyntaxError error;
    error.problem = parser_.problem == nullptr ? "not readable" : parser_.problem;
    if (parser_.context != nullptr) error.context = parser_.context;
    if (parser_.error == YAML_READER_ERROR) {
        error.is_encoding = true;
        error.at = start_ + parser_.problem_offset;
    } else {
        error.at = marks_.offset(parser_.problem_mark);
        error.context_at = error.context.empty() ? error.at : marks_.offset(parser_.context_mark);
    }
    report_syntax_error(source_, error, diagnostics_);
    return false;
}

Span Parser::span_of(const Event& event) {
    const std::size_t begin = marks_.offset(event.raw.start_mark);
    return {begin, marks_.offset(event.raw.end_mark)};
}

std::size_t Parser::without_blanks(std::size_t begin, std::size_t end) const {
    const std::string& text = source_.text();
    while (end > begin && std::strchr(" \t\r\n", text[end - 1]) != nullptr)
        --end;
    return end;
}

Document Parser::document() {
    Document document;
    Node root;
    for (;;) {
        Event event;
        if (!next(event)) return {};
        switch (event.raw.type) {
            case YAML_STREAM_START_EVENT:
            case YAML_DOCUMENT_END_EVENT:
                break;
            case YAML_DOCUMENT_START_EVENT:
                if (document.has_root) {
                    fail(span_of(event), "a second document begins here",
                         "put everything into one list and remove the '---'");
                    return {};
                }
                break;
            case YAML_STREAM_END_EVENT:
            case YAML_NO_EVENT:
                document.has_anchors = !anchors_.is_empty();
                // A lone '---' holds no more than an empty file.
                if (root.is_empty_scalar() && !root.has_tag && !root.has_anchor) return {};
                document.root = std::move(root);
                return document;
            default:
                if (!read_node(event, root, 0)) return {};
                document.has_root = true;
        }
    }
}

bool Parser::read_node(const Event& event, Node& node, std::size_t depth) {
    node.span = span_of(event);
    if (depth > kDeepest) {
        fail({node.span.begin, node.span.begin + 1},
             fmt::format("nested deeper than {} levels", kDeepest));
        return false;
    }
    if (event.raw.type == YAML_ALIAS_EVENT) return read_alias(event, node);

    const yaml_char_t* anchor = nullptr;
    const yaml_char_t* tag = nullptr;
    if (event.raw.type == YAML_SCALAR_EVENT) {
        anchor = event.raw.data.scalar.anchor;
        tag = event.raw.data.scalar.tag;
    } else if (event.raw.type == YAML_SEQUENCE_START_EVENT) {
        anchor = event.raw.data.sequence_start.anchor;
        tag = event.raw.data.sequence_start.tag;
    } else {
        anchor = event.raw.data.mapping_start.anchor;
        tag = event.raw.data.mapping_start.tag;
    }
    node.has_tag = tag != nullptr;
    node.has_anchor = anchor != nullptr;
    if (anchor == nullptr) return read_contents(event, node, depth);

    const std::string name = text_of(anchor);
    anchors_.open(name);
    if (!read_contents(event, node, depth)) return false;
    anchors_.close(name, node);
    return true;
}

bool Parser::read_contents(const Event& event, Node& node, std::size_t depth) {
    if (event.raw.type == YAML_SCALAR_EVENT) {
        read_scalar(event, node);
        return true;
    }
    if (event.raw.type == YAML_SEQUENCE_START_EVENT) {
        node.kind = Node::Kind::sequence;
        const bool is_flow = event.raw.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        node.style = is_flow ? Node::Style::flow : Node::Style::block;
        return read_sequence(node, depth);
    }
    node.kind = Node::Kind::mapping;
    const bool is_flow = event.raw.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    node.style = is_flow ? Node::Style::flow : Node::Style::block;
    return read_mapping(node, depth);
}

void Parser::read_scalar(const Event& event, Node& node) {
    const auto& scalar = event.raw.data.scalar;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's characters are bytes.
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    switch (scalar.style) {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
            node.style = Node::Style::quoted;
            break;
        case YAML_LITERAL_SCALAR_STYLE:
        case YAML_FOLDED_SCALAR_STYLE:
            node.style = Node::Style::block;
            break;
        default:
            node.style = Node::Style::plain;
    }
    node.span.end = without_blanks(node.span.begin, node.span.end);
}

bool Parser::read_sequence(Node& sequence, std::size_t depth) {
    for (;;) {
        Event event;
        if (!next(event)) return false;
        if (event.raw.type == YAML_SEQUENCE_END_EVENT) {
            close_collection(event, sequence,
                             sequence.items.empty() ? 0 : sequence.items.back().span.end);
            return true;
        }
        if (!read_node(event, sequence.items.emplace_back(), depth + 1)) return false;
    }
}

bool Parser::read_mapping(Node& mapping, std::size_t depth) {
    for (;;) {
        Event key_event;
        if (!next(key_event)) return false;
        if (key_event.raw.type == YAML_MAPPING_END_EVENT) {
            close_collection(key_event, mapping,
                             mapping.pairs.empty() ? 0 : mapping.pairs.back().second.span.end);
            check_keys(mapping);
            return true;
        }
        auto& [key, value] = mapping.pairs.emplace_back();
        if (!read_node(key_event, key, depth + 1)) return false;
        Event value_event;
        if (!next(value_event) || !read_node(value_event, value, depth + 1)) return false;
        place_missing_value(key, value);
    }
}

// libyaml puts a value that is not there before the next token, behind comments even.
void Parser::place_missing_value(const Node& key, Node& value) {
    const bool is_missing = value.is_empty_scalar() && !value.has_tag && !value.has_anchor;
    const std::size_t at = value.span.begin;
    if (is_missing && !value.is_alias && (at == 0 || source_.text()[at - 1] != ':')) {
        value.span = {key.span.end, key.span.end};
    }
}

// A block collection has no end of its own: libyaml gives it that of the next token.
void Parser::close_collection(const Event& event, Node& node, std::size_t last_child_end) {
    node.span.end = node.style == Node::Style::flow ? marks_.offset(event.raw.end_mark)
                                                    : std::max(node.span.begin, last_child_end);
}

void Parser::check_keys(Node& mapping) {
    const bool is_template = mapping.style == Node::Style::flow && !mapping.pairs.empty() &&
                             source_.text().compare(mapping.span.begin, 2, "{{") == 0 &&
                             mapping.pairs.front().first.kind == Node::Kind::mapping;
    if (is_template) {
        const std::string written =
            source_.text().substr(mapping.span.begin, mapping.span.end - mapping.span.begin);
        // With more text behind it a syntax error follows, which knows the whole text to quote.
        const std::size_t behind = source_.text().find_first_not_of(" \t", mapping.span.end);
        if (behind == std::string::npos ||
            std::string_view("\r\n#,]}:").find(source_.text()[behind]) != std::string_view::npos) {
            diagnostics_.error(mapping.span,
                               "'{{' at the beginning makes this a YAML mapping, not text", "",
                               "quote it: " + emit_scalar(written));
        }
        Node text;
        text.text = written;
        text.span = mapping.span;
        text.has_anchor = mapping.has_anchor;
        text.has_tag = mapping.has_tag;
        mapping = std::move(text);
        return;
    }
    for (const auto& [key, value] : mapping.pairs) {
        if (key.kind != Node::Kind::scalar) {
            diagnostics_.error(key.span, "a key must be text", "",
                               "this is a mapping or a list; quote it if it is meant as text");
        }
    }
    std::erase_if(mapping.pairs,
                  [](const auto& pair) { return pair.first.kind != Node::Kind::scalar; });
    report_duplicates(mapping);
}

void Parser::report_duplicates(const Node& mapping) {
    std::vector<const Node*> keys;
    keys.reserve(mapping.pairs.size());
    for (const auto& [key, value] : mapping.pairs)
        keys.push_back(&key);
    std::sort(keys.begin(), keys.end(), [](const Node* a, const Node* b) {
        return std::tie(a->text, a->span.begin) < std::tie(b->text, b->span.begin);
    });
    const Node* first = nullptr;
    for (const Node* key : keys) {
        if (first == nullptr || first->text != key->text) {
            first = key;
            continue;
        }
        diagnostics_.error(
            key->span, fmt::format("the key '{}' is given twice", key->text),
            fmt::format("first given in line {}", source_.position(first->span.begin).line));
    }
}

bool Parser::read_alias(const Event& event, Node& node) {
    const std::string name = text_of(event.raw.data.alias.anchor);
    const Span span = node.span;
    switch (anchors_.copy(name, node)) {
        case Anchors::Copy::unknown:
            fail(span, fmt::format("'*{}' names an anchor that is not there", name),
                 "a '*' at the beginning makes an alias; quote the text if it is meant as such");
            return false;
        case Anchors::Copy::open:
            fail(span, fmt::format("'*{}' stands inside what it names", name));
            return false;
        case Anchors::Copy::too_much:
            fail(span, "the aliases of this file stand for too much");
            return false;
        case Anchors::Copy::done:
            break;
    }
    node.span = span;
    node.is_alias = true;
    return true;
}

}  // namespace

Document parse(const Source& source, Diagnostics& diagnostics) {
    return Parser(source, diagnostics).document();
}

}  // namespace remuda::yaml
