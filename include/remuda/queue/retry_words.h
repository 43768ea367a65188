// SPDX-License-Identifier: MIT
//
// The words of `retry_on`, which are those of --retry-on too.
#pragma once

#include "remuda/model/job.h"

#include <string>
#include <string_view>

namespace remuda::queue {

/// Adds what `word` names: an exit code ("3"), a range of them ("1-10"), "lost", "timeout", or
/// "any", which is all of it. False: it names nothing.
[[nodiscard]] bool add_retry_word(std::string_view word, model::RetryOn& on);

/// What there is, for messages.
[[nodiscard]] std::string retry_on_help();

}  // namespace remuda::queue
