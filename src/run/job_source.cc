// SPDX-License-Identifier: MIT
#include "remuda/run/job_source.h"

namespace remuda::run {
namespace {

class QueueSource final : public JobSource {
  public:
    explicit QueueSource(queue::Queue& queue) : queue_(queue) {}
    Result<queue::TakeResult> take(const queue::Admit& admit, bool is_burst) override {
        return queue_.take(admit, is_burst);
    }
    Result<void> put_back(const model::Job& job) override { return queue_.put_back(job); }
    Result<void> tidy(bool is_pause) override { return queue_.tidy(is_pause); }
    [[nodiscard]] bool has_changed() const override { return queue_.has_changed(); }
    void recheck() override { queue_.recheck(); }

  private:
    queue::Queue& queue_;
};

}  // namespace

std::unique_ptr<JobSource> make_source(queue::Queue& queue) {
    return std::make_unique<QueueSource>(queue);
}

}  // namespace remuda::run
