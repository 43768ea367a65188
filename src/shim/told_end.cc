// SPDX-License-Identifier: MIT
#include "shim/told_end.h"

#include <algorithm>
#include <chrono>

namespace remuda::shim {

namespace {

// Hosts may say anything.
Duration grace_of(const Field& field) {
    constexpr std::chrono::hours most{24 * 365};
    const std::chrono::milliseconds most_ms = most;
    return std::chrono::milliseconds(
        std::min(field.number(), static_cast<std::uint64_t>(most_ms.count())));
}

std::chrono::microseconds microseconds(const Field& field) {
    return std::chrono::microseconds(field.number());
}

}  // namespace

void ToldEnd::take(const Field& field) {
    switch (field.tag) {
        case Tag::kind:
            has_kind = true;
            kind = field.number() > static_cast<std::uint64_t>(EndKind::lost)
                       ? EndKind::lost
                       : static_cast<EndKind>(field.number());
            break;
        case Tag::code:
            code = static_cast<int>(field.number());
            break;
        case Tag::signal:
            signal = field.value;
            break;
        case Tag::reason:
            reason = field.value;
            break;
        case Tag::wall:
            usage.wall = microseconds(field);
            break;
        case Tag::user:
            usage.user = microseconds(field);
            break;
        case Tag::system:
            usage.system = microseconds(field);
            break;
        case Tag::memory:
            usage.memory = field.number();
            break;
        case Tag::length_out:
            length.out = field.number();
            break;
        case Tag::length_err:
            length.err = field.number();
            break;
        case Tag::cut_out:
            lacking.out = field.number();
            break;
        case Tag::cut_err:
            lacking.err = field.number();
            break;
        default:
            break;
    }
}

model::Outcome ToldEnd::outcome() const {
    switch (kind) {
        case EndKind::exited:
            return model::Exited{code};
        case EndKind::signalled:
            return model::Signalled{signal};
        case EndKind::timed_out:
            return model::TimedOut{};
        case EndKind::cancelled:
            return model::Cancelled{};
        case EndKind::lost:
            break;
    }
    return model::Lost{reason.empty() ? "the shim does not know how it ended" : reason};
}

Kept receipt_of(std::string_view entry) {
    Kept receipt;
    ToldEnd end;
    Fields fields(entry);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::key) receipt.key = field->value;
        if (field->tag == Tag::label) receipt.label = field->value;
        if (field->tag == Tag::script) receipt.script = field->value;
        if (field->tag == Tag::time) receipt.time = field->number();
        if (field->tag == Tag::grace) receipt.grace = grace_of(*field);
        end.take(*field);
    }
    receipt.kept = {end.length.out - std::min(end.length.out, end.lacking.out),
                    end.length.err - std::min(end.length.err, end.lacking.err)};
    if (end.has_kind) receipt.outcome = end.outcome();
    return receipt;
}

}  // namespace remuda::shim
