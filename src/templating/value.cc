// SPDX-License-Identifier: MIT
#include "templating/value.h"

#include "remuda/base/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace remuda::templating {

namespace {

// From this many members on they are found by an index.
constexpr std::size_t kIndexed = 12;

template <class Node>
Result<void> weigh(Node& node, const Value& part) {
    node.weight += part.weight();
    node.depth = std::max(node.depth, part.depth() + 1);
    if (node.weight > Value::kHeaviest) {
        return Error(Code::invalid_input, "the value has more than a million parts");
    }
    if (node.depth > Value::kDeepest) {
        return Error(Code::invalid_input, "the value nests more than 128 levels deep");
    }
    return {};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

Result<Value> Value::list(Items items) {
    auto list = std::make_shared<List>();
    for (const Value& item : items) {
        if (auto weighed = weigh(*list, item); !weighed) return weighed.error();
    }
    list->items = std::move(items);
    Value value;
    value.state_ = std::move(list);
    return value;
}

Result<Value> Value::object(Members members) {
    auto object = std::make_shared<Object>();
    const bool is_indexed = members.size() >= kIndexed;
    for (auto& [name, member] : members) {
        if (auto weighed = weigh(*object, member); !weighed) return weighed.error();
        Members& known = object->members;
        auto same = known.end();
        if (is_indexed) {
            const auto [place, is_new] = object->index.emplace(name, known.size());
            if (!is_new) same = known.begin() + static_cast<std::ptrdiff_t>(place->second);
        } else {
            same = std::ranges::find(known, name, &Members::value_type::first);
        }
        if (same != known.end()) {
            same->second = std::move(member);
        } else {
            known.emplace_back(std::move(name), std::move(member));
        }
    }
    Value value;
    value.state_ = std::move(object);
    return value;
}

double Value::real() const {
    if (const auto* whole = integer()) return static_cast<double>(*whole);
    const auto* number = std::get_if<double>(&state_);
    return number == nullptr ? 0 : *number;
}

const Items* Value::items() const {
    const auto* list = std::get_if<std::shared_ptr<const List>>(&state_);
    return list == nullptr ? nullptr : &(*list)->items;
}

const Members* Value::members() const {
    const auto* object = std::get_if<std::shared_ptr<const Object>>(&state_);
    return object == nullptr ? nullptr : &(*object)->members;
}

const Value* Value::find(std::string_view name) const {
    if (const Items* list = items()) {
        std::size_t index = 0;
        const char* const begin = name.data();
        const char* const end = begin + name.size();
        const auto [stop, error] = std::from_chars(begin, end, index);
        if (error != std::errc() || stop != end || index >= list->size()) return nullptr;
        return &(*list)[index];
    }
    const auto* object = std::get_if<std::shared_ptr<const Object>>(&state_);
    if (object == nullptr) return nullptr;
    const Members& known = (*object)->members;
    if (!(*object)->index.empty()) {
        const auto found = (*object)->index.find(std::string(name));
        return found == (*object)->index.end() ? nullptr : &known[found->second].second;
    }
    const auto found = std::ranges::find(known, name, &Members::value_type::first);
    return found == known.end() ? nullptr : &found->second;
}

bool Value::is_truthy(bool zero_counts) const {
    if (const bool* truth = boolean()) return *truth;
    if (is_number()) {
        const double number = real();
        return !std::isnan(number) && (zero_counts || number != 0);
    }
    if (const std::string* words = text()) return !words->empty();
    if (const Items* list = items()) return !list->empty();
    if (const Members* object = members()) return !object->empty();
    return false;
}

std::string Value::rendered(std::size_t longest) const {
    if (const std::string* words = text()) return *words;
    if (const bool* truth = boolean()) return *truth ? "true" : "false";
    if (is_number()) return number_text(*this);
    if (members() != nullptr) return "[object]";
    const Items* list = items();
    if (list == nullptr) return "";
    std::string result = "[";
    for (const Value& item : *list) {
        if (result.size() > longest) break;
        if (result.size() > 1) result += ", ";
        result += item.rendered(longest - std::min(longest, result.size()));
    }
    return result + "]";
}

const char* Value::kind() const {
    if (text() != nullptr) return "text";
    if (boolean() != nullptr) return "true or false";
    if (is_number()) return "a number";
    if (items() != nullptr) return "a list";
    return members() != nullptr ? "an object" : "nothing";
}

std::size_t Value::weight() const {
    if (const auto* list = std::get_if<std::shared_ptr<const List>>(&state_)) {
        return (*list)->weight;
    }
    const auto* object = std::get_if<std::shared_ptr<const Object>>(&state_);
    return object == nullptr ? 1 : (*object)->weight;
}

int Value::depth() const {
    if (const auto* list = std::get_if<std::shared_ptr<const List>>(&state_)) return (*list)->depth;
    const auto* object = std::get_if<std::shared_ptr<const Object>>(&state_);
    return object == nullptr ? 0 : (*object)->depth;
}

bool operator==(const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) {
        const auto* whole_a = a.integer();
        const auto* whole_b = b.integer();
        if (whole_a != nullptr && whole_b != nullptr) return *whole_a == *whole_b;
        return a.real() == b.real();
    }
    if (a.state_.index() != b.state_.index()) return false;
    if (const Items* list = a.items()) return *list == *b.items();
    const Members* object = a.members();
    if (object == nullptr) return a.state_ == b.state_;
    return object->size() == b.members()->size() &&
           std::ranges::all_of(*object, [&](const auto& member) {
               const Value* other = b.find(member.first);
               return other != nullptr && *other == member.second;
           });
}

std::string number_text(const Value& number) {
    std::array<char, 64> buffer{};
    if (const auto* whole = number.integer()) {
        const auto end = std::to_chars(buffer.begin(), buffer.end(), *whole).ptr;
        return {buffer.begin(), end};
    }
    const double real = number.real();
    if (!std::isfinite(real)) return "null";
    std::string text(buffer.begin(), std::to_chars(buffer.begin(), buffer.end(), real).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

Value number_of(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    text = digits;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    // from_chars also reads "inf", "nan" and ".5".
    if (digits.empty() || !is_digit(digits.front()) || !is_digit(digits.back())) return {};
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(begin, end, whole);
        read.ec == std::errc() && read.ptr == end) {
        return whole;
    }
    double real = 0;
    const auto read = std::from_chars(begin, end, real);
    if (read.ec != std::errc() || read.ptr != end) return {};
    return real;
}

std::string valid_utf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        valid += step.is_valid ? text.substr(0, step.length) : kReplacementCharacter;
        text.remove_prefix(step.length);
    }
    return valid;
}

}  // namespace remuda::templating
