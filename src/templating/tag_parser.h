// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"
#include "templating/lexer.h"
#include "templating/token.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::templating {

/// What stands in a tag, and its end.
struct TagContent {
    Expression expression;
    /// `as |x i|`
    std::vector<std::string> parameters;
    Strips strips;
};

/// Reads what stands between the braces of a tag.
class TagParser {
  public:
    /// All of it outlives the parser.
    TagParser(std::string_view source, Lexer& lexer, std::vector<Fault>& faults)
        : source_(source), lexer_(lexer), faults_(faults) {}

    /// From `first` up to and including the end of the tag that `open` begins. `is_block`: it may
    /// end in block parameters. Nothing after a fault, which has been reported.
    [[nodiscard]] std::optional<TagContent> parse(const Token& open, Token first, bool is_block);

    /// Reports that `token` cannot stand in the tag that `open` begins.
    void unexpected(const Token& open, const Token& token);

    void fault(const Token& token, std::string message, std::string help) {
        fault_at(token.offset, token.length, std::move(message), std::move(help));
    }
    void fault_at(std::size_t offset, std::size_t length, std::string message, std::string help);

    /// Where the search for the end of a faulty tag begins.
    [[nodiscard]] std::size_t resume_at() const { return resume_at_; }
    void resume_from(std::size_t offset) { resume_at_ = offset; }

  private:
    [[nodiscard]] std::optional<Expression> call(const Token& open, Token first, Token::Kind closer,
                                                 int depth);
    [[nodiscard]] std::optional<Expression> operand(const Token& open, Token token, int depth,
                                                    bool is_argument);
    [[nodiscard]] std::optional<Expression> parentheses(const Token& open, const Token& paren,
                                                        int depth);
    [[nodiscard]] bool block_parameters(const Token& open);
    void stray(const Token& open, const Token& token);
    [[nodiscard]] std::string inside_of(const Token& open) const;

    std::string_view source_;
    Lexer& lexer_;
    std::vector<Fault>& faults_;
    /// The token that ended the latest call.
    Token last_;
    std::vector<std::string> parameters_;
    bool is_block_ = false;
    std::size_t resume_at_ = 0;
};

}  // namespace remuda::templating
