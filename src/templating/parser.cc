// SPDX-License-Identifier: MIT
#include "templating/parser.h"

#include "templating/lexer.h"
#include "templating/tag_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace remuda::templating {

namespace {

using Kind = Token::Kind;
using Tag = Token::Tag;

// Beyond this many faults further ones help nobody.
constexpr std::size_t kMostFaults = 50;

// A block whose end has not come yet.
struct OpenBlock {
    /// The tag that opens it.
    Token tag;
    std::string name;
    Block block;
};

class Parser {
  public:
    Parser(std::string_view source, std::vector<Fault>& faults, std::vector<Part>* parts)
        : source_(source),
          faults_(faults),
          parts_(parts),
          lexer_(source),
          tags_(source, lexer_, faults) {}

    Statements parse() {
        Statements statements = parsed();
        add_tag_up_to(source_.size());
        return statements;
    }

  private:
    Statements parsed() {
        while (faults_.size() < kMostFaults) {
            Token token = lexer_.next();
            if (token.kind == Kind::end) break;
            add_tag_up_to(token.offset);
            if (token.kind == Kind::text) {
                add_text_part(token);
                add_text(std::move(token.text));
            } else if (token.kind == Kind::comment) {
                target().push_back({Comment{}, token.strips});
            } else if (token.kind == Kind::unterminated_comment) {
                tags_.fault(token, "this comment is never closed",
                            "close it with `" + token.text + "`; " + kLiteralBraces);
                return {};
            } else if (!parse_tag(token) && !lexer_.resume_behind_tag(tags_.resume_at())) {
                return {};
            }
            if (open_.size() > kDeepestNesting) {
                tags_.fault(open_.back().tag, "blocks nest too deeply",
                            "at most 64 levels are read");
                return {};
            }
        }
        if (faults_.size() >= kMostFaults) return {};
        for (const OpenBlock& open : open_) {
            tags_.fault(open.tag, "this block is never closed",
                        "close it with `{{/" + open.name + "}}`; " + kLiteralBraces);
        }
        return std::move(statements_);
    }

    // What has been read since the latest part is a tag.
    void add_tag_up_to(std::size_t end) {
        if (parts_ != nullptr && end > parts_end_) {
            parts_->push_back({parts_end_, end - parts_end_, true});
        }
        parts_end_ = end;
    }

    void add_text_part(const Token& text) {
        parts_end_ = text.offset + text.length;
        // The backslash before an escaped `{{` is kept, that of `\\{{` is not.
        const std::size_t length = lexer_.is_escaped() ? text.length : text.text.size();
        if (parts_ == nullptr || length == 0) return;
        if (follows_escape_) {
            parts_->back().length += length;
        } else {
            parts_->push_back({text.offset, length, false});
        }
        follows_escape_ = lexer_.is_escaped();
    }

    // Where the next statement goes.
    Statements& target() {
        return open_.empty() ? statements_ : open_.back().block.branches.back().body;
    }

    void add_text(std::string text) {
        if (text.empty()) return;
        Text made{text, std::move(text)};
        target().push_back({std::move(made), {}});
    }

    // False: after a fault.
    bool parse_tag(const Token& open) {
        // A quote that is never closed swallows the `}}`: go on behind the first one.
        tags_.resume_from(open.offset + open.length);
        switch (open.tag) {
            case Tag::output:
            case Tag::triple:
                return parse_output(open);
            case Tag::block:
                return parse_block(open, false);
            case Tag::inverse:
                return parse_inverse(open);
            case Tag::block_end:
                return parse_end(open);
            case Tag::raw_block:
                return parse_raw_block(open);
            case Tag::partial:
                tags_.fault(open, "partials (`{{>...}}`) are not supported",
                            std::string("a command is one template; ") + kLiteralBraces);
                return false;
            case Tag::decorator:
                tags_.fault(open, "decorators (`{{*...}}`) are not supported", kLiteralBraces);
                return false;
        }
        return false;
    }

    bool parse_output(const Token& open) {
        Token first = lexer_.next();
        if (open.tag == Tag::output && first.is_name() && first.text == "else") {
            return parse_else(open, first, lexer_.next());
        }
        auto content = tags_.parse(open, std::move(first), false);
        if (!content) return false;
        target().push_back({Output{std::move(content->expression)}, content->strips});
        return true;
    }

    bool parse_inverse(const Token& open) {
        Token first = lexer_.next();
        if (first.kind == Kind::close) return parse_else(open, open, std::move(first));
        return open_block(open, std::move(first), true);
    }

    // `{{else}}`, `{{^}}` or `{{else if x}}`. `word`: what says so. `next`: what follows it.
    bool parse_else(const Token& open, const Token& word, Token next) {
        if (open_.empty()) {
            tags_.fault(word, "this `else` belongs to no block", kLiteralBraces);
            return false;
        }
        Block& block = open_.back().block;
        Branch branch;
        if (next.kind == Kind::close) {
            branch.strips = {open.strips.before, next.strips.after};
        } else if (auto content = tags_.parse(open, std::move(next), true)) {
            branch.strips = content->strips;
            branch.head = std::move(content->expression);
            branch.parameters = std::move(content->parameters);
        } else {
            return false;
        }
        // A chain is rendered by walking along it.
        if (block.branches.size() == kDeepestNesting) {
            tags_.fault(word, "the block has too many branches", "at most 64 are read");
            return false;
        }
        if (!is_broken() && block.branches.size() > 1 && !block.branches.back().head) {
            tags_.fault(word, "the block has an `{{else}}` already",
                        "the last branch is `{{else}}`");
            return false;
        }
        block.branches.push_back(std::move(branch));
        return true;
    }

    bool parse_block(const Token& open, bool is_inverted) {
        if (lexer_.peek() == '>' || lexer_.peek() == '*') {
            tags_.fault(open, "partials and decorators are not supported", kLiteralBraces);
            return false;
        }
        return open_block(open, lexer_.next(), is_inverted);
    }

    bool open_block(const Token& open, Token first, bool is_inverted) {
        // Even if its tag is at fault, so that its end is known.
        OpenBlock block{open, first.kind == Kind::word ? first.text : "", {}};
        auto content = tags_.parse(open, std::move(first), true);
        Branch branch;
        branch.is_inverted = is_inverted;
        if (content) {
            branch.head = std::move(content->expression);
            branch.parameters = std::move(content->parameters);
            branch.strips = content->strips;
        }
        block.block.branches.push_back(std::move(branch));
        if (content || !block.name.empty()) open_.push_back(std::move(block));
        return content.has_value();
    }

    bool parse_end(const Token& open) {
        const Token name = lexer_.next();
        if (name.kind != Kind::word) {
            tags_.fault(open, "the name of the block is missing", kLiteralBraces);
            return false;
        }
        const Token close = lexer_.next();
        if (close.kind != Kind::close) {
            tags_.unexpected(open, close);
            return false;
        }
        if (open_.empty()) {
            tags_.fault_at(open.offset, close.offset + close.length - open.offset,
                           "this closes no block", kLiteralBraces);
            return true;
        }
        OpenBlock block = std::move(open_.back());
        open_.pop_back();
        if (block.name != name.text) {
            tags_.fault(name, "`" + block.name + "` is to be closed here, not `" + name.text + "`",
                        "write `{{/" + block.name + "}}`");
        }
        block.block.close_strips = {open.strips.before, close.strips.after};
        target().push_back({std::move(block.block), {}});
        return true;
    }

    bool parse_raw_block(const Token& open) {
        Token first = lexer_.next();
        const std::string name = first.text;
        if (!first.is_name()) {
            tags_.fault(open, "the name of the raw block is missing",
                        "write `{{{{raw}}}} text {{{{/raw}}}}`");
            return false;
        }
        auto content = tags_.parse(open, std::move(first), true);
        if (!content) return false;
        Token text;
        if (!lexer_.take_raw_text(name, text)) {
            tags_.fault(open, "this raw block is never closed",
                        "close it with `{{{{/" + name + "}}}}`; " + kLiteralBraces);
            tags_.resume_from(source_.size());
            return false;
        }
        add_tag_up_to(text.offset);
        add_text_part(text);
        Branch branch;
        branch.head = std::move(content->expression);
        branch.parameters = std::move(content->parameters);
        branch.strips = content->strips;
        if (!text.text.empty()) branch.body.push_back({Text{text.text, text.text}, {}});
        Block block;
        block.branches.push_back(std::move(branch));
        target().push_back({std::move(block), {}});
        return true;
    }

    // Whether the innermost block's own tag was at fault.
    [[nodiscard]] bool is_broken() const { return !open_.back().block.branches.front().head; }

    std::string_view source_;
    std::vector<Fault>& faults_;
    std::vector<Part>* parts_;
    std::size_t parts_end_ = 0;
    bool follows_escape_ = false;
    Lexer lexer_;
    TagParser tags_;
    Statements statements_;
    std::vector<OpenBlock> open_;
};

}  // namespace

Statements parse_statements(std::string_view source, std::vector<Fault>& faults,
                            std::vector<Part>* parts) {
    return Parser(source, faults, parts).parse();
}

}  // namespace remuda::templating
