// SPDX-License-Identifier: MIT
//
// NumberingReader: what people see of jobs bears their numbers in the store, by which `remuda show`
// and its like know them, instead of those within the run.
#pragma once

#include "remuda/model/ids.h"
#include "remuda/output/reader.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace remuda::cli {

using NumberOf = std::function<std::optional<std::uint64_t>(model::JobId)>;

class NumberingReader final : public output::Reader {
  public:
    /// What has no number keeps that within the run.
    NumberingReader(std::unique_ptr<output::Reader> reader, NumberOf number_of);

    void read(const model::Event& event, Time now) override;
    void tick(Time now) override { reader_->tick(now); }
    void flush() override { reader_->flush(); }
    void show_standing(Time now) override { reader_->show_standing(now); }
    void suspend(bool is_suspended) override { reader_->suspend(is_suspended); }
    void note(std::string_view text) override { reader_->note(text); }
    void warn(std::string_view text) override { reader_->warn(text); }

  private:
    void number(model::JobId& job) const;

    std::unique_ptr<output::Reader> reader_;
    NumberOf number_of_;
};

}  // namespace remuda::cli
