// SPDX-License-Identifier: MIT
#include "remuda/run/resume.h"

#include "remuda/base/check.h"
#include "run/job_text.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

namespace remuda::run {
namespace {

model::JobId id_of(std::size_t index) {
    return {index + 1};
}

using NodesByLabel = std::unordered_map<std::string_view, model::NodeId>;

/// What goes on with one broadcast.
class Sorter {
  public:
    Sorter(const history::Broadcast& broadcast, const model::Fleet& fleet,
           const ResumeSettings& settings)
        : broadcast_(broadcast), settings_(settings) {
        for (const model::Node& node : fleet.nodes)
            by_label_.emplace(node.label, node.id);
    }

    [[nodiscard]] LeftOver left_over() {
        LeftOver left;
        left.run = broadcast_.run;
        for (const history::BroadcastJob& job : broadcast_.jobs) {
            std::vector<model::NodeId> only = nodes_behind(job);
            auto parsed =
                job_of_text(job.text, fmt::format("the broadcast of run {}", broadcast_.run.value));
            const bool goes_on = parsed && !only.empty();
            if (!parsed && !only.empty()) {
                note("not done again, since it cannot be read: " + job.text);
            }
            for (model::JobLost& lost : std::exchange(lost_, {})) {
                lost.command = parsed ? parsed->command : job.text;
                if (goes_on) lost.job = id_of(left.items.size());
                left.lost.push_back(std::move(lost));
            }
            if (!parsed || only.empty()) continue;
            parsed->only = std::move(only);
            left.items.push_back({job.key, job.text, std::move(*parsed)});
        }
        tell_gone();
        return left;
    }

  private:
    [[nodiscard]] std::vector<model::NodeId> nodes_behind(const history::BroadcastJob& job) {
        std::vector<model::NodeId> behind;
        for (const history::BroadcastJob::OnNode& node : job.nodes) {
            switch (history::standing(node.outcome, broadcast_.stops_at_failure)) {
                case history::Standing::done:
                    continue;
                case history::Standing::unknown:
                    if (!settings_.allows_repeats) {
                        tell_unknown(job, node);
                        continue;
                    }
                    break;
                case history::Standing::behind:
                    break;
            }
            const auto found = by_label_.find(node.node);
            if (found == by_label_.end()) {
                ++gone_[node.node];
            } else {
                behind.push_back(found->second);
            }
        }
        return behind;
    }

    void tell_unknown(const history::BroadcastJob& job, const history::BroadcastJob::OnNode& node) {
        const auto* lost = node.outcome ? std::get_if<model::Lost>(&*node.outcome) : nullptr;
        if (lost != nullptr) {
            lost_.push_back(
                {"", node.node, lost->reason + "; not done again (--allow-repeat does)"});
            return;
        }
        // Whoever settles what killed runs have left tells that it is lost.
        const auto parsed = job_of_text(job.text, "");
        note(fmt::format("not done again on {}, where it may have run (--allow-repeat does): {}",
                         node.node, parsed ? parsed->command : job.text));
    }

    void tell_gone() const {
        for (const auto& [node, jobs] : gone_) {
            note(fmt::format("{} is behind by {} job{}, but is not among the nodes any more", node,
                             jobs, jobs == 1 ? "" : "s"));
        }
    }

    void note(const std::string& text) const {
        if (settings_.note) settings_.note(text);
    }

    const history::Broadcast& broadcast_;
    const ResumeSettings& settings_;
    /// Of the job that is looked at.
    std::vector<model::JobLost> lost_;
    NodesByLabel by_label_;
    /// Nodes that are behind and no longer in the fleet, with the number of jobs.
    std::map<std::string, std::size_t> gone_;
};

}  // namespace

std::map<history::JobKey, model::JobId> LeftOver::ids() const {
    std::map<history::JobKey, model::JobId> ids;
    for (std::size_t index = 0; index < items.size(); ++index)
        ids.emplace(items[index].key, id_of(index));
    return ids;
}

Result<LeftOver> find_left_over(history::Store& store, const std::string& queue_path,
                                const model::Fleet& fleet, const ResumeSettings& settings) {
    const auto found = store.stopped_broadcast(queue_path);
    if (!found) return found.error();
    const std::optional<history::Broadcast>& broadcast = *found;
    if (!broadcast) return LeftOver{};
    return Sorter(*broadcast, fleet, settings).left_over();
}

ResumedJobs::ResumedJobs(Journal& journal, LeftOver left_over, std::size_t adopted)
    : journal_(journal),
      own_jobs_(adopted + left_over.items.size()),
      items_(std::make_move_iterator(left_over.items.begin()),
             std::make_move_iterator(left_over.items.end())) {
    for (std::size_t index = 0; index < items_.size(); ++index)
        items_[index].job.id = {adopted + id_of(index).value};
}

Result<queue::TakeResult> ResumedJobs::take(const queue::Admit& admit, bool is_burst) {
    REMUDA_CHECK(rest_ != nullptr);
    if (!items_.empty()) return take_own(admit);
    auto result = rest_->take(admit, is_burst);
    if (!result) return result;
    if (auto* taken = std::get_if<queue::Taken>(&*result)) {
        for (model::Job& job : taken->jobs)
            job.id = shifted(job.id);
    }
    return result;
}

Result<queue::TakeResult> ResumedJobs::take_own(const queue::Admit& admit) {
    using Verdict = queue::Admission::Verdict;
    const Verdict verdict = admit(items_.front().job.needs).verdict;
    if (verdict == Verdict::wait) return queue::TakeResult(queue::HeadMustWait{});
    const LeftOver::Item& head = items_.front();
    if (auto claimed = journal_.claim_again(head.job.id, head.text, head.key); !claimed) {
        return claimed.error();
    }
    handed_out_ = std::move(items_.front());
    items_.pop_front();
    return queue::TakeResult(queue::Taken{{handed_out_->job}, verdict == Verdict::reject});
}

Result<void> ResumedJobs::put_back(const model::Job& job) {
    const bool is_left_over = handed_out_ && handed_out_->job.id == job.id;
    if (!is_left_over) {
        // One that was adopted and never started goes into the file, too: the queue knows it by an
        // id that `shifted` makes ours again.
        model::Job theirs = job;
        theirs.id = {job.id.value - own_jobs_};
        return rest_->put_back(theirs);
    }
    journal_.withdraw(job.id);
    items_.push_front(std::move(*handed_out_));
    handed_out_.reset();
    return {};
}

Result<void> ResumedJobs::claim(const std::vector<model::Job>& jobs,
                                const std::vector<std::string>& texts, const std::string& mark) {
    std::vector<model::Job> ours = jobs;
    for (model::Job& job : ours)
        job.id = shifted(job.id);
    return journal_.claim(ours, texts, mark);
}

}  // namespace remuda::run
