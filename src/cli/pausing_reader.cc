// SPDX-License-Identifier: MIT
#include "cli/pausing_reader.h"

namespace remuda::cli {

void PausingReader::read(const model::Event& event, Time now) {
    if (std::holds_alternative<model::StopAsked>(event)) release();
    if (!is_holding_) return reader_->read(event, now);
    held_.emplace_back(Happened{event, now});
    held_bytes_ += sizeof(Held);
    if (const auto* output = std::get_if<model::OutputArrived>(&event)) {
        held_bytes_ += output->bytes.size();
    }
    if (held_bytes_ > kMostHeldBytes) release();
}

void PausingReader::tick(Time now) {
    if (!is_paused_) reader_->tick(now);
}

void PausingReader::flush() {
    if (!is_holding_) return reader_->flush();
    if (!held_.empty() && !std::holds_alternative<Flushed>(held_.back())) {
        held_.emplace_back(Flushed{});
    }
}

void PausingReader::note(std::string_view text) {
    if (!is_holding_) return reader_->note(text);
    held_.emplace_back(std::string(text));
    held_bytes_ += sizeof(Held) + text.size();
    if (held_bytes_ > kMostHeldBytes) release();
}

void PausingReader::warn(std::string_view text) {
    if (!is_holding_) return reader_->warn(text);
    note(text);
}

void PausingReader::pause(bool is_paused) {
    is_paused_ = is_paused;
    // The question begins where the status line stands.
    tell_whether_suspended();
    if (!is_paused) return release();
    is_holding_ = true;
}

void PausingReader::suspend(bool is_suspended) {
    is_suspended_ = is_suspended;
    tell_whether_suspended();
}

void PausingReader::tell_whether_suspended() {
    const bool is_wanted = is_paused_ || is_suspended_;
    if (std::exchange(is_told_to_suspend_, is_wanted) != is_wanted) reader_->suspend(is_wanted);
}

void PausingReader::release() {
    is_holding_ = false;
    held_bytes_ = 0;
    for (const Held& held : std::exchange(held_, {})) {
        if (const auto* happened = std::get_if<Happened>(&held)) {
            reader_->read(happened->event, happened->at);
        } else if (const auto* note = std::get_if<std::string>(&held)) {
            reader_->note(*note);
        } else {
            reader_->flush();
        }
    }
}

}  // namespace remuda::cli
