// SPDX-License-Identifier: MIT
#include "templating/logic_helpers.h"

#include <algorithm>
#include <compare>

namespace remuda::templating {

namespace {

// In an error's text.
constexpr std::size_t kLongestShown = 60;

// Null if it is none.
Value as_number(const Value& value) {
    if (value.is_number()) return value;
    return value.text() == nullptr ? Value() : number_of(*value.text());
}

bool are_equal(const Value& a, const Value& b) {
    if (a.is_number() == b.is_number()) return a == b;
    const Value number_a = as_number(a);
    return !number_a.is_null() && number_a == as_number(b);
}

std::string shown(const Value& value) {
    if (value.text() == nullptr) return value.is_null() ? "an empty value" : value.kind();
    return "'" + value.text()->substr(0, kLongestShown) + "'";
}

Result<std::partial_ordering> order(const Inputs& inputs) {
    const Value a = as_number(inputs.arguments[0]);
    const Value b = as_number(inputs.arguments[1]);
    if (a.is_null() || b.is_null()) {
        return Error(Code::invalid_input,
                     shown(inputs.arguments[a.is_null() ? 0 : 1]) + " is no number");
    }
    if (a.integer() != nullptr && b.integer() != nullptr) {
        return std::partial_ordering(*a.integer() <=> *b.integer());
    }
    return a.real() <=> b.real();
}

bool is_true(const Value& value) {
    return value.is_truthy();
}

}  // namespace

Result<Value> eq(const Inputs& inputs) {
    return Value(are_equal(inputs.arguments[0], inputs.arguments[1]));
}

Result<Value> ne(const Inputs& inputs) {
    return Value(!are_equal(inputs.arguments[0], inputs.arguments[1]));
}

Result<Value> gt(const Inputs& inputs) {
    const auto ordering = order(inputs);
    if (!ordering) return ordering.error();
    return Value(*ordering > 0);
}

Result<Value> gte(const Inputs& inputs) {
    const auto ordering = order(inputs);
    if (!ordering) return ordering.error();
    return Value(*ordering >= 0);
}

Result<Value> lt(const Inputs& inputs) {
    const auto ordering = order(inputs);
    if (!ordering) return ordering.error();
    return Value(*ordering < 0);
}

Result<Value> lte(const Inputs& inputs) {
    const auto ordering = order(inputs);
    if (!ordering) return ordering.error();
    return Value(*ordering <= 0);
}

Result<Value> all_of(const Inputs& inputs) {
    return Value(std::ranges::all_of(inputs.arguments, is_true));
}

Result<Value> any_of(const Inputs& inputs) {
    return Value(std::ranges::any_of(inputs.arguments, is_true));
}

Result<Value> negated(const Inputs& inputs) {
    return Value(!inputs.arguments[0].is_truthy());
}

Result<Value> length(const Inputs& inputs) {
    const Value& value = inputs.arguments[0];
    std::size_t count = 0;
    if (value.text() != nullptr) count = value.text()->size();
    if (value.items() != nullptr) count = value.items()->size();
    if (value.members() != nullptr) count = value.members()->size();
    return Value(static_cast<std::int64_t>(count));
}

Result<Value> lookup(const Inputs& inputs) {
    const Value& key = inputs.arguments[1];
    const Value* found = inputs.arguments[0].find(key.rendered(kLongestValue));
    return found == nullptr ? Value() : *found;
}

Result<Value> log_nothing(const Inputs& inputs) {
    (void)inputs;
    return Value();
}

Result<Value> assign(const Inputs& inputs) {
    const std::string* name = inputs.arguments[0].text();
    if (name == nullptr || name->empty()) {
        return Error(Code::invalid_input, "the name is a text that is not empty");
    }
    inputs.assigned.insert_or_assign(*name, inputs.arguments[1]);
    return Value();
}

}  // namespace remuda::templating
