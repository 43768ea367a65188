// SPDX-License-Identifier: MIT
//
// What a parsed template is made of. A new form of expression or statement is one more alternative
// of the variants here.
#pragma once

#include "templating/value.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::templating {

struct Expression;
struct Statement;
using Statements = std::vector<Statement>;

/// A way to a value: `a.b`, `../a`, `this`, `@index`, `@root.a`, `[raw key]`.
struct Path {
    enum class Start {
        /// The present context, or one above it.
        context,
        /// `@root`
        root,
        /// `@index` and the like of the loop around it.
        loop,
    };
    Start start = Start::context;
    /// How many `../` it begins with.
    std::size_t up = 0;
    /// It begins with `this`, `./` or `../`, so that it is no block parameter.
    bool is_explicit = false;
    /// Empty: the context itself.
    std::vector<std::string> names;

    /// One name and nothing else.
    [[nodiscard]] bool is_plain_name() const {
        return start == Start::context && up == 0 && !is_explicit && names.size() == 1;
    }
};

struct Literal {
    Value value;
};

/// A helper with its arguments, positional and named.
struct Call {
    struct Named;

    std::string helper;
    /// Where the helper's name stands.
    std::size_t offset = 0;
    std::vector<Expression> arguments;
    std::vector<Named> named;
};

struct Expression {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::variant<Path, Literal, Call> value;
};

/// `format="json"`
struct Call::Named {
    std::string name;
    std::size_t offset = 0;
    Expression value;
};

struct Text {
    std::string text;
    /// As it was written, before white space was removed.
    std::string original;
    bool is_cut_at_start = false;
    bool is_cut_at_end = false;
};

struct Comment {};

/// `{{ expression }}`
struct Output {
    Expression expression;
};

/// The `~` of a tag: white space before and after it goes.
struct Strips {
    bool before = false;
    bool after = false;
};

/// From one tag of a block to the next: `{{#if a}}`..., `{{else if b}}`..., `{{else}}`...
struct Branch {
    /// Absent: `{{else}}`.
    std::optional<Expression> head;
    /// `{{^x}}`: the body is for when there is no x.
    bool is_inverted = false;
    /// `as |x i|`
    std::vector<std::string> parameters;
    Statements body;
    Strips strips;
};

/// A block, tag to tag. Each branch after the first is what comes instead of the one before it.
struct Block {
    std::vector<Branch> branches;
    Strips close_strips;
};

struct Statement {
    std::variant<Text, Comment, Output, Block> value;
    /// Of comment and output.
    Strips strips;
};

/// Expressions nest at most this deep, and so do blocks, so that walking them cannot exhaust the
/// stack.
inline constexpr int kDeepestNesting = 64;

}  // namespace remuda::templating
