// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remuda::output {

/// What a host keeps of a job that outlives its connection, as `remuda attach --list` shows it.
struct ListedReceipt {
    /// Names it for ever.
    std::string key;
    std::string node;
    /// In the store of the remuda that started it.
    std::optional<std::uint64_t> run;
    std::optional<std::uint64_t> number;
    std::string command;
    /// Empty: it has none.
    std::string name;
    /// Where that remuda ran, and its queue file.
    std::string machine;
    std::string queue;
    /// Milliseconds since 1970-01-01 UTC.
    std::int64_t started_ms = 0;
    /// Absent: it runs.
    std::optional<model::Outcome> outcome;
    /// Bytes of its output that are kept there.
    std::uint64_t out_bytes = 0;
    std::uint64_t err_bytes = 0;
};

/// A line for each, below a head. `columns`: the width of the terminal, or 0 for no limit.
[[nodiscard]] std::string receipts_table(const std::vector<ListedReceipt>& receipts,
                                         std::size_t columns, std::int64_t now_ms);
/// One JSON object with its line break (docs/json.md).
[[nodiscard]] std::string receipt_as_json(const ListedReceipt& receipt);

}  // namespace remuda::output
