// SPDX-License-Identifier: MIT
#include "templating/checker.h"

#include "remuda/base/text.h"
#include "templating/helpers.h"
#include "templating/parser.h"

#include <string_view>
#include <unordered_set>

namespace remuda::templating {

namespace {

// Of a name, in bytes, and of names, in a message.
constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kMostShown = 8;

// A name of any length within a message.
std::string shown(const std::string& name) {
    return name.size() <= kLongestShown ? "'" + name + "'"
                                        : "'" + name.substr(0, kLongestShown) + "...'";
}

std::string call_help(const Helper& helper) {
    return "it is called as `{{ " + std::string(helper.usage) +
           " }}`: " + std::string(helper.summary);
}

std::string wanted_arguments(const Helper& helper) {
    const auto counted = [](std::size_t n) {
        return std::to_string(n) + (n == 1 ? " argument" : " arguments");
    };
    return helper.most == Helper::kAny ? "at least " + counted(helper.least) : counted(helper.most);
}

class Checker {
  public:
    explicit Checker(const std::vector<std::string>& names)
        : names_(names), known_(names.begin(), names.end()) {}

    void check(const Expression& expression) {
        if (const auto* variable = std::get_if<Variable>(&expression.value)) {
            if (!known_.contains(variable->name)) {
                faults.push_back(unknown_variable(expression, *variable, names_));
            }
        } else if (const auto* call = std::get_if<Call>(&expression.value)) {
            Fault fault;
            if (is_wrong_call(expression, *call, fault)) faults.push_back(std::move(fault));
            for (const Expression& argument : call->arguments) {
                check(argument);
            }
        }
    }

    std::vector<Fault> faults;

  private:
    const std::vector<std::string>& names_;
    std::unordered_set<std::string_view> known_;
};

}  // namespace

Fault unknown_variable(const Expression& expression, const Variable& variable,
                       const std::vector<std::string>& names) {
    Fault fault{expression.offset, expression.length, "", ""};
    if (const Helper* helper = find_helper(variable.name)) {
        fault.message = "helper " + shown(variable.name) + " needs " + wanted_arguments(*helper);
        fault.help = call_help(*helper);
        return fault;
    }
    if (is_future_helper(variable.name)) {
        fault.message = "helper " + shown(variable.name) + " is not supported yet";
        return fault;
    }
    fault.message = "unknown variable " + shown(variable.name);
    if (const std::string near = nearest_name(variable.name, names); !near.empty()) {
        fault.help = "did you mean '" + near + "'?";
        return fault;
    }
    std::string list;
    for (std::size_t i = 0; i < names.size() && i < kMostShown; ++i) {
        list += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > kMostShown) list += ", ...";
    fault.help =
        (list.empty() ? std::string("no variables are known here") : "known here: " + list) + "; " +
        kLiteralBraces;
    return fault;
}

bool is_wrong_call(const Expression& expression, const Call& call, Fault& fault) {
    const Helper* helper = find_helper(call.helper);
    if (helper == nullptr) {
        fault = {call.offset, call.helper.size(), "unknown helper " + shown(call.helper), ""};
        if (is_future_helper(call.helper)) {
            fault.message = "helper " + shown(call.helper) + " is not supported yet";
        } else if (const std::string near = nearest_name(call.helper, helper_names());
                   !near.empty()) {
            fault.help = "did you mean '" + near + "'?";
        } else {
            fault.help = kLiteralBraces;
        }
        return true;
    }
    const std::size_t given = call.arguments.size();
    if (given >= helper->least && given <= helper->most) return false;
    fault = {expression.offset, expression.length,
             "helper " + shown(call.helper) + " needs " + wanted_arguments(*helper) +
                 " and is given " + std::to_string(given),
             call_help(*helper)};
    return true;
}

std::vector<Fault> check_statements(const std::vector<Statement>& statements,
                                    const std::vector<std::string>& names) {
    Checker checker(names);
    for (const Statement& statement : statements) {
        if (const auto* output = std::get_if<Output>(&statement.value)) {
            checker.check(output->expression);
        }
    }
    return std::move(checker.faults);
}

}  // namespace remuda::templating
