// SPDX-License-Identifier: MIT
#include "templating/renderer.h"

#include "templating/blocks.h"
#include "templating/helpers.h"
#include "templating/json_helpers.h"
#include "templating/messages.h"
#include "templating/scope.h"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace remuda::templating {

namespace {

constexpr std::size_t kLongestResult = std::size_t{16} << 20;
// Steps, and bytes that values take: what loops may spend before they are stopped.
constexpr std::size_t kMostWork = std::size_t{64} << 20;
// Of one step, in bytes: about as long as copying so many takes.
constexpr std::size_t kStep = 256;

class Renderer {
  public:
    Renderer(const Data& data, Unknown unknown, const Machine& machine)
        : scope_(data), unknown_(unknown), machine_(machine) {}

    // False: `fault` is set. So for all that render.
    bool render(const Statements& statements) {
        for (const Statement& statement : statements) {
            if (const auto* text = std::get_if<Text>(&statement.value)) {
                if (!write(text->text)) return false;
            } else if (const auto* output = std::get_if<Output>(&statement.value)) {
                if (!render_output(output->expression)) return false;
            } else if (const auto* block = std::get_if<Block>(&statement.value)) {
                if (!render_branch(*block, 0)) return false;
            }
        }
        return true;
    }

    std::string result;
    Fault fault;

  private:
    using Values = std::vector<Value>;

    bool fails(Fault why) {
        fault = std::move(why);
        return false;
    }

    // `at_` is the latest expression.
    bool spend(std::size_t work) {
        work_ += work;
        if (work_ <= kMostWork) return true;
        return fails({at_, 1, "the template takes too long",
                      "its loops or values grow too large; at most 64 MiB are worked on"});
    }

    bool write(std::string_view text) {
        result += text;
        if (result.size() > kLongestResult) {
            return fails({at_, 1, "the command grows beyond 16 MiB", ""});
        }
        return spend(1 + text.size());
    }

    bool render_output(const Expression& expression) {
        const auto value = value_of(expression);
        if (!value) return false;
        return write(value->rendered(kLongestResult));
    }

    std::optional<Value> value_of(const Expression& expression) {
        at_ = expression.offset;
        std::optional<Value> value;
        if (const auto* literal = std::get_if<Literal>(&expression.value)) {
            value = literal->value;
        } else if (const auto* path = std::get_if<Path>(&expression.value)) {
            value = value_of_path(expression, *path);
        } else {
            value = value_of_call(expression, std::get<Call>(expression.value));
        }
        if (!value) return std::nullopt;
        if (!spend(kStep + (value->text() == nullptr ? 0 : value->text()->size())))
            return std::nullopt;
        return value;
    }

    std::optional<Value> value_of_path(const Expression& expression, const Path& path) {
        // All of them are copied.
        const bool is_root = path.names.empty() && scope_.is_of_root(path);
        if (is_root && !spend(scope_.bytes())) return std::nullopt;
        auto found = scope_.find(path);
        if (found.is_found) return std::move(found.value);
        if (unknown_ == Unknown::is_empty) {
            // A helper without its arguments is no variable.
            if (!is_helper(path)) return Value();
        }
        const bool is_variable = scope_.is_of_root(path) && path.names.size() == 1;
        fault = is_variable ? unknown_variable(expression, path, scope_.names())
                            : unknown_member(expression, path, no_member(path));
        return std::nullopt;
    }

    [[nodiscard]] std::string no_member(const Path& path) const {
        const std::string way = scope_.way_out(path);
        const std::string reason = "there is no such member";
        return way.empty() ? reason : reason + "; the variable is `" + way + written(path) + "`";
    }

    static bool is_helper(const Path& path) {
        return path.is_plain_name() && (find_helper(path.names.front()) != nullptr ||
                                        find_block(path.names.front()) != nullptr);
    }

    std::optional<Value> value_of_call(const Expression& expression, const Call& call) {
        if (auto wrong = wrong_call(expression, call)) {
            fault = std::move(*wrong);
            return std::nullopt;
        }
        Values arguments;
        std::vector<std::pair<std::string_view, Value>> named;
        if (!evaluate(call, arguments, named)) return std::nullopt;
        for (const Value& argument : arguments) {
            if (!spend(argument.weight())) return std::nullopt;
        }
        at_ = expression.offset;
        const Inputs inputs{arguments, named, machine_, scope_.assigned()};
        auto value = run_helper(*find_helper(call.helper), inputs);
        const bool is_too_long =
            value && value->text() != nullptr && value->text()->size() > kLongestValue;
        if (value && !is_too_long) return std::move(*value);
        const Error too_long(Code::invalid_input, "the value grows beyond 8 MiB");
        fault = failed_call(expression, call, value ? too_long : value.error());
        return std::nullopt;
    }

    bool evaluate(const Call& call, Values& arguments,
                  std::vector<std::pair<std::string_view, Value>>& named) {
        arguments.reserve(call.arguments.size());
        for (const Expression& argument : call.arguments) {
            auto value = value_of(argument);
            if (!value) return false;
            arguments.push_back(std::move(*value));
        }
        for (const Call::Named& argument : call.named) {
            auto value = value_of(argument.value);
            if (!value) return false;
            named.emplace_back(argument.name, std::move(*value));
        }
        return true;
    }

    // The block from its branch number `i` on.
    bool render_branch(const Block& block, std::size_t i) {
        const Branch& branch = block.branches[i];
        if (!spend(kStep)) return false;
        if (!branch.head) return render(branch.body);
        const Expression& head = *branch.head;
        const BlockMeaning meaning = meaning_of(head);
        if (auto wrong = wrong_block(head, branch.parameters.size(), meaning)) {
            return fails(std::move(*wrong));
        }
        const Sides sides{
            [&] { return render(branch.body); },
            [&] { return i + 1 == block.branches.size() || render_branch(block, i + 1); },
            branch.is_inverted};
        switch (meaning.helper->kind) {
            case BlockHelper::Kind::raw:
                return sides.positive();
            case BlockHelper::Kind::to_json:
            case BlockHelper::Kind::from_json:
                return render_json(head, meaning, sides);
            case BlockHelper::Kind::condition: {
                const auto truth = value_of(head);
                if (!truth) return false;
                return truth->is_truthy() ? sides.positive() : sides.negative();
            }
            case BlockHelper::Kind::section: {
                auto value = value_of(head);
                return value && render_section(std::move(*value), sides);
            }
            default:
                break;
        }
        Values arguments;
        std::vector<std::pair<std::string_view, Value>> named;
        if (!evaluate(*meaning.call, arguments, named)) return false;
        const bool zero_counts = !named.empty() && named.front().second.is_truthy();
        Value& value = arguments.front();
        switch (meaning.helper->kind) {
            case BlockHelper::Kind::unless:
                return value.is_truthy(zero_counts) ? sides.negative() : sides.positive();
            case BlockHelper::Kind::each:
                return render_each(*meaning.call, branch, value, sides,
                                   i + 1 == block.branches.size());
            case BlockHelper::Kind::with:
                return value.is_truthy() ? render_with(branch, std::move(value), sides)
                                         : sides.negative();
            default:
                return value.is_truthy(zero_counts) ? sides.positive() : sides.negative();
        }
    }

    // What is rendered where the block's value is there, and where it is not.
    struct Sides {
        std::function<bool()> body;
        std::function<bool()> rest;
        bool is_inverted;

        [[nodiscard]] bool positive() const { return is_inverted ? rest() : body(); }
        [[nodiscard]] bool negative() const { return is_inverted ? body() : rest(); }
    };

    bool render_json(const Expression& head, const BlockMeaning& meaning, const Sides& sides) {
        Values arguments;
        std::vector<std::pair<std::string_view, Value>> named;
        if (meaning.call != nullptr && !evaluate(*meaning.call, arguments, named)) return false;
        std::string outer = std::exchange(result, {});
        if (!sides.positive()) return false;
        const std::string inner = std::exchange(result, std::move(outer));
        const bool is_read = meaning.helper->kind == BlockHelper::Kind::to_json;
        const Inputs inputs{arguments, named, machine_, scope_.assigned()};
        const std::string_view format = format_of(inputs);
        const auto value = read_format(is_read ? format : "json", inner);
        const auto text =
            value ? write_format(is_read ? "json_pretty" : format, *value) : value.error();
        if (text) return write(*text);
        return fails({head.offset, head.length,
                      "block '" + std::string(meaning.helper->name) + "': " + text.error().text(),
                      ""});
    }

    bool render_with(const Branch& branch, Value value, const Sides& sides) {
        for (const std::string& name : branch.parameters)
            scope_.push_parameter(name, value);
        scope_.push_context(std::move(value));
        const bool is_good = sides.positive();
        scope_.pop_context();
        scope_.pop_parameters(branch.parameters.size());
        return is_good;
    }

    // As Handlebars does: lists are looped over, other values become the context.
    bool render_section(Value value, const Sides& sides) {
        const Branch no_parameters;
        if (const bool* truth = value.boolean()) {
            return *truth ? sides.positive() : sides.negative();
        }
        if (value.is_null()) return sides.negative();
        if (const Items* items = value.items()) {
            return items->empty() ? sides.negative() : render_loop(no_parameters, value, sides);
        }
        return render_with(no_parameters, std::move(value), sides);
    }

    bool render_each(const Call& call, const Branch& branch, const Value& value, const Sides& sides,
                     bool is_last_branch) {
        const bool is_loop = value.items() != nullptr || value.members() != nullptr;
        if (is_loop && value.is_truthy()) return render_loop(branch, value, sides);
        if (!is_loop && is_last_branch && unknown_ == Unknown::is_fault) {
            return fails(no_list(call.arguments.front(), value.kind()));
        }
        return sides.negative();
    }

    bool render_loop(const Branch& branch, const Value& value, const Sides& sides) {
        const Items* items = value.items();
        const Members* members = value.members();
        const std::size_t count = items != nullptr ? items->size() : members->size();
        scope_.push_loop();
        bool is_good = true;
        for (std::size_t i = 0; i < count && is_good; ++i) {
            const Value& item = items != nullptr ? (*items)[i] : (*members)[i].second;
            Scope::Loop& loop = scope_.loop();
            loop.index = Value(static_cast<std::int64_t>(i));
            loop.key = items != nullptr ? loop.index : Value((*members)[i].first);
            loop.is_first = i == 0;
            loop.is_last = i + 1 == count;
            if (!branch.parameters.empty()) scope_.push_parameter(branch.parameters[0], item);
            if (branch.parameters.size() > 1) scope_.push_parameter(branch.parameters[1], loop.key);
            scope_.push_context(item);
            is_good = spend(kStep + (item.text() == nullptr ? 0 : item.text()->size())) &&
                      sides.positive();
            scope_.pop_context();
            scope_.pop_parameters(branch.parameters.size());
        }
        scope_.pop_loop();
        return is_good;
    }

    Scope scope_;
    Unknown unknown_;
    const Machine& machine_;
    std::size_t work_ = 0;
    std::size_t at_ = 0;
};

}  // namespace

std::variant<std::string, Fault> render_statements(const Statements& statements, const Data& data,
                                                   Unknown unknown, const Machine& machine) {
    Renderer renderer(data, unknown, machine);
    if (!renderer.render(statements)) return std::move(renderer.fault);
    return std::move(renderer.result);
}

}  // namespace remuda::templating
