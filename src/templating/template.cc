// SPDX-License-Identifier: MIT
#include "remuda/templating/template.h"

#include "templating/ast.h"
#include "templating/checker.h"
#include "templating/parser.h"
#include "templating/renderer.h"
#include "templating/whitespace.h"

#include <unordered_set>

namespace remuda::templating {

struct Template::Program {
    std::vector<Statement> statements;
};

namespace {

void collect_variables(const Expression& expression, std::unordered_set<std::string>& seen,
                       std::vector<std::string>& names) {
    if (const auto* variable = std::get_if<Variable>(&expression.value)) {
        if (seen.insert(variable->name).second) names.push_back(variable->name);
    } else if (const auto* call = std::get_if<Call>(&expression.value)) {
        for (const Expression& argument : call->arguments) {
            collect_variables(argument, seen, names);
        }
    }
}

}  // namespace

Template::Template(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

std::variant<Template, std::vector<Fault>> Template::parse(std::string_view text) {
    std::vector<Fault> faults;
    auto program = std::make_unique<Program>();
    program->statements = parse_statements(text, faults);
    if (!faults.empty()) return faults;
    apply_whitespace_control(program->statements);
    return Template(std::move(program));
}

std::vector<Fault> Template::check(const std::vector<std::string>& names) const {
    return check_statements(program_->statements, names);
}

std::variant<std::string, Fault> Template::render(const Data& data) const {
    return render_statements(program_->statements, data);
}

std::vector<std::string> Template::variables() const {
    std::unordered_set<std::string> seen;
    std::vector<std::string> names;
    for (const Statement& statement : program_->statements) {
        if (const auto* output = std::get_if<Output>(&statement.value)) {
            collect_variables(output->expression, seen, names);
        }
    }
    return names;
}

}  // namespace remuda::templating
