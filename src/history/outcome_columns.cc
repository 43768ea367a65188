// SPDX-License-Identifier: MIT
#include "history/outcome_columns.h"

#include "history/schema.h"

#include <string>

namespace remuda::history {
namespace {

struct Binder {
    Statement& statement;

    void operator()(const model::Exited& exited) const {
        kind(AttemptKind::exited).bind(2, std::int64_t{exited.code}).bind_null(3);
    }
    void operator()(const model::Signalled& signalled) const {
        kind(AttemptKind::signalled).bind_null(2).bind(3, signalled.signal);
    }
    void operator()(const model::TimedOut&) const {
        kind(AttemptKind::timed_out).bind_null(2).bind_null(3);
    }
    void operator()(const model::Cancelled&) const {
        kind(AttemptKind::cancelled).bind_null(2).bind_null(3);
    }
    void operator()(const model::NeverStarted& never) const {
        kind(AttemptKind::never_started).bind_null(2).bind(3, never.reason);
    }
    void operator()(const model::Lost& lost) const {
        kind(AttemptKind::lost).bind_null(2).bind(3, lost.reason);
    }
    [[nodiscard]] Statement& kind(AttemptKind value) const {
        return statement.bind(1, static_cast<std::int64_t>(value));
    }
};

}  // namespace

void bind_outcome(Statement& statement, const model::Outcome& outcome) {
    std::visit(Binder{statement}, outcome);
}

std::optional<model::Outcome> read_outcome(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    const auto reason = [&] { return row.text(column + 2); };
    switch (static_cast<AttemptKind>(row.integer(column))) {
        case AttemptKind::exited:
            return model::Exited{static_cast<int>(row.integer(column + 1))};
        case AttemptKind::signalled:
            return model::Signalled{reason()};
        case AttemptKind::timed_out:
            return model::TimedOut{};
        case AttemptKind::cancelled:
            return model::Cancelled{};
        case AttemptKind::never_started:
            return model::NeverStarted{reason()};
        case AttemptKind::refused:
            return model::NeverStarted{"refused"};
        case AttemptKind::lost:
            break;
    }
    return model::Lost{reason()};
}

}  // namespace remuda::history
