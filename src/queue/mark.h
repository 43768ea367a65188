// SPDX-License-Identifier: MIT
//
// Mark: what a claim's ledger keeps of the queue file as it was before the claim's jobs left it, so
// that after a crash Queue::restore can tell whether they have left it.
#pragma once

#include "queue/cut.h"
#include "queue/stamp.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

struct Mark {
    Stamp before;
    /// Jobs in the file before the take, and how many were taken together.
    std::uint64_t job_total = 0;
    std::uint64_t taken = 0;
    /// Digest of the canonical form of the first job that remains; of nothing if none does.
    std::uint64_t next = 0;
    /// Of a take in place: bytes, with the digest that they have when all is done. Empty otherwise.
    struct Region {
        yaml::Span span;
        std::uint64_t digest = 0;
    };
    std::optional<Region> patch;
    /// The lines within the patch that become comments.
    std::vector<yaml::Span> lines;
    /// What was commented out before.
    std::optional<Region> hollow;

    [[nodiscard]] std::string text() const;
    /// Nothing if it is no mark.
    [[nodiscard]] static std::optional<Mark> read(std::string_view text);
};

/// The mark of `removal`, which was made from `text`.
[[nodiscard]] Mark mark_of(const Stamp& before, const QueueText& text,
                           const QueueText::Removal& removal);

/// Digest of a job's canonical form; of nothing without job.
[[nodiscard]] std::uint64_t digest_of(const std::optional<model::Job>& job);

}  // namespace remuda::queue
