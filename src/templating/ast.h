// SPDX-License-Identifier: MIT
//
// What a parsed template is made of. A new form of expression or statement (paths, blocks) is one
// more alternative of the variants here.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace remuda::templating {

struct Expression;

struct Variable {
    std::string name;
};

/// A quoted string or a number, as text.
struct Literal {
    std::string text;
};

/// A helper with at least one argument.
struct Call {
    std::string helper;
    /// Where the helper's name stands.
    std::size_t offset = 0;
    std::vector<Expression> arguments;
};

struct Expression {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::variant<Variable, Literal, Call> value;
};

struct Text {
    std::string text;
};

struct Comment {};

/// `{{ expression }}`
struct Output {
    Expression expression;
};

struct Statement {
    std::variant<Text, Comment, Output> value;
    /// `~` at this tag's begin or end.
    bool strips_before = false;
    bool strips_after = false;
};

/// Expressions nest at most this deep, so that walking them cannot exhaust the stack.
inline constexpr int kDeepestNesting = 64;

}  // namespace remuda::templating
