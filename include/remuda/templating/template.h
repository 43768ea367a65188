// SPDX-License-Identifier: MIT
//
// Template: a subset of Handlebars over text. `{{ name }}` gives a parameter, `{{ helper a "b" }}`
// calls a helper. Nothing is HTML-escaped: the result is a shell command. Strict: an unknown
// variable or helper is an error with its position, found before anything runs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::templating {

/// A fault in a template: bytes [offset, offset + length) of its text.
struct Fault {
    std::size_t offset = 0;
    std::size_t length = 1;
    std::string message;
    /// The remedy; may be empty.
    std::string help;
};

/// Name and value of what a template may use. Of two with the same name the later counts.
using Data = std::vector<std::pair<std::string, std::string>>;

class Template {
  public:
    /// Parses `text`. On failure every fault that was found.
    [[nodiscard]] static std::variant<Template, std::vector<Fault>> parse(std::string_view text);

    Template(Template&&) noexcept;
    Template& operator=(Template&&) noexcept;
    ~Template();

    /// Faults that rendering with variables of these names would have, whatever their values:
    /// unknown variables (with the nearest name as help) and calls with wrong arguments.
    [[nodiscard]] std::vector<Fault> check(const std::vector<std::string>& names) const;

    /// The text with everything filled in, or the first fault.
    [[nodiscard]] std::variant<std::string, Fault> render(const Data& data) const;

    /// The names of the variables that it uses, each once.
    [[nodiscard]] std::vector<std::string> variables() const;

  private:
    struct Program;
    explicit Template(std::unique_ptr<Program> program);
    std::unique_ptr<Program> program_;
};

}  // namespace remuda::templating
