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

void PausingReader::note(std::string_view text) {
    if (!is_holding_) return reader_->note(text);
    held_.emplace_back(std::string(text));
    held_bytes_ += sizeof(Held) + text.size();
    if (held_bytes_ > kMostHeldBytes) release();
}

void PausingReader::pause(bool is_paused) {
    is_paused_ = is_paused;
    if (!is_paused) return release();
    is_holding_ = true;
    // The question begins where the status line stands.
    if (err_ != nullptr) err_->write("\r\x1B[K");
}

void PausingReader::release() {
    is_holding_ = false;
    held_bytes_ = 0;
    for (const Held& held : std::exchange(held_, {})) {
        if (const auto* happened = std::get_if<Happened>(&held)) {
            reader_->read(happened->event, happened->at);
        } else {
            reader_->note(std::get<std::string>(held));
        }
    }
}

}  // namespace remuda::cli
