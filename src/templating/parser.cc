// SPDX-License-Identifier: MIT
#include "templating/parser.h"

#include "templating/lexer.h"

#include <algorithm>
#include <array>
#include <optional>

namespace remuda::templating {

namespace {

using Kind = Token::Kind;
using Tag = Token::Tag;

// Beyond this many faults further ones help nobody.
constexpr std::size_t kMostFaults = 50;

// Of a tag that a message repeats, in bytes.
constexpr std::size_t kLongestShown = 40;

// Words that Handlebars reads as values or as parts of blocks.
constexpr std::array<std::string_view, 6> kReservedWords = {"true",      "false", "null",
                                                            "undefined", "this",  "else"};

class Parser {
  public:
    Parser(std::string_view source, std::vector<Fault>& faults)
        : source_(source), lexer_(source), faults_(faults) {}

    std::vector<Statement> parse() {
        std::vector<Statement> statements;
        while (faults_.size() < kMostFaults) {
            Token token = lexer_.next();
            switch (token.kind) {
                case Kind::end:
                    return statements;
                case Kind::text:
                    statements.push_back({Text{std::move(token.text)}});
                    break;
                case Kind::comment:
                    statements.push_back({Comment{}, token.strips_before, token.strips_after});
                    break;
                case Kind::unterminated_comment:
                    fault(token, "this comment is never closed",
                          "close it with `" + token.text + "`; " + kLiteralBraces);
                    return statements;
                default: {
                    auto statement = parse_tag(token);
                    if (statement) {
                        statements.push_back(std::move(*statement));
                    } else if (!lexer_.resume_behind_tag(resume_at_)) {
                        return statements;
                    }
                }
            }
        }
        return statements;
    }

  private:
    std::optional<Statement> parse_tag(const Token& open) {
        // A quote that is never closed swallows the `}}`: go on behind the first one.
        resume_at_ = open.offset + open.length;
        if (refuses_unsupported(open)) return std::nullopt;
        Token token = lexer_.next();
        if (token.kind == Kind::close) {
            fault_at(open.offset, token.offset + token.length - open.offset,
                     "nothing stands between the braces", kLiteralBraces);
            resume_at_ = token.offset;
            return std::nullopt;
        }
        auto expression = parse_call(open, std::move(token), Kind::close, 0);
        if (!expression) return std::nullopt;
        Statement statement{Output{std::move(*expression)}};
        statement.strips_before = open.strips_before;
        statement.strips_after = last_.strips_after;
        return statement;
    }

    // Reads `word`, or `helper argument...`, up to and including `closer`, which stays in `last_`.
    std::optional<Expression> parse_call(const Token& open, Token first, Kind closer, int depth) {
        const std::size_t begin = first.offset;
        const bool names_helper = first.kind == Kind::word && !first.is_raw_key;
        const std::string name = first.text;
        auto head = parse_operand(open, std::move(first), depth);
        if (!head) return std::nullopt;
        std::vector<Expression> arguments;
        for (;;) {
            Token token = lexer_.next();
            if (token.kind == closer) {
                last_ = std::move(token);
                break;
            }
            if (!names_helper && can_start_operand(token)) {
                fault_at(begin, head->length, "only a helper can be given arguments",
                         kLiteralBraces);
                return std::nullopt;
            }
            auto argument = parse_operand(open, std::move(token), depth);
            if (!argument) return std::nullopt;
            arguments.push_back(std::move(*argument));
        }
        if (arguments.empty()) return head;
        const Expression& tail = arguments.back();
        const std::size_t length = tail.offset + tail.length - begin;
        return Expression{begin, length, Call{name, begin, std::move(arguments)}};
    }

    std::optional<Expression> parse_operand(const Token& open, Token token, int depth) {
        const std::size_t begin = token.offset;
        switch (token.kind) {
            case Kind::word:
                if (!token.is_raw_key && refuses_reserved(token)) return std::nullopt;
                return Expression{begin, token.length, Variable{std::move(token.text)}};
            case Kind::string:
            case Kind::number:
                return Expression{begin, token.length, Literal{std::move(token.text)}};
            case Kind::open_paren:
                return parse_parentheses(open, token, depth + 1);
            default:
                unexpected(open, token);
                return std::nullopt;
        }
    }

    std::optional<Expression> parse_parentheses(const Token& open, const Token& paren, int depth) {
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
        auto inner = parse_call(open, std::move(first), Kind::close_paren, depth);
        if (!inner) return std::nullopt;
        inner->offset = paren.offset;
        inner->length = last_.offset + 1 - paren.offset;
        return inner;
    }

    static bool can_start_operand(const Token& token) {
        return token.kind == Kind::word || token.kind == Kind::string ||
               token.kind == Kind::number || token.kind == Kind::open_paren;
    }

    bool refuses_unsupported(const Token& open) {
        const char* what = nullptr;
        switch (open.tag) {
            case Tag::output:
            case Tag::triple:
                return false;
            case Tag::block:
                what = "blocks (`{{#...}}`) are not supported yet";
                break;
            case Tag::block_end:
                what = "blocks (`{{/...}}`) are not supported yet";
                break;
            case Tag::inverse:
                what = "inverse blocks (`{{^...}}`) are not supported yet";
                break;
            case Tag::partial:
                what = "partials (`{{>...}}`) are not supported";
                break;
            case Tag::decorator:
                what = "decorators (`{{*...}}`) are not supported";
                break;
            case Tag::raw_block:
                what = "raw blocks (`{{{{...}}}}`) are not supported yet";
                break;
        }
        fault(open, what, kLiteralBraces);
        return true;
    }

    bool refuses_reserved(const Token& word) {
        if (std::find(kReservedWords.begin(), kReservedWords.end(), word.text) ==
            kReservedWords.end()) {
            return false;
        }
        fault(word, "`" + word.text + "` is not supported yet",
              "a parameter of that name is written `[" + word.text + "]`");
        return true;
    }

    void unexpected(const Token& open, const Token& token) {
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

    void stray(const Token& open, const Token& token) {
        const std::size_t behind = token.offset + token.length;
        if (token.text == ".") {
            const std::size_t before = token.offset;
            const bool begins_word =
                before == 0 ||
                std::string_view(" \t\r\n({&~").find(source_[before - 1]) != std::string_view::npos;
            if (begins_word) {
                fault(token, "a name cannot begin with `.`",
                      "if this is a template of docker, kubectl or Go, write `\\{{" +
                          inside_of(open) + "}}`");
            } else {
                fault(token, "paths (`a.b`) are not supported yet",
                      std::string("a parameter with a dot in its name is written `[a.b]`; ") +
                          kLiteralBraces);
            }
        } else if (token.text == "/") {
            fault(token, "paths (`a/b`) are not supported yet", kLiteralBraces);
        } else if (token.text == "@") {
            fault(token, "names with `@` are not supported yet", kLiteralBraces);
        } else if (token.text == "=") {
            fault(token, "named arguments (`name=value`) are not supported yet", kLiteralBraces);
        } else if (token.text == "}" && open.tag == Tag::triple) {
            fault(token, "`{{{` must be closed by `}}}`", "");
            resume_at_ = token.offset;
        } else if (open.tag == Tag::output && token.text == "}" && behind < source_.size()) {
            fault(token, "a single `}` does not close `{{`", kLiteralBraces);
        } else {
            fault(token, "`" + token.text + "` cannot stand here", kLiteralBraces);
        }
    }

    static const char* closing_of(const Token& open) {
        return open.tag == Tag::triple ? "}}}" : "}}";
    }

    // What stands between the braces, for showing the same with a backslash.
    [[nodiscard]] std::string inside_of(const Token& open) const {
        const std::size_t begin = open.offset + open.length;
        const std::size_t end = source_.substr(begin, kLongestShown).find("}}");
        return end == std::string_view::npos ? "..." : std::string(source_.substr(begin, end));
    }

    void fault(const Token& token, std::string message, std::string help) {
        fault_at(token.offset, token.length, std::move(message), std::move(help));
    }
    void fault_at(std::size_t offset, std::size_t length, std::string message, std::string help) {
        faults_.push_back(
            {offset, std::max<std::size_t>(length, 1), std::move(message), std::move(help)});
    }

    std::string_view source_;
    Lexer lexer_;
    std::vector<Fault>& faults_;
    /// The token that ended the latest call.
    Token last_;
    /// Where the search for the end of a faulty tag begins.
    std::size_t resume_at_ = 0;
};

}  // namespace

std::vector<Statement> parse_statements(std::string_view source, std::vector<Fault>& faults) {
    return Parser(source, faults).parse();
}

}  // namespace remuda::templating
