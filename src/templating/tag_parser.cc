// SPDX-License-Identifier: MIT
#include "templating/tag_parser.h"

#include "templating/parser.h"

#include <algorithm>
#include <utility>

namespace remuda::templating {

namespace {

using Kind = Token::Kind;
using Tag = Token::Tag;

// Of a tag that a message repeats, in bytes.
constexpr std::size_t kLongestShown = 40;

bool can_start_operand(const Token& token) {
    return token.kind == Kind::word || token.kind == Kind::literal ||
           token.kind == Kind::open_paren;
}

const char* closing_of(const Token& open) {
    if (open.tag == Tag::raw_block) return "}}}}";
    return open.tag == Tag::triple ? "}}}" : "}}";
}

// The value that a word stands for.
std::optional<Value> word_value(const Token& token) {
    if (!token.is_name()) return std::nullopt;
    if (token.text == "true") return Value(true);
    if (token.text == "false") return Value(false);
    if (token.text == "null") return Value();
    return std::nullopt;
}

}  // namespace

std::optional<TagContent> TagParser::parse(const Token& open, Token first, bool is_block) {
    is_block_ = is_block;
    parameters_.clear();
    if (first.kind == Kind::close) {
        fault_at(open.offset, first.offset + first.length - open.offset,
                 "nothing stands between the braces", kLiteralBraces);
        resume_at_ = first.offset;
        return std::nullopt;
    }
    auto expression = call(open, std::move(first), Kind::close, 0);
    if (!expression) return std::nullopt;
    return TagContent{
        std::move(*expression), std::move(parameters_), {open.strips.before, last_.strips.after}};
}

std::optional<Expression> TagParser::call(const Token& open, Token first, Kind closer, int depth) {
    const std::size_t begin = first.offset;
    const bool names_helper = first.is_name() && !word_value(first);
    Call call{first.text, begin, {}, {}};
    auto head = operand(open, std::move(first), depth, false);
    if (!head) return std::nullopt;
    std::size_t end = begin + head->length;
    for (;;) {
        Token token = lexer_.next();
        if (token.kind == closer) {
            last_ = std::move(token);
            break;
        }
        const bool may_end_block = is_block_ && closer == Kind::close;
        if (may_end_block && token.is_name() && token.text == "as" && lexer_.peek() == '|') {
            if (!block_parameters(open)) return std::nullopt;
            break;
        }
        if (!names_helper && can_start_operand(token)) {
            fault_at(begin, head->length, "only a helper can be given arguments", kLiteralBraces);
            return std::nullopt;
        }
        const bool is_named = token.is_name() && lexer_.peek() == '=';
        const std::size_t offset = token.offset;
        std::string name = token.text;
        if (is_named) {
            (void)lexer_.next();
            token = lexer_.next();
        } else if (!call.named.empty() && can_start_operand(token)) {
            fault(token, "this stands behind a named argument",
                  "arguments without a name come first");
            return std::nullopt;
        }
        auto argument = operand(open, std::move(token), depth, true);
        if (!argument) return std::nullopt;
        end = argument->offset + argument->length;
        if (is_named) {
            call.named.push_back({std::move(name), offset, std::move(*argument)});
        } else {
            call.arguments.push_back(std::move(*argument));
        }
    }
    if (call.arguments.empty() && call.named.empty()) return head;
    return Expression{begin, end - begin, std::move(call)};
}

std::optional<Expression> TagParser::operand(const Token& open, Token token, int depth,
                                             bool is_argument) {
    // A list or an object; what stands in brackets may also be a name.
    const bool may_be_literal = (token.kind == Kind::word && token.text.starts_with('[')) ||
                                (token.kind == Kind::stray && token.text == "{") ||
                                (token.kind == Kind::unterminated_string && token.text == "]");
    if (is_argument && may_be_literal) {
        Token literal;
        if (lexer_.take_literal_at(token.offset, literal)) token = std::move(literal);
    }
    const std::size_t begin = token.offset;
    switch (token.kind) {
        case Kind::word:
            if (token.is_name() && token.text == "else") {
                fault(token, "`else` stands alone or begins a further condition",
                      "write `{{else}}` or `{{else if x}}`; a parameter of that name is written "
                      "`[else]`");
                return std::nullopt;
            }
            if (auto value = word_value(token)) {
                return Expression{begin, token.length, Literal{std::move(*value)}};
            }
            return Expression{begin, token.length, std::move(token.path)};
        case Kind::literal:
            return Expression{begin, token.length, Literal{std::move(token.value)}};
        case Kind::open_paren:
            return parentheses(open, token, depth + 1);
        default:
            unexpected(open, token);
            return std::nullopt;
    }
}

std::optional<Expression> TagParser::parentheses(const Token& open, const Token& paren, int depth) {
    if (depth > kDeepestNesting) {
        fault(paren, "parentheses nest too deeply", "at most 64 levels are read");
        return std::nullopt;
    }
    Token first = lexer_.next();
    if (first.kind == Kind::close_paren) {
        fault_at(paren.offset, first.offset + 1 - paren.offset,
                 "nothing stands between the parentheses", "write `(helper argument)`");
        return std::nullopt;
    }
    auto inner = call(open, std::move(first), Kind::close_paren, depth);
    if (!inner) return std::nullopt;
    inner->offset = paren.offset;
    inner->length = last_.offset + 1 - paren.offset;
    return inner;
}

// `|x i|` up to the end of the tag.
bool TagParser::block_parameters(const Token& open) {
    const Token bar = lexer_.next();
    Token token = lexer_.next();
    for (; token.is_name(); token = lexer_.next()) {
        parameters_.push_back(token.text);
    }
    const bool is_closed = token.kind == Kind::stray && token.text == "|";
    if (!is_closed) {
        fault(token.kind == Kind::end ? bar : token, "block parameters are names between two `|`",
              "write `as |item|` or `as |item index|`");
        return false;
    }
    if (parameters_.empty() || parameters_.size() > 2) {
        fault_at(bar.offset, token.offset + 1 - bar.offset,
                 "one or two block parameters are wanted",
                 "write `as |item|` or `as |item index|`");
        return false;
    }
    last_ = lexer_.next();
    if (last_.kind == Kind::close) return true;
    if (last_.kind == Kind::end) {
        unexpected(open, last_);
    } else {
        fault(last_, "the tag has to end behind its block parameters", "");
    }
    return false;
}

void TagParser::unexpected(const Token& open, const Token& token) {
    switch (token.kind) {
        case Kind::end:
            fault(open, "this tag is never closed",
                  std::string("close it with `") + closing_of(open) + "`; " + kLiteralBraces);
            return;
        case Kind::unterminated_string:
            fault(token,
                  token.text == "]" ? "this `[` is never closed" : "this quote is never closed",
                  "add the closing `" + token.text + "`");
            return;
        case Kind::close:
            fault(token, "a closing `)` is missing", "parentheses must be closed before `}}`");
            resume_at_ = token.offset;
            return;
        case Kind::close_paren:
            fault(token, "this `)` closes nothing", kLiteralBraces);
            return;
        default:
            stray(open, token);
    }
}

void TagParser::stray(const Token& open, const Token& token) {
    const std::size_t behind = token.offset + token.length;
    if (token.text == ".") {
        const std::size_t before = token.offset;
        const bool begins_word =
            before == 0 ||
            std::string_view(" \t\r\n({&~").find(source_[before - 1]) != std::string_view::npos;
        if (begins_word) {
            fault(token, "a name cannot begin with `.`",
                  "if this is a template of docker, kubectl or Go, write `\\{{" + inside_of(open) +
                      "}}`");
        } else {
            fault(token, "a name is missing behind `.`",
                  std::string("a parameter with a dot in its name is written `[a.b]`; ") +
                      kLiteralBraces);
        }
    } else if (token.text.ends_with('/') || token.text.starts_with('@')) {
        fault(token, "a name is missing behind `" + token.text + "`", kLiteralBraces);
    } else if (token.text == "}" && open.tag == Tag::triple) {
        fault(token, "`{{{` must be closed by `}}}`", "");
        resume_at_ = token.offset;
    } else if (open.tag == Tag::output && token.text == "}" && behind < source_.size()) {
        fault(token, "a single `}` does not close `{{`", kLiteralBraces);
    } else {
        fault(token, "`" + token.text + "` cannot stand here", kLiteralBraces);
    }
}

// What stands between the braces, for showing the same with a backslash.
std::string TagParser::inside_of(const Token& open) const {
    const std::size_t begin = open.offset + open.length;
    const std::size_t end = source_.substr(begin, kLongestShown).find("}}");
    return end == std::string_view::npos ? "..." : std::string(source_.substr(begin, end));
}

void TagParser::fault_at(std::size_t offset, std::size_t length, std::string message,
                         std::string help) {
    faults_.push_back(
        {offset, std::max<std::size_t>(length, 1), std::move(message), std::move(help)});
}

}  // namespace remuda::templating
