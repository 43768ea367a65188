// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/engine/engine.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace remuda::test {

/// An engine that is told events in few words and answers with its actions as text, such as
/// "start #1 job 1 on 0 [0]; take". Holds the invariants after each event.
class Story {
  public:
    struct NodeSpec {
        std::size_t host = 0;
        int slots = 1;
    };

    explicit Story(const std::vector<NodeSpec>& nodes, bool stop_on_failure = false,
                   engine::Settings::Mode mode = engine::Settings::Mode::queue,
                   bool is_endless = false)
        : engine_(settings(nodes, stop_on_failure, mode, is_endless)), node_count_(nodes.size()) {}

    using Change = std::function<void(engine::Settings&)>;
    Story(const std::vector<NodeSpec>& nodes, const Change& set)
        : engine_([&] {
              engine::Settings made = settings(nodes, false, engine::Settings::Mode::queue, false);
              set(made);
              return made;
          }()),
          node_count_(nodes.size()) {}

    [[nodiscard]] std::string begin() { return told(engine_.begin()); }
    std::string on(const model::Event& event) { return told(engine_.on(event)); }

    std::string up(std::size_t node) { return on(model::NodeUp{{node}}); }
    std::string down(std::size_t node) { return on(model::NodeDown{{node}, "gone"}); }
    /// A node joins.
    std::string added(NodeSpec node) {
        return on(model::NodeAdded{{node_count_++}, {node.host}, node.slots});
    }
    std::string retired(std::size_t node) { return on(model::NodeRetired{{node}}); }
    std::string empty() { return on(model::QueueEmpty{}); }
    std::string head_waits() { return on(model::HeadDoesNotFit{}); }
    std::string changed() { return on(model::QueueChanged{}); }
    std::string queue_fails() { return on(model::QueueFailed{"faulty"}); }
    std::string stop(int grade) { return on(model::StopAsked{grade}); }
    std::string exits(std::uint64_t attempt, int code = 0) {
        return on(model::AttemptEnded{{attempt}, model::Exited{code}});
    }
    std::string lost(std::uint64_t attempt) {
        return on(model::AttemptEnded{{attempt}, model::Lost{"cut"}});
    }
    std::string skipped(std::uint64_t attempt) {
        return on(model::AttemptEnded{{attempt}, model::NeverStarted{"skipped"}});
    }
    std::string refused(std::uint64_t attempt) {
        return on(model::AttemptRefused{{attempt}, "refused"});
    }
    /// The head of the queue, with the next number, is taken.
    std::string job(model::Needs needs = {}) { return on(model::JobTaken{next_job(needs)}); }
    std::string resumes(std::size_t node, const std::vector<int>& slots) {
        return on(model::JobResumed{next_job({}), {node}, slots, "", {"key", "", ""}});
    }
    /// As `job`, for these nodes alone.
    std::string job_on(const std::vector<std::size_t>& nodes, model::Needs needs = {}) {
        model::Job job = next_job(needs);
        for (const std::size_t node : nodes)
            job.only.push_back({node});
        return on(model::JobTaken{std::move(job)});
    }
    std::string too_big(model::Needs needs = {}) {
        return on(model::JobTooBig{next_job(needs), "too big"});
    }

    std::string ends(std::uint64_t attempt, model::Outcome outcome) {
        return on(model::AttemptEnded{{attempt}, std::move(outcome)});
    }
    std::string wait_over(std::uint64_t wait) { return on(model::WaitOver{{wait}}); }

    [[nodiscard]] engine::Fit fit(model::Needs needs = {}) const { return engine_.fit(needs); }
    [[nodiscard]] const engine::Engine& engine() const { return engine_; }

  private:
    static engine::Settings settings(const std::vector<NodeSpec>& nodes, bool stop_on_failure,
                                     engine::Settings::Mode mode, bool is_endless) {
        engine::Settings made;
        made.mode = mode;
        made.is_endless = is_endless;
        made.stop_on_failure = stop_on_failure;
        for (const NodeSpec& node : nodes) {
            made.nodes.push_back({{made.nodes.size()}, {node.host}, node.slots});
        }
        return made;
    }

    model::Job next_job(model::Needs needs) {
        model::Job job;
        job.id = {++last_job_};
        job.needs = needs;
        return job;
    }

    struct Teller {
        std::string operator()(const model::TakeJob&) const { return "take"; }
        std::string operator()(const model::StartAttempt& start) const {
            return fmt::format("start #{} job {} on {} {}", start.attempt.value, start.job.id.value,
                               start.node.value, start.slots);
        }
        std::string operator()(const model::AttachAttempt& attach) const {
            return fmt::format("attach #{} job {} on {} {}", attach.attempt.value,
                               attach.job.id.value, attach.node.value, attach.slots);
        }
        std::string operator()(const model::EndAttempt& end) const {
            return fmt::format("end #{}", end.attempt.value);
        }
        std::string operator()(const model::SkipAttempt& skip) const {
            return fmt::format("skip #{} job {} on {}: {}", skip.attempt.value, skip.job.id.value,
                               skip.node.value, skip.reason);
        }
        std::string operator()(const model::PutBack& back) const {
            return fmt::format("put back job {}", back.job.id.value);
        }
        std::string operator()(const model::Wait& wait) const {
            const auto seconds = std::chrono::duration<double>(wait.duration).count();
            return fmt::format("wait {} for {}s{}", wait.token.value, seconds,
                               wait.from ? fmt::format(" from #{}", wait.from->value) : "");
        }
        std::string operator()(const model::EndWait& end) const {
            return fmt::format("end wait {}", end.token.value);
        }
        std::string operator()(const model::Tell& tell) const {
            if (const auto* dropped = std::get_if<model::RetryDropped>(&tell.event)) {
                return fmt::format("drop job {} after #{} ({})", dropped->job.value,
                                   dropped->attempt.value, dropped->reason);
            }
            if (const auto* rested = std::get_if<model::NodeRested>(&tell.event)) {
                return fmt::format("rest {} ({})", rested->node.value, rested->reason);
            }
            return fmt::format("halt ({})", std::get<model::RunHalted>(tell.event).reason);
        }
        std::string operator()(const model::Finish&) const { return "finish"; }
    };

    /// Started and skipped attempts are answered with AttemptStarted, as the contract says.
    std::string told(const std::vector<model::Action>& actions) {
        engine_.sanity_check();
        std::string text;
        for (const model::Action& action : actions) {
            if (!text.empty()) text += "; ";
            text += std::visit(Teller{}, action);
        }
        for (const model::Action& action : actions) {
            std::string further;
            if (const auto* start = std::get_if<model::StartAttempt>(&action)) {
                further = on(model::AttemptStarted{start->attempt, start->job.id, start->node,
                                                   start->slots, ""});
            } else if (const auto* attach = std::get_if<model::AttachAttempt>(&action)) {
                further = on(model::AttemptStarted{attach->attempt, attach->job.id, attach->node,
                                                   attach->slots, ""});
            } else if (const auto* skip = std::get_if<model::SkipAttempt>(&action)) {
                further =
                    on(model::AttemptStarted{skip->attempt, skip->job.id, skip->node, {}, ""});
            }
            if (!further.empty()) text += "; " + further;
        }
        return text;
    }

    engine::Engine engine_;
    std::size_t node_count_;
    std::uint64_t last_job_ = 0;
};

}  // namespace remuda::test
