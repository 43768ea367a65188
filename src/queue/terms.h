// SPDX-License-Identifier: MIT
#pragma once

#include "queue/versions.h"
#include "remuda/yaml/source.h"

#include <optional>

namespace remuda::queue {

/// `theirs`, what has become of `base`, in the terms of `base`: where the last jobs of consecutive
/// entries of `base` stand as other entries (runs of a burst, or what these were tidied up to), the
/// entries of `base` stand that they are, the first of them less what was taken of it. The same
/// jobs in the same order. Nothing if `theirs` is so already.
[[nodiscard]] std::optional<yaml::Source> in_terms_of(const Version& base, const Version& theirs);

}  // namespace remuda::queue
