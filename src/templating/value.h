// SPDX-License-Identifier: MIT
//
// Value: what a template computes with, as in JSON. Parameters are always text. Lists and objects
// are shared and never change, so that copies are cheap; how large and deep one may be is limited
// where it is made, so that walking one always ends.
#pragma once

#include "remuda/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::templating {

class Value;
using Items = std::vector<Value>;
/// In the order in which they were written.
using Members = std::vector<std::pair<std::string, Value>>;

struct List;
struct Object;

class Value {
  public:
    /// Lists in lists in ... nest at most this deep.
    static constexpr int kDeepest = 128;
    /// Values within a value, itself included, shared ones counted each time.
    static constexpr std::size_t kHeaviest = 1'000'000;

    Value() = default;
    // NOLINTBEGIN(google-explicit-constructor): a value of each type is a Value.
    Value(bool value) : state_(value) {}
    Value(std::int64_t value) : state_(value) {}
    Value(double value) : state_(value) {}
    Value(std::string value) : state_(std::move(value)) {}
    // NOLINTEND(google-explicit-constructor)
    explicit Value(std::string_view value) : state_(std::string(value)) {}
    Value(const char*) = delete;

    /// Fails if the list would be too large or too deep.
    [[nodiscard]] static Result<Value> list(Items items);
    /// Of two members with the same name the later counts, in the place of the earlier.
    [[nodiscard]] static Result<Value> object(Members members);

    [[nodiscard]] bool is_null() const { return state_.index() == 0; }
    [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&state_); }
    [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&state_); }
    [[nodiscard]] bool is_number() const { return state_.index() == 2 || state_.index() == 3; }
    /// The number as a whole one; nullptr if it is none.
    [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&state_); }
    /// Of a number.
    [[nodiscard]] double real() const;
    /// nullptr if it is no list.
    [[nodiscard]] const Items* items() const;
    /// nullptr if it is no object.
    [[nodiscard]] const Members* members() const;

    /// The member or item (by its index in decimal digits) of that name; nullptr if there is none.
    [[nodiscard]] const Value* find(std::string_view name) const;

    /// As Handlebars has it: false, 0, null, empty text, lists and objects are not. With
    /// `zero_counts` 0 is.
    [[nodiscard]] bool is_truthy(bool zero_counts = false) const;
    /// As it is rendered: null is empty, a list `[a, b]`, an object `[object]`. At most about
    /// `longest` bytes; more than that means that it has been cut.
    [[nodiscard]] std::string rendered(std::size_t longest) const;
    /// "text", "a number", "a list" ..., for messages.
    [[nodiscard]] const char* kind() const;

    [[nodiscard]] std::size_t weight() const;
    [[nodiscard]] int depth() const;

    friend bool operator==(const Value& a, const Value& b);

  private:
    // Shared by all copies of the value.
    std::variant<std::monostate, bool, std::int64_t, double, std::string,
                 std::shared_ptr<const List>, std::shared_ptr<const Object>>
        state_;
};

struct List {
    Items items;
    std::size_t weight = 1;
    int depth = 1;
};

struct Object {
    Members members;
    /// Places of the members; empty while they are few.
    std::unordered_map<std::string, std::size_t> index;
    std::size_t weight = 1;
    int depth = 1;
};

/// The number as JSON writes it.
[[nodiscard]] std::string number_text(const Value& number);
/// `text` as a number, null if it is none in JSON's form (leading zeros and `+` allowed).
[[nodiscard]] Value number_of(std::string_view text);

/// `text` with U+FFFD for bytes that are no UTF-8.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace remuda::templating
