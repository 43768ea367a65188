// SPDX-License-Identifier: MIT
#include "templating/checker.h"

#include "templating/blocks.h"
#include "templating/helpers.h"
#include "templating/json_helpers.h"
#include "templating/messages.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace remuda::templating {

namespace {

// What can be known about a value before there is one.
enum class Kind {
    /// The object of all variables.
    root,
    /// Text: a parameter.
    text,
    unknown,
};

constexpr std::array<std::string_view, 4> kLoopNames = {"index", "key", "first", "last"};

class Checker {
  public:
    Checker(const std::vector<std::string>& names, Unknown unknown)
        : names_(names), known_(names.begin(), names.end()), unknown_(unknown) {}

    void check(const Statements& statements) {
        for (const Statement& statement : statements) {
            if (const auto* output = std::get_if<Output>(&statement.value)) {
                (void)check(output->expression);
            } else if (const auto* block = std::get_if<Block>(&statement.value)) {
                check_branch(*block, 0);
            }
        }
    }

    std::vector<Fault> faults;
    /// Names of the root, in the order of their first use.
    std::vector<std::string> used;

  private:
    Kind check(const Expression& expression) {
        if (const auto* path = std::get_if<Path>(&expression.value)) {
            return check_path(expression, *path);
        }
        const auto* call = std::get_if<Call>(&expression.value);
        if (call == nullptr) return Kind::unknown;
        if (auto fault = wrong_call(expression, *call)) {
            faults.push_back(std::move(*fault));
            check_arguments(*call);
            return Kind::unknown;
        }
        const std::vector<Kind> kinds = check_arguments(*call);
        if (auto why = wrong_json(*call, kinds)) {
            faults.push_back(failed_call(expression, *call, *why));
        } else {
            check_constants(expression, *call);
        }
        if (call->helper == "assign") note_assigned(*call);
        return find_helper(call->helper)->text != nullptr ? Kind::text : Kind::unknown;
    }

    // What is known of the arguments, but for the named ones.
    std::vector<Kind> check_arguments(const Call& call) {
        std::vector<Kind> kinds;
        kinds.reserve(call.arguments.size());
        for (const Expression& argument : call.arguments)
            kinds.push_back(check(argument));
        for (const Call::Named& argument : call.named)
            (void)check(argument.value);
        return kinds;
    }

    static const std::string* literal_text(const Expression& expression) {
        const auto* literal = std::get_if<Literal>(&expression.value);
        return literal == nullptr ? nullptr : literal->value.text();
    }

    static std::optional<Error> wrong_written_format(const std::vector<Call::Named>& named) {
        for (const Call::Named& argument : named) {
            if (argument.name != "format") continue;
            if (const std::string* format = literal_text(argument.value)) {
                return wrong_format(*format);
            }
        }
        return std::nullopt;
    }

    // Of the helpers for JSON: format and query that are written out are right or wrong whatever
    // they are applied to.
    static std::optional<Error> wrong_json(const Call& call, const std::vector<Kind>& kinds) {
        if (find_helper(call.helper)->named != "format") return std::nullopt;
        if (auto why = wrong_written_format(call.named)) return why;
        const bool is_of_text = call.helper == "json_str_query";
        if (!is_of_text && call.helper != "json_query") return std::nullopt;
        const std::string* query = literal_text(call.arguments.front());
        if (query != nullptr) {
            if (auto why = wrong_query(*query)) return why;
        }
        if (!is_of_text && kinds[1] == Kind::text) return query_in_text();
        return std::nullopt;
    }

    // A call whose arguments are all written out fails now, if ever.
    void check_constants(const Expression& expression, const Call& call) {
        const Helper& helper = *find_helper(call.helper);
        if (!helper.is_pure) return;
        std::vector<Value> arguments;
        for (const Expression& argument : call.arguments) {
            if (const auto* literal = std::get_if<Literal>(&argument.value)) {
                arguments.push_back(literal->value);
            }
        }
        std::vector<std::pair<std::string_view, Value>> named;
        for (const Call::Named& argument : call.named) {
            if (const auto* literal = std::get_if<Literal>(&argument.value.value)) {
                named.emplace_back(argument.name, literal->value);
            }
        }
        if (arguments.size() != call.arguments.size() || named.size() != call.named.size()) {
            return;
        }
        Assigned assigned;
        const Inputs inputs{arguments, named, real_machine(), assigned};
        const auto result = run_helper(helper, inputs);
        if (!result) faults.push_back(failed_call(expression, call, result.error()));
    }

    void note_assigned(const Call& call) {
        const auto* literal = std::get_if<Literal>(&call.arguments.front().value);
        if (literal == nullptr || literal->value.text() == nullptr) {
            // Whatever name it is.
            is_anything_known_ = true;
        } else {
            assigned_.insert(*literal->value.text());
        }
    }

    Kind check_path(const Expression& expression, const Path& path) {
        if (path.start == Path::Start::loop) {
            const bool is_known = path.up < loops_ &&
                                  std::ranges::find(kLoopNames, path.names[0]) != kLoopNames.end();
            if (!is_known) {
                report(unknown_member(expression, path,
                                      path.up < loops_
                                          ? "known here: @index, @key, @first, @last, @root"
                                          : "`@` names belong to the `each` around them"));
            }
            return Kind::unknown;
        }
        if (path.start == Path::Start::context && !path.is_explicit) {
            const auto parameter = std::ranges::find(parameters_.rbegin(), parameters_.rend(),
                                                     path.names.front(), &Parameter::first);
            if (parameter != parameters_.rend()) {
                return member(expression, path, parameter->second, 1);
            }
        }
        if (path.start == Path::Start::root) return root_member(expression, path);
        if (path.up > contexts_.size()) {
            report(unknown_member(expression, path, "there are not so many contexts around it"));
            return Kind::unknown;
        }
        const std::size_t level = contexts_.size() - path.up;
        const Kind kind = level == 0 ? Kind::root : contexts_[level - 1];
        return kind == Kind::root ? root_member(expression, path)
                                  : member(expression, path, kind, 0);
    }

    // The path from its name number `from` on, within a value of the kind.
    Kind member(const Expression& expression, const Path& path, Kind kind, std::size_t from) {
        if (kind == Kind::root) return root_member(expression, path, from);
        if (path.names.size() == from) return kind;
        if (kind == Kind::text) {
            const bool is_plain = from == 0 && path.is_plain_name();
            const bool is_known = is_plain && known_.contains(path.names[0]);
            report(unknown_member(
                expression, path,
                is_known ? "the context here is a text; the variable is `" + way_out() +
                               path.names[0] + "`"
                         : "a text has no members; JSON is read with (str_to_json TEXT)"));
        }
        return Kind::unknown;
    }

    // From here to the variables.
    [[nodiscard]] std::string way_out() const {
        std::string way;
        for (auto context = contexts_.rbegin(); context != contexts_.rend(); ++context) {
            if (*context == Kind::root) break;
            way += "../";
        }
        return way;
    }

    Kind root_member(const Expression& expression, const Path& path, std::size_t from = 0) {
        if (path.names.size() == from) return Kind::root;
        const std::string& name = path.names[from];
        if (assigned_.contains(name)) return Kind::unknown;
        if (seen_.insert(name).second) used.push_back(name);
        if (!known_.contains(name)) {
            const bool is_call = path.is_plain_name() &&
                                 (find_helper(name) != nullptr || find_block(name) != nullptr);
            Path variable;
            variable.names = {name};
            variable.is_explicit = !path.is_plain_name();
            Fault fault = unknown_variable(expression, variable, names_);
            if (is_call) {
                faults.push_back(std::move(fault));
            } else if (!is_anything_known_) {
                report(std::move(fault));
            }
            return Kind::unknown;
        }
        return member(expression, path, Kind::text, from + 1);
    }

    void report(Fault fault) {
        if (unknown_ == Unknown::is_fault) faults.push_back(std::move(fault));
    }

    void check_branch(const Block& block, std::size_t i) {
        const Branch& branch = block.branches[i];
        if (!branch.head) {
            check(branch.body);
            return;
        }
        const bool is_last = i + 1 == block.branches.size();
        const Expression& head = *branch.head;
        const BlockMeaning meaning = meaning_of(head);
        const auto fault = wrong_block(head, branch.parameters.size(), meaning);
        if (fault) faults.push_back(*fault);
        // After a fault the inside is checked as far as it does not matter what the block is.
        const auto sort = fault ? BlockHelper::Kind::raw : meaning.helper->kind;
        const Kind kind = check_head(head, meaning);
        if (sort == BlockHelper::Kind::each && kind == Kind::text && is_last) {
            report(no_list(meaning.call->arguments.front(), "text"));
        }
        const std::size_t outer_parameters = parameters_.size();
        // Of an inverted block the body is what comes where there is no value.
        if (branch.is_inverted) check(branch.body);
        const Entered entered = enter(branch, sort, kind);
        if (!branch.is_inverted) {
            check(branch.body);
        } else if (!is_last) {
            check_branch(block, i + 1);
        }
        parameters_.resize(outer_parameters);
        if (entered.is_loop) --loops_;
        if (entered.is_context) contexts_.pop_back();
        if (!branch.is_inverted && !is_last) check_branch(block, i + 1);
    }

    // What is known of the value that the block is about.
    Kind check_head(const Expression& head, const BlockMeaning& meaning) {
        if (meaning.call == nullptr) {
            const bool is_value = meaning.helper->kind == BlockHelper::Kind::section;
            return is_value ? check(head) : Kind::unknown;
        }
        Kind kind = Kind::unknown;
        for (std::size_t i = 0; i < meaning.call->arguments.size(); ++i) {
            const Kind found = check(meaning.call->arguments[i]);
            if (i == 0) kind = found;
        }
        for (const Call::Named& argument : meaning.call->named)
            (void)check(argument.value);
        if (const auto why = wrong_written_format(meaning.call->named)) {
            faults.push_back({head.offset, head.length,
                              "block '" + meaning.call->helper + "': " + why->text(), ""});
        }
        return kind;
    }

    struct Entered {
        bool is_context = false;
        bool is_loop = false;
    };

    // Goes into the context of the block's value.
    Entered enter(const Branch& branch, BlockHelper::Kind sort, Kind kind) {
        using Sort = BlockHelper::Kind;
        Entered entered;
        entered.is_context = sort == Sort::each || sort == Sort::section || sort == Sort::with;
        entered.is_loop = sort == Sort::each || (sort == Sort::section && kind == Kind::unknown);
        Kind inside = kind;
        // The variables themselves are texts.
        if (sort == Sort::each) inside = kind == Kind::root ? Kind::text : Kind::unknown;
        if (entered.is_context) contexts_.push_back(inside);
        if (entered.is_loop) ++loops_;
        for (std::size_t i = 0; i < branch.parameters.size(); ++i) {
            parameters_.emplace_back(branch.parameters[i], i == 0 ? inside : Kind::unknown);
        }
        return entered;
    }

    using Parameter = std::pair<std::string, Kind>;

    const std::vector<std::string>& names_;
    std::unordered_set<std::string_view> known_;
    Unknown unknown_;
    /// Set by `assign` further up.
    std::unordered_set<std::string> assigned_;
    bool is_anything_known_ = false;
    std::unordered_set<std::string> seen_;
    /// Of the blocks around, the innermost last.
    std::vector<Kind> contexts_;
    std::vector<Parameter> parameters_;
    std::size_t loops_ = 0;
};

}  // namespace

std::vector<Fault> check_statements(const Statements& statements,
                                    const std::vector<std::string>& names, Unknown unknown) {
    Checker checker(names, unknown);
    checker.check(statements);
    return std::move(checker.faults);
}

std::vector<std::string> variables_of(const Statements& statements) {
    const std::vector<std::string> none;
    Checker checker(none, Unknown::is_empty);
    checker.check(statements);
    return std::move(checker.used);
}

}  // namespace remuda::templating
