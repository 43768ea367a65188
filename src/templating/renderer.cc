// SPDX-License-Identifier: MIT
#include "templating/renderer.h"

#include "templating/checker.h"
#include "templating/helpers.h"

#include <optional>
#include <string_view>
#include <unordered_map>

namespace remuda::templating {

namespace {

class Renderer {
  public:
    explicit Renderer(const Data& data) : data_(data) {
        for (const auto& [name, value] : data) {
            values_[name] = value;
        }
    }

    // The value of an expression, or nothing and `fault` is set.
    std::optional<std::string> value_of(const Expression& expression) {
        if (const auto* literal = std::get_if<Literal>(&expression.value)) return literal->text;
        if (const auto* variable = std::get_if<Variable>(&expression.value)) {
            const auto found = values_.find(variable->name);
            if (found != values_.end()) return std::string(found->second);
            fault = unknown_variable(expression, *variable, names());
            return std::nullopt;
        }
        return value_of_call(expression, std::get<Call>(expression.value));
    }

    Fault fault;

  private:
    std::optional<std::string> value_of_call(const Expression& expression, const Call& call) {
        if (is_wrong_call(expression, call, fault)) return std::nullopt;
        std::vector<std::string> arguments;
        arguments.reserve(call.arguments.size());
        for (const Expression& argument : call.arguments) {
            auto value = value_of(argument);
            if (!value) return std::nullopt;
            arguments.push_back(std::move(*value));
        }
        auto result = find_helper(call.helper)->run(arguments);
        if (result && result->size() <= kLongestValue) return std::move(*result);
        fault = {expression.offset, expression.length,
                 "helper '" + call.helper + "': " +
                     (result ? std::string("the value grows beyond 8 MiB") : result.error().text()),
                 ""};
        return std::nullopt;
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> result;
        result.reserve(data_.size());
        for (const auto& [name, value] : data_) {
            result.push_back(name);
        }
        return result;
    }

    const Data& data_;
    std::unordered_map<std::string_view, std::string_view> values_;
};

}  // namespace

std::variant<std::string, Fault> render_statements(const std::vector<Statement>& statements,
                                                   const Data& data) {
    Renderer renderer(data);
    std::string result;
    for (const Statement& statement : statements) {
        if (const auto* text = std::get_if<Text>(&statement.value)) {
            result += text->text;
        } else if (const auto* output = std::get_if<Output>(&statement.value)) {
            const auto value = renderer.value_of(output->expression);
            if (!value) return std::move(renderer.fault);
            result += *value;
        }
    }
    return result;
}

}  // namespace remuda::templating
