// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/model/job.h"
#include "remuda/templating/template.h"
#include "remuda/transport/transport.h"

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace remuda::run {

/// A job as it runs on one node.
struct Rendered {
    /// The command as people know it.
    std::string text;
    /// What is sent for it.
    transport::Command command;
};

/// Why a command could not be rendered.
struct RenderFault {
    std::string reason;
};

/// Fills in the templates of commands. Keeps the last 64 parsed ones, since the jobs of one entry
/// share their text.
class Renderer {
  public:
    explicit Renderer(templating::Unknown unknown = templating::Unknown::is_fault)
        : unknown_(unknown) {}

    /// The command of `job` for `node`: job parameters, then node parameters, then `hostname`,
    /// `slots` and `allocation_policy`, the later winning.
    [[nodiscard]] std::variant<std::string, RenderFault> render(const model::Job& job,
                                                                const model::Node& node,
                                                                const std::vector<int>& slots);

    /// The same with the options of `job`, which are complete (model::with_defaults); their
    /// templates have the same data. The input file is read. Durations and
    /// sudo are left to the caller.
    [[nodiscard]] std::variant<Rendered, RenderFault> render_all(const model::Job& job,
                                                                 const model::JobOptions& options,
                                                                 const model::Node& node,
                                                                 const std::vector<int>& slots);

    [[nodiscard]] std::size_t kept() const { return templates_.size(); }

  private:
    using Parsed = std::variant<templating::Template, std::vector<templating::Fault>>;

    [[nodiscard]] std::variant<std::string, RenderFault> render_text(const std::string& text,
                                                                     const templating::Data& data,
                                                                     const std::string& what);
    [[nodiscard]] const Parsed& parsed(const std::string& text);

    templating::Unknown unknown_;
    std::unordered_map<std::string, Parsed> templates_;
    /// Texts of the templates, the oldest first.
    std::deque<std::string> order_;
};

}  // namespace remuda::run
