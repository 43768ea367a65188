// SPDX-License-Identifier: MIT
#include "remuda/templating/template.h"

#include "templating/ast.h"
#include "templating/checker.h"
#include "templating/parser.h"
#include "templating/renderer.h"
#include "templating/whitespace.h"

namespace remuda::templating {

struct Template::Program {
    Statements statements;
};

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

std::vector<Fault> Template::check(const std::vector<std::string>& names, Unknown unknown) const {
    return check_statements(program_->statements, names, unknown);
}

std::variant<std::string, Fault> Template::render(const Data& data, Unknown unknown,
                                                  const Machine& machine) const {
    return render_statements(program_->statements, data, unknown, machine);
}

std::vector<std::string> Template::variables() const {
    return variables_of(program_->statements);
}

std::vector<Part> parts_of(std::string_view text) {
    std::vector<Fault> faults;
    std::vector<Part> parts;
    (void)parse_statements(text, faults, &parts);
    return parts;
}

}  // namespace remuda::templating
