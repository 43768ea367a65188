// SPDX-License-Identifier: MIT
//
// Ids: short names of entries that stay right when the queue moves on, as their numbers do not.
#pragma once

#include "remuda/base/result.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <string>
#include <vector>

namespace remuda::queue {

/// An id for each entry: six consonants, or more where fewer would name two of these entries. It
/// depends on what the entry stands for and, of several that are the same, on how many of them
/// stand before it. An entry of which jobs were taken has another id than before.
[[nodiscard]] std::vector<std::string> ids_of(const std::vector<Entry>& entries);

/// The indices (from 0, ascending, each once) of the entries that `selection` names by number from
/// 1 ("3"), range ("5-7") or id. Code::invalid_input with the first word that names nothing.
[[nodiscard]] Result<std::vector<std::size_t>> selected(const std::vector<Entry>& entries,
                                                        const std::vector<std::string>& selection);

}  // namespace remuda::queue
