// SPDX-License-Identifier: MIT
#include "templating/jmespath_functions.h"

#include "templating/helpers.h"
#include "templating/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

using Arguments = std::vector<QueryArgument>;

Error wrong(const std::string& reason) {
    return {Code::invalid_input, reason};
}

Result<Items> items_of(const Value& value) {
    if (value.items() == nullptr)
        return wrong(fmt::format("a list is wanted, not {}", value.kind()));
    return *value.items();
}

Result<std::string> text_of(const Value& value) {
    if (value.text() == nullptr) return wrong(fmt::format("text is wanted, not {}", value.kind()));
    return *value.text();
}

// Null unless all are numbers or all are texts.
bool are_comparable(const Items& items) {
    const auto is_number = [](const Value& value) { return value.is_number(); };
    const auto is_text = [](const Value& value) { return value.text() != nullptr; };
    return std::ranges::all_of(items, is_number) || std::ranges::all_of(items, is_text);
}

bool is_less(const Value& a, const Value& b) {
    if (a.text() != nullptr && b.text() != nullptr) return *a.text() < *b.text();
    return a.real() < b.real();
}

Value whole_or_real(double number) {
    const bool is_whole = std::trunc(number) == number && std::abs(number) < 9e15;
    return is_whole ? Value(static_cast<std::int64_t>(number)) : Value(number);
}

Result<Value> length(const Arguments& arguments) {
    const Value& value = arguments[0].value;
    std::size_t count = 0;
    if (const std::string* text = value.text()) {
        count = static_cast<std::size_t>(std::ranges::count_if(
            *text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    } else if (value.items() != nullptr) {
        count = value.items()->size();
    } else if (value.members() != nullptr) {
        count = value.members()->size();
    } else {
        return wrong(fmt::format("{} has no length", value.kind()));
    }
    return Value(static_cast<std::int64_t>(count));
}

Result<Value> names_or_values(const Arguments& arguments, bool are_names) {
    const Members* members = arguments[0].value.members();
    if (members == nullptr) {
        return wrong(fmt::format("an object is wanted, not {}", arguments[0].value.kind()));
    }
    Items items;
    for (const auto& [name, value] : *members)
        items.push_back(are_names ? Value(name) : value);
    return Value::list(std::move(items));
}

Result<Value> keys(const Arguments& arguments) {
    return names_or_values(arguments, true);
}
Result<Value> values(const Arguments& arguments) {
    return names_or_values(arguments, false);
}

Result<Value> join(const Arguments& arguments) {
    const auto glue = text_of(arguments[0].value);
    if (!glue) return glue.error();
    const auto items = items_of(arguments[1].value);
    if (!items) return items.error();
    std::string joined;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto part = text_of((*items)[i]);
        if (!part) return part.error();
        if (i > 0) joined += *glue;
        joined += *part;
        if (joined.size() > kLongestValue) return wrong("the value grows beyond 8 MiB");
    }
    return Value(std::move(joined));
}

// Sorts `places` by the values there, equal ones in their order.
std::vector<std::size_t> sorted_places(const Items& by) {
    std::vector<std::size_t> places(by.size());
    for (std::size_t i = 0; i < places.size(); ++i)
        places[i] = i;
    std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
        if (is_less(by[a], by[b])) return true;
        return !is_less(by[b], by[a]) && a < b;
    });
    return places;
}

Result<Value> sorted(const Items& items, const Items& by) {
    if (!are_comparable(by)) return wrong("only numbers or only texts can be sorted");
    Items result;
    for (const std::size_t place : sorted_places(by))
        result.push_back(items[place]);
    return Value::list(std::move(result));
}

Result<Value> sort(const Arguments& arguments) {
    const auto items = items_of(arguments[0].value);
    if (!items) return items.error();
    return sorted(*items, *items);
}

Result<Value> extreme(const Items& items, const Items& by, bool is_max) {
    if (!are_comparable(by)) return wrong("only numbers or only texts can be compared");
    if (items.empty()) return Value();
    std::size_t best = 0;
    for (std::size_t i = 1; i < items.size(); ++i) {
        if (is_max ? is_less(by[best], by[i]) : is_less(by[i], by[best])) best = i;
    }
    return items[best];
}

Result<Value> max(const Arguments& arguments) {
    const auto items = items_of(arguments[0].value);
    if (!items) return items.error();
    return extreme(*items, *items, true);
}
Result<Value> min(const Arguments& arguments) {
    const auto items = items_of(arguments[0].value);
    if (!items) return items.error();
    return extreme(*items, *items, false);
}

// The list of argument `at`, and what `&expression` gives for each.
Result<std::pair<Items, Items>> by_reference(const Arguments& arguments, std::size_t at) {
    auto items = items_of(arguments[at].value);
    if (!items) return items.error();
    const auto& reference = arguments[1 - at].reference;
    if (reference == nullptr) return wrong("an expression with `&` is wanted");
    Items by;
    for (const Value& item : *items) {
        auto value = reference(item);
        if (!value) return value.error();
        by.push_back(std::move(*value));
    }
    return std::pair(std::move(*items), std::move(by));
}

Result<Value> sort_by(const Arguments& arguments) {
    const auto lists = by_reference(arguments, 0);
    if (!lists) return lists.error();
    return sorted(lists->first, lists->second);
}
Result<Value> max_by(const Arguments& arguments) {
    const auto lists = by_reference(arguments, 0);
    if (!lists) return lists.error();
    return extreme(lists->first, lists->second, true);
}
Result<Value> min_by(const Arguments& arguments) {
    const auto lists = by_reference(arguments, 0);
    if (!lists) return lists.error();
    return extreme(lists->first, lists->second, false);
}
Result<Value> map(const Arguments& arguments) {
    auto lists = by_reference(arguments, 1);
    if (!lists) return lists.error();
    return Value::list(std::move(lists->second));
}

Result<Value> to_string(const Arguments& arguments) {
    const Value& value = arguments[0].value;
    if (value.text() != nullptr) return value;
    auto text = json_text(value, false, kLongestValue);
    if (!text) return wrong("the value grows beyond 8 MiB");
    return Value(std::move(*text));
}

Result<Value> to_number(const Arguments& arguments) {
    const Value& value = arguments[0].value;
    if (value.is_number()) return value;
    return value.text() == nullptr ? Value() : number_of(*value.text());
}

Result<Value> contains(const Arguments& arguments) {
    const Value& within = arguments[0].value;
    const Value& wanted = arguments[1].value;
    if (const Items* items = within.items()) {
        return Value(std::ranges::find(*items, wanted) != items->end());
    }
    const auto text = text_of(within);
    if (!text) return text.error();
    return Value(wanted.text() != nullptr && text->find(*wanted.text()) != std::string::npos);
}

Result<Value> at_end(const Arguments& arguments, bool is_start) {
    const auto text = text_of(arguments[0].value);
    if (!text) return text.error();
    const auto part = text_of(arguments[1].value);
    if (!part) return part.error();
    return Value(is_start ? text->starts_with(*part) : text->ends_with(*part));
}
Result<Value> starts_with(const Arguments& arguments) {
    return at_end(arguments, true);
}
Result<Value> ends_with(const Arguments& arguments) {
    return at_end(arguments, false);
}

Result<std::optional<double>> total(const Arguments& arguments) {
    const auto items = items_of(arguments[0].value);
    if (!items) return items.error();
    double sum = 0;
    for (const Value& item : *items) {
        if (!item.is_number()) return wrong(fmt::format("a number is wanted, not {}", item.kind()));
        sum += item.real();
    }
    return items->empty() ? std::optional<double>() : sum;
}
Result<Value> sum(const Arguments& arguments) {
    const auto all = total(arguments);
    if (!all) return all.error();
    return whole_or_real(all->value_or(0));
}
Result<Value> avg(const Arguments& arguments) {
    const auto all = total(arguments);
    if (!all) return all.error();
    if (!all->has_value()) return Value();
    return whole_or_real(all->value_or(0) /
                         static_cast<double>(arguments[0].value.items()->size()));
}

Result<Value> reverse(const Arguments& arguments) {
    if (const std::string* text = arguments[0].value.text()) {
        // By characters, so that it stays UTF-8.
        std::string result;
        std::size_t end = text->size();
        for (std::size_t i = text->size(); i-- > 0;) {
            if ((static_cast<unsigned char>((*text)[i]) & 0xC0U) == 0x80U && i > 0) continue;
            result.append(*text, i, end - i);
            end = i;
        }
        return Value(std::move(result));
    }
    auto items = items_of(arguments[0].value);
    if (!items) return items.error();
    std::ranges::reverse(*items);
    return Value::list(std::move(*items));
}

Result<Value> type(const Arguments& arguments) {
    const Value& value = arguments[0].value;
    if (value.text() != nullptr) return Value(std::string("string"));
    if (value.is_number()) return Value(std::string("number"));
    if (value.boolean() != nullptr) return Value(std::string("boolean"));
    if (value.items() != nullptr) return Value(std::string("array"));
    return Value(std::string(value.members() != nullptr ? "object" : "null"));
}

Result<Value> not_null(const Arguments& arguments) {
    for (const QueryArgument& argument : arguments) {
        if (!argument.value.is_null()) return argument.value;
    }
    return Value();
}

struct Function {
    std::string_view name;
    /// 0: any number but none.
    std::size_t arguments;
    Result<Value> (*run)(const Arguments&);
};

constexpr std::array kFunctions = {Function{"length", 1, length},
                                   Function{"keys", 1, keys},
                                   Function{"values", 1, values},
                                   Function{"join", 2, join},
                                   Function{"sort", 1, sort},
                                   Function{"sort_by", 2, sort_by},
                                   Function{"to_string", 1, to_string},
                                   Function{"to_number", 1, to_number},
                                   Function{"contains", 2, contains},
                                   Function{"starts_with", 2, starts_with},
                                   Function{"ends_with", 2, ends_with},
                                   Function{"min", 1, min},
                                   Function{"max", 1, max},
                                   Function{"min_by", 2, min_by},
                                   Function{"max_by", 2, max_by},
                                   Function{"map", 2, map},
                                   Function{"sum", 1, sum},
                                   Function{"avg", 1, avg},
                                   Function{"reverse", 1, reverse},
                                   Function{"type", 1, type},
                                   Function{"not_null", 0, not_null}};

}  // namespace

Result<Value> call_query_function(const std::string& name,
                                  const std::vector<QueryArgument>& arguments) {
    const auto* const found = std::ranges::find(kFunctions, name, &Function::name);
    if (found == kFunctions.end()) {
        return wrong(fmt::format("unknown function '{}' of JMESPath", name.substr(0, 60)));
    }
    const bool is_right =
        found->arguments == 0 ? !arguments.empty() : arguments.size() == found->arguments;
    if (!is_right) {
        return wrong(fmt::format("{}() is given {} arguments", name, arguments.size()));
    }
    auto result = found->run(arguments);
    if (!result) return result.error().within(name + "()");
    return result;
}

bool is_query_true(const Value& value) {
    return value.is_number() || value.is_truthy();
}

}  // namespace remuda::templating
