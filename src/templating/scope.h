// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"
#include "templating/helpers.h"
#include "templating/value.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remuda::templating {

/// What names mean at one place of a rendering: the variables, the contexts of the blocks around,
/// their loops and block parameters.
class Scope {
  public:
    struct Loop {
        Value index;
        Value key;
        bool is_first = false;
        bool is_last = false;
    };
    struct Found {
        bool is_found = false;
        Value value;
    };

    /// `data` outlives the scope.
    explicit Scope(const Data& data);

    [[nodiscard]] Found find(const Path& path) const;

    void push_context(Value value) { contexts_.push_back({false, std::move(value)}); }
    void pop_context() { contexts_.pop_back(); }

    void push_loop() { loops_.emplace_back(); }
    Loop& loop() { return loops_.back(); }
    void pop_loop() { loops_.pop_back(); }

    void push_parameter(std::string_view name, Value value) {
        parameters_.emplace_back(name, std::move(value));
    }
    void pop_parameters(std::size_t count) { parameters_.resize(parameters_.size() - count); }

    /// What `assign` sets.
    [[nodiscard]] Assigned& assigned() { return assigned_; }
    /// Of the variables.
    [[nodiscard]] std::vector<std::string> names() const;
    /// Of all variables together.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// Whether the path begins at the variables and not within a value.
    [[nodiscard]] bool is_of_root(const Path& path) const;
    /// A plain name that the context lacks may be a variable: `../` as often as it takes to get
    /// there; empty if it is none.
    [[nodiscard]] std::string way_out(const Path& path) const;

  private:
    struct Context {
        bool is_root = false;
        Value value;
    };

    [[nodiscard]] Found find_variable(const Path& path, std::size_t from) const;
    [[nodiscard]] Value all_variables() const;
    /// From the name number `from` of the path on.
    [[nodiscard]] static Found find_member(const Value& value, const Path& path, std::size_t from);

    const Data& data_;
    std::unordered_map<std::string_view, std::string_view> values_;
    std::size_t bytes_ = 0;
    Assigned assigned_;
    /// Of the blocks around, the innermost last; the first is the root.
    std::vector<Context> contexts_;
    std::vector<Loop> loops_;
    std::vector<std::pair<std::string_view, Value>> parameters_;
};

}  // namespace remuda::templating
