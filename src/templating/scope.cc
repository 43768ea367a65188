// SPDX-License-Identifier: MIT
#include "templating/scope.h"

#include <algorithm>

namespace remuda::templating {

Scope::Scope(const Data& data) : data_(data) {
    values_.reserve(data.size());
    for (const auto& [name, value] : data) {
        values_[name] = value;
        bytes_ += name.size() + value.size();
    }
    contexts_.push_back({true, {}});
}

Scope::Found Scope::find(const Path& path) const {
    if (path.start == Path::Start::root) return find_variable(path, 0);
    if (path.start == Path::Start::loop) {
        if (path.up >= loops_.size()) return {};
        const Loop& loop = loops_[loops_.size() - 1 - path.up];
        const std::string& name = path.names.front();
        if (name == "index") return find_member(loop.index, path, 1);
        if (name == "key") return find_member(loop.key, path, 1);
        if (name == "first") return find_member(Value(loop.is_first), path, 1);
        if (name == "last") return find_member(Value(loop.is_last), path, 1);
        return {};
    }
    if (!path.is_explicit) {
        const auto parameter =
            std::ranges::find(parameters_.rbegin(), parameters_.rend(), path.names.front(),
                              &std::pair<std::string_view, Value>::first);
        if (parameter != parameters_.rend()) return find_member(parameter->second, path, 1);
    }
    if (path.up >= contexts_.size()) return {};
    const Context& context = contexts_[contexts_.size() - 1 - path.up];
    return context.is_root ? find_variable(path, 0) : find_member(context.value, path, 0);
}

bool Scope::is_of_root(const Path& path) const {
    if (path.start == Path::Start::root) return true;
    if (path.start == Path::Start::loop || path.up >= contexts_.size()) return false;
    if (!path.is_explicit && std::ranges::any_of(parameters_, [&](const auto& parameter) {
            return parameter.first == path.names.front();
        })) {
        return false;
    }
    return contexts_[contexts_.size() - 1 - path.up].is_root;
}

std::string Scope::way_out(const Path& path) const {
    std::string way;
    if (path.start != Path::Start::context || path.is_explicit || path.up != 0) return way;
    const std::string& name = path.names.front();
    if (!values_.contains(name) && !assigned_.contains(name)) return way;
    for (auto context = contexts_.rbegin(); !context->is_root; ++context)
        way += "../";
    return way;
}

Scope::Found Scope::find_variable(const Path& path, std::size_t from) const {
    if (path.names.size() == from) return {true, all_variables()};
    const std::string& name = path.names[from];
    if (const auto set = assigned_.find(name); set != assigned_.end()) {
        return find_member(set->second, path, from + 1);
    }
    const auto found = values_.find(name);
    if (found == values_.end()) return {};
    if (path.names.size() > from + 1) return {};
    return {true, Value(found->second)};
}

Scope::Found Scope::find_member(const Value& value, const Path& path, std::size_t from) {
    const Value* found = &value;
    for (std::size_t i = from; i < path.names.size(); ++i) {
        found = found->find(path.names[i]);
        if (found == nullptr) return {};
    }
    return {true, *found};
}

Value Scope::all_variables() const {
    Members members;
    for (const auto& [name, value] : data_)
        members.emplace_back(name, Value(value));
    for (const auto& [name, value] : assigned_)
        members.emplace_back(name, value);
    auto object = Value::object(std::move(members));
    return object ? std::move(*object) : Value();
}

std::vector<std::string> Scope::names() const {
    std::vector<std::string> result;
    result.reserve(data_.size());
    for (const auto& [name, value] : data_) {
        result.push_back(name);
    }
    return result;
}

}  // namespace remuda::templating
