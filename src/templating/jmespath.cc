// SPDX-License-Identifier: MIT
#include "templating/jmespath.h"

#include "templating/jmespath_functions.h"
#include "templating/jmespath_parser.h"

#include <algorithm>

namespace remuda::templating {

namespace {

using Kind = Query::Kind;

// Of all steps of one query.
constexpr std::size_t kMostWork = 2'000'000;

class Search {
  public:
    Result<Value> run(const Query& query, const Value& data) {
        if (++work_ > kMostWork) return Error(Code::invalid_input, "the query takes too long");
        switch (query.kind) {
            case Kind::current:
                return data;
            case Kind::literal:
                return query.value;
            case Kind::field: {
                const Value* found = data.members() == nullptr ? nullptr : data.find(query.text);
                return found == nullptr ? Value() : *found;
            }
            case Kind::chain: {
                auto first = run(query.parts[0], data);
                return first ? run(query.parts[1], *first) : first;
            }
            case Kind::index:
                return item(data, query.numbers[0].value_or(0));
            case Kind::slice:
                return slice(query, data);
            case Kind::of_items:
            case Kind::of_some_items:
            case Kind::of_members:
                return project(query, data);
            case Kind::flatten:
                return flat(query, data);
            case Kind::list:
            case Kind::object:
                return collected(query, data);
            case Kind::any:
            case Kind::all: {
                auto first = run(query.parts[0], data);
                if (!first) return first;
                const bool is_enough = is_query_true(*first) == (query.kind == Kind::any);
                return is_enough ? first : run(query.parts[1], data);
            }
            case Kind::negated: {
                const auto value = run(query.parts[0], data);
                if (!value) return value.error();
                return Value(!is_query_true(*value));
            }
            case Kind::comparison:
                return comparison(query, data);
            case Kind::function:
                return function(query, data);
            case Kind::reference:
                return Error(Code::invalid_input, "`&` stands only before an argument");
        }
        return Value();
    }

  private:
    static Value item(const Value& data, std::int64_t index) {
        const Items* items = data.items();
        if (items == nullptr) return {};
        const auto count = static_cast<std::int64_t>(items->size());
        if (index < 0) index += count;
        return index < 0 || index >= count ? Value() : (*items)[static_cast<std::size_t>(index)];
    }

    Result<Value> slice(const Query& query, const Value& data) {
        const Items* items = data.items();
        if (items == nullptr) return Value();
        const auto count = static_cast<std::int64_t>(items->size());
        // A step beyond the list leads beyond it as well.
        const std::int64_t step = std::clamp(query.numbers[2].value_or(1), -count - 1, count + 1);
        const auto place = [&](std::optional<std::int64_t> given, std::int64_t otherwise) {
            if (!given) return otherwise;
            const std::int64_t at = *given < 0 ? std::max(*given, -count - 1) + count : *given;
            return std::clamp<std::int64_t>(at, step < 0 ? -1 : 0, step < 0 ? count - 1 : count);
        };
        const std::int64_t begin = place(query.numbers[0], step < 0 ? count - 1 : 0);
        const std::int64_t end = place(query.numbers[1], step < 0 ? -1 : count);
        Items chosen;
        for (std::int64_t i = begin; step < 0 ? i > end : i < end; i += step) {
            chosen.push_back((*items)[static_cast<std::size_t>(i)]);
        }
        work_ += chosen.size();
        return Value::list(std::move(chosen));
    }

    Result<Value> project(const Query& query, const Value& data) {
        auto base = run(query.parts[0], data);
        if (!base) return base;
        Items from;
        if (const Members* members = base->members(); query.kind == Kind::of_members) {
            if (members == nullptr) return Value();
            for (const auto& member : *members)
                from.push_back(member.second);
        } else {
            if (base->items() == nullptr) return Value();
            from = *base->items();
        }
        Items results;
        for (const Value& one : from) {
            if (query.kind == Kind::of_some_items) {
                const auto is_wanted = run(query.parts[2], one);
                if (!is_wanted) return is_wanted.error();
                if (!is_query_true(*is_wanted)) continue;
            }
            auto result = run(query.parts[1], one);
            if (!result) return result;
            if (!result->is_null()) results.push_back(std::move(*result));
        }
        return Value::list(std::move(results));
    }

    Result<Value> flat(const Query& query, const Value& data) {
        auto base = run(query.parts[0], data);
        if (!base) return base;
        if (base->items() == nullptr) return Value();
        Items results;
        for (const Value& one : *base->items()) {
            if (one.items() != nullptr) {
                results.insert(results.end(), one.items()->begin(), one.items()->end());
            } else {
                results.push_back(one);
            }
        }
        work_ += results.size();
        return Value::list(std::move(results));
    }

    Result<Value> collected(const Query& query, const Value& data) {
        if (data.is_null()) return Value();
        Items items;
        Members members;
        for (std::size_t i = 0; i < query.parts.size(); ++i) {
            auto part = run(query.parts[i], data);
            if (!part) return part;
            if (query.kind == Kind::object) {
                members.emplace_back(query.names[i], std::move(*part));
            } else {
                items.push_back(std::move(*part));
            }
        }
        return query.kind == Kind::object ? Value::object(std::move(members))
                                          : Value::list(std::move(items));
    }

    Result<Value> comparison(const Query& query, const Value& data) {
        const auto a = run(query.parts[0], data);
        if (!a) return a.error();
        const auto b = run(query.parts[1], data);
        if (!b) return b.error();
        work_ += std::min(a->weight(), b->weight());
        if (query.text == "==") return Value(*a == *b);
        if (query.text == "!=") return Value(!(*a == *b));
        if (!a->is_number() || !b->is_number()) return Value();
        if (query.text == "<") return Value(a->real() < b->real());
        if (query.text == "<=") return Value(a->real() <= b->real());
        return Value(query.text == ">" ? a->real() > b->real() : a->real() >= b->real());
    }

    Result<Value> function(const Query& query, const Value& data) {
        std::vector<QueryArgument> arguments;
        for (const Query& part : query.parts) {
            if (part.kind == Kind::reference) {
                const Query& inner = part.parts[0];
                arguments.push_back(
                    {{}, [this, &inner](const Value& one) { return run(inner, one); }});
                continue;
            }
            auto value = run(part, data);
            if (!value) return value;
            work_ += value->weight() + (value->text() == nullptr ? 0 : value->text()->size());
            arguments.push_back({std::move(*value), nullptr});
        }
        return call_query_function(query.text, arguments);
    }

    std::size_t work_ = 0;
};

}  // namespace

Result<Value> run_jmespath(std::string_view query, const Value& data) {
    const auto parsed = parse_jmespath(query);
    if (!parsed) return parsed.error();
    return Search().run(*parsed, data);
}

}  // namespace remuda::templating
