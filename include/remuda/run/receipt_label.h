// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remuda::run {

/// What an attempt's receipt on its host says of it to people, and to a remuda that knows nothing
/// else of it (docs/protocol/shim.md).
struct ReceiptLabel {
    /// What people call it: the job's name, or its command.
    std::string title;
    /// The title is the job's name.
    bool has_name = false;
    // NOLINTBEGIN(readability-redundant-member-init): so that they may be left out.
    /// Numbers in the store that knows it, and the node's label there.
    std::optional<std::uint64_t> run = std::nullopt;
    std::optional<std::uint64_t> job = std::nullopt;
    std::string node = {};
    /// Where that store is: the machine and the path of the queue file.
    std::string machine = {};
    std::string queue = {};
    // NOLINTEND(readability-redundant-member-init)

    bool operator==(const ReceiptLabel&) const = default;
};

/// The title in a line of its own, and then a line for each thing that is known.
[[nodiscard]] std::string label_text(const ReceiptLabel& label);
/// Any text is a label: what is not understood is passed over.
[[nodiscard]] ReceiptLabel parse_label(std::string_view text);

}  // namespace remuda::run
