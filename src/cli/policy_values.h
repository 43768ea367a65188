// SPDX-License-Identifier: MIT
//
// Values of the options that say how jobs are run, and when a run ends early. What is wrong with
// one is told in words; empty if nothing is.
#pragma once

#include "remuda/engine/engine.h"
#include "remuda/model/job.h"

#include <cstddef>
#include <optional>
#include <string>

namespace remuda::cli {

/// --halt, understood.
struct HaltWish {
    engine::Halt::When when = engine::Halt::When::never;
    engine::Halt::Of of = engine::Halt::Of::failures;
    /// Exactly one of these, unless it is `never`.
    std::optional<std::size_t> count;
    std::optional<double> percent;
};

/// "never", or "now" or "soon", a comma, "fail", "success" or "done", "=", and a number or a
/// percentage: "soon,fail=3", "now,done=10%". Nothing: it is none of these.
[[nodiscard]] std::optional<HaltWish> parse_halt(const std::string& text);
/// A percentage is one of `jobs`, those that are known when the run begins.
[[nodiscard]] engine::Halt halt_of(const HaltWish& wish, std::size_t jobs);
[[nodiscard]] std::string fault_of_halt(const std::string& text);

/// "lost,1-10".
[[nodiscard]] std::optional<model::RetryOn> parse_retry_on(const std::string& text);
[[nodiscard]] std::string fault_of_retry_on(const std::string& text);

[[nodiscard]] std::string fault_of_duration(const std::string& text, bool may_be_zero);
[[nodiscard]] std::string fault_of_size(const std::string& text);
[[nodiscard]] std::string fault_of_number(const std::string& text, int least, int most);
[[nodiscard]] std::string fault_of_template(const std::string& text);
/// A template of a file's path; one without variables must be there to be read.
[[nodiscard]] std::string fault_of_input_file(const std::string& text);
/// NAME=VALUE, the value a template.
[[nodiscard]] std::string fault_of_variable(const std::string& text);

}  // namespace remuda::cli
