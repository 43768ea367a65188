// SPDX-License-Identifier: MIT
//
// Diagnostics: faults and traps in the user's files, shown as a good compiler shows them:
//
//   error: unknown key 'hostnames' in a host entry
//    --> hosts.yaml:4:3
//     |
//   4 |   hostnames: [node-1, node-2]
//     |   ^^^^^^^^^ did you mean 'hostname'?
//     = help: every mapping needs 'hostname'; other keys are parameters
#pragma once

#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace remuda::yaml {

enum class Severity { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string message;
    Span span;
    /// Short text behind the carets; may be empty.
    std::string label;
    /// The remedy; may be empty, may have several lines.
    std::string help;
};

/// What was found in one file, in file order when shown.
class Diagnostics {
  public:
    void error(Span span, std::string message, std::string label = "", std::string help = "");
    void warning(Span span, std::string message, std::string label = "", std::string help = "");
    void add(Diagnostic diagnostic) { found_.push_back(std::move(diagnostic)); }

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] bool empty() const { return found_.empty(); }
    /// In the order in which they were found.
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return found_; }

    /// All of them as text for a person; at most `limit`, then "... and N more". Each ends in a
    /// line break. Control characters of the user's text are made visible; long lines are cut
    /// around the caret. Carets stand right under wide characters and tabs too. With `colour`, SGR
    /// is used.
    [[nodiscard]] std::string render(const Source& source, bool colour = false,
                                     std::size_t limit = 20) const;

  private:
    std::vector<Diagnostic> found_;
};

}  // namespace remuda::yaml
