// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/reader.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::cli {

/// Holds everything back while the user is being asked something, so that nothing is written into
/// the question. A stop, and more output than is good to keep, end the silence early.
class PausingReader final : public output::Reader {
  public:
    static constexpr std::size_t kMostHeldBytes = std::size_t{1} << 20;

    explicit PausingReader(std::unique_ptr<output::Reader> reader) : reader_(std::move(reader)) {}

    void read(const model::Event& event, Time now) override;
    void tick(Time now) override;
    void flush() override;
    void show_standing(Time now) override { reader_->show_standing(now); }
    void suspend(bool is_suspended) override;
    void note(std::string_view text) override;
    void warn(std::string_view text) override;
    /// The question begins, or has been answered.
    void pause(bool is_paused);

  private:
    struct Happened {
        model::Event event;
        Time at;
    };
    struct Flushed {};
    using Held = std::variant<Happened, std::string, Flushed>;

    void release();
    void tell_whether_suspended();

    // Set once.
    std::unique_ptr<output::Reader> reader_;

    bool is_paused_ = false;
    bool is_suspended_ = false;
    bool is_told_to_suspend_ = false;
    bool is_holding_ = false;
    std::vector<Held> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace remuda::cli
