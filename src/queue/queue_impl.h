// SPDX-License-Identifier: MIT
#pragma once

#include "queue/consumed.h"
#include "queue/cut.h"
#include "queue/mark.h"
#include "queue/stamp.h"
#include "remuda/queue/queue.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::queue {

/// With fewer hollow bytes a file waits for tidy() to be compacted.
inline constexpr std::size_t kLeastCompacted = std::size_t{64} << 10;

/// The queue as it was last read or written, and the file's stamp of that moment.
struct Queue::Impl {
    Impl(std::string queue_path, QueueSettings queue_settings);

    // Each is called with the lock held. Code::busy: somebody has saved meanwhile; try again.

    [[nodiscard]] Result<TakeResult> take_once(Lock& lock, const Admit& admit, bool is_burst);
    [[nodiscard]] Result<void> put_back_once(const Lock& lock, const model::Job& job);
    [[nodiscard]] Result<void> tidy_once(const Lock& lock);
    [[nodiscard]] Result<void> restore_once(const Lock& lock, const std::vector<LeftClaim>& claims);

    /// Queue::restore under a lock.
    [[nodiscard]] Result<void> restore_all(const Lock& lock, const std::vector<LeftClaim>& claims);

    /// Reads the file if it is not the one that we know, and cuts repeats out of it.
    [[nodiscard]] Result<void> refresh(const Lock& lock);
    /// Whoever takes the lock next learns which comments are ours, so that they do not stay for
    /// ever when several processes take from one file in turn.
    void hand_over(Lock& lock) const;
    /// Makes the state what another holder of the lock has left of the file, which is known as
    /// `now`, if that can be told without reading it anew.
    [[nodiscard]] bool try_follow(const Lock& lock, const Stamp& now);
    [[nodiscard]] bool try_follow_in_place(QueueText& text, const Stamp& now,
                                           std::size_t end) const;
    [[nodiscard]] Result<void> skip_repeats(const Lock& lock, QueueText& text);
    /// Writes what `edit` says and makes it the state. On failure file and state are as they were.
    [[nodiscard]] Result<void> replace(QueueText& text, QueueText::Edit edit);
    [[nodiscard]] Result<void> write_whole(const QueueText::Edit& edit);
    [[nodiscard]] Result<void> write_in_place(const QueueText& text, const QueueText::Edit& edit);
    [[nodiscard]] Result<Taken> take_first(Lock& lock, QueueText& text, bool rejected,
                                           std::size_t most, bool in_place);
    void compact(QueueText& text);
    void note(const std::string& message) const {
        if (settings.note) settings.note(message);
    }

    std::string path;
    QueueSettings settings;
    Consumed consumed;
    /// What the file with this stamp holds; nothing before the first reading.
    std::variant<std::monostate, QueueText, Faulty> state;
    std::optional<Stamp> stamp;
    /// `state` is what we left, or has been looked through for repeats.
    bool is_state_ours = false;
    /// The file as we knew it before somebody else wrote it, until that was looked through.
    std::optional<QueueText> known;
    std::optional<Stamp> known_stamp;
    /// The file as we wrote it last, or as it was first read: its being empty is meant.
    std::optional<Stamp> settled;
    /// The file's name for as long as it changes by being consumed in place only, by whomever.
    std::uint64_t lineage = 0;
    std::uint64_t ids_given = 0;
    /// What killed processes had left when we began is settled.
    bool is_settled = false;
    /// Hollow bytes below which compacting is not worth trying (again).
    std::size_t compact_above = 0;
};

/// Somebody who saves without the lock makes us look again; not for ever.
template <class Edit>
auto until_unchanged(const Edit& edit) {
    constexpr int most_tries = 10;
    for (int tries = 1;; ++tries) {
        auto result = edit();
        const bool was_changed = !result && result.error().code() == Code::busy;
        if (!was_changed || tries == most_tries) return result;
    }
}

}  // namespace remuda::queue
