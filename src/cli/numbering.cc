// SPDX-License-Identifier: MIT
#include "cli/numbering.h"

#include <utility>
#include <variant>

namespace remuda::cli {

NumberingReader::NumberingReader(std::unique_ptr<output::Reader> reader, NumberOf number_of)
    : reader_(std::move(reader)), number_of_(std::move(number_of)) {}

void NumberingReader::number(model::JobId& job) const {
    if (const auto number = number_of_(job)) job = model::JobId{*number};
}

// Those that tell of a job by its id; the others pass as they are.
void NumberingReader::read(const model::Event& event, Time now) {
    if (const auto* resumed = std::get_if<model::JobResumed>(&event)) {
        model::JobResumed copy = *resumed;
        number(copy.job.id);
        reader_->read(copy, now);
    } else if (const auto* taken = std::get_if<model::JobTaken>(&event)) {
        model::JobTaken copy = *taken;
        number(copy.job.id);
        reader_->read(copy, now);
    } else if (const auto* too_big = std::get_if<model::JobTooBig>(&event)) {
        model::JobTooBig copy = *too_big;
        number(copy.job.id);
        reader_->read(copy, now);
    } else if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
        model::AttemptStarted copy = *started;
        number(copy.job);
        reader_->read(copy, now);
    } else if (const auto* dropped = std::get_if<model::RetryDropped>(&event)) {
        model::RetryDropped copy = *dropped;
        number(copy.job);
        reader_->read(copy, now);
    } else if (const auto* lost = std::get_if<model::JobLost>(&event);
               lost != nullptr && lost->job) {
        model::JobLost copy = *lost;
        number(*copy.job);
        reader_->read(copy, now);
    } else {
        reader_->read(event, now);
    }
}

}  // namespace remuda::cli
