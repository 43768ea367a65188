// SPDX-License-Identifier: MIT
//
// Template: Handlebars over text, as docs/templates.md describes it. `{{ name }}` gives a
// parameter, `{{ helper a "b" }}` calls a helper, `{{#if a}} ... {{/if}}` is a block. Nothing is
// HTML-escaped: the result is a shell command. Strict unless told otherwise: an unknown variable is
// an error with its position, found before anything runs. Syntax, unknown helpers and wrong
// arguments always are.
//
// Parsing, checking and rendering are bounded in time, stack and memory, whatever the template and
// its data: nesting to 64 levels, the result to 16 MiB, a value to 8 MiB.
#pragma once

#include "remuda/templating/machine.h"

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

/// What a variable that does not exist is.
enum class Unknown {
    is_fault,
    /// Empty, as in Pegasus.
    is_empty,
};

class Template {
  public:
    /// Parses `text`. On failure every fault that was found.
    [[nodiscard]] static std::variant<Template, std::vector<Fault>> parse(std::string_view text);

    Template(Template&&) noexcept;
    Template& operator=(Template&&) noexcept;
    ~Template();

    /// Faults that rendering with variables of these names would have, whatever their values:
    /// unknown variables (with the nearest name as help) and calls with wrong arguments. What
    /// depends on values, such as the members of a JSON text, shows in rendering only.
    [[nodiscard]] std::vector<Fault> check(const std::vector<std::string>& names,
                                           Unknown unknown = Unknown::is_fault) const;

    /// The text with everything filled in, or the first fault.
    [[nodiscard]] std::variant<std::string, Fault> render(
        const Data& data, Unknown unknown = Unknown::is_fault,
        const Machine& machine = real_machine()) const;

    /// The names of the variables that it uses, each once.
    [[nodiscard]] std::vector<std::string> variables() const;

  private:
    struct Program;
    explicit Template(std::unique_ptr<Program> program);
    std::unique_ptr<Program> program_;
};

/// A piece of a template as it is written: bytes [offset, offset + length) of its text.
struct Part {
    std::size_t offset = 0;
    std::size_t length = 0;
    /// A tag, from its first brace to its last, or a comment. Otherwise text, or the contents of a
    /// raw block: it is in the result as it stands, but for the backslash of `\{{`.
    bool is_tag = false;
};

/// Where the tags of `text` stand, and the text between them, in order; none is empty. What lies in
/// no part is the first backslash of `\\{{`, which only says that the other one escapes nothing.
/// What is at fault counts as a tag.
[[nodiscard]] std::vector<Part> parts_of(std::string_view text);

}  // namespace remuda::templating
