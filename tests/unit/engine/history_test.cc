// SPDX-License-Identifier: MIT
//
// Random histories: a world that answers the engine's actions with random legal events. Whatever
// happens, each job runs once (or as often as its retries allow), goes back, or is reported; no
// slot is used twice; the run ends.
#include "remuda/engine/engine.h"
#include "support/seed.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace model = remuda::model;
using remuda::engine::Engine;
using remuda::engine::Fit;
using remuda::engine::Settings;

namespace {

class World {
  public:
    explicit World(std::uint64_t seed)
        : random_(seed), settings_(random_settings()), engine_(settings_) {
        const int jobs = number(0, 40);
        for (int job = 0; job < jobs; ++job)
            queue_.push_back(random_needs());
        states_.resize(settings_.nodes.size(), NodeState::coming);
        may_stop_ = chance(30);
        may_lose_ = chance(60);
        if (chance(30)) may_fail_ = 70;
    }

    void run() {
        perform(engine_.begin());
        resume_some();
        int steps = 0;
        while (!finished_ || taking_ || !attempts_.empty() || !facts_.empty()) {
            REQUIRE_MESSAGE(++steps < 20'000, "the run does not end");
            step();
            // Nothing else ends an endless run.
            if (settings_.is_endless && stop_grade_ == 0 && steps > 2'000) {
                check_is_waiting();
                stop_grade_ = 1;
                tell(model::StopAsked{1});
            }
        }
        check_ledger();
    }

  private:
    enum class NodeState { coming, up, down, retired };

    struct Running {
        std::uint64_t ticket;
        std::size_t node;
        std::vector<int> slots;
        bool skipped = false;
        int number = 1;
        bool is_late = false;
        std::uint64_t job = 0;
    };
    /// What became of the job that a ticket stands for. A ticket is one line of the queue.
    struct Ledger {
        int queued = 1;
        int started = 0;
        int ended = 0;
        int skipped = 0;
        int too_big = 0;
        bool is_running = false;
        /// Attempts that failed and are to be followed by another; by node in broadcast, else 0.
        std::map<std::size_t, model::AttemptId> waiting;
        int failed_tries = 0;
    };

    int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    bool chance(int percent) { return number(1, 100) <= percent; }

    model::Needs random_needs() {
        model::Needs needs;
        if (chance(40)) needs.slots = number(1, 9);
        if (chance(30)) needs.policy = model::AllocationPolicy::buddy;
        return needs;
    }

    Settings random_settings() {
        Settings made;
        made.mode = chance(65) ? Settings::Mode::queue : Settings::Mode::broadcast;
        made.stop_on_failure = chance(20);
        made.is_endless = chance(25);
        made.seed = random_();
        if (chance(60)) made.defaults.retries = number(0, 3);
        made.defaults.retry_delay = std::chrono::seconds(number(0, 2));
        if (chance(30)) made.defaults.timeout = std::chrono::seconds(10);
        if (chance(20)) {
            made.halt.when =
                chance(50) ? remuda::engine::Halt::When::soon : remuda::engine::Halt::When::now;
            made.halt.of = static_cast<remuda::engine::Halt::Of>(number(0, 2));
            made.halt.count = static_cast<std::size_t>(number(1, 6));
        }
        const int nodes = number(0, 8);
        for (int node = 0; node < nodes; ++node) {
            made.nodes.push_back({{static_cast<std::uint64_t>(node)},
                                  {static_cast<std::uint64_t>(number(0, 3))},
                                  chance(50) ? 1 : number(1, 8)});
        }
        return made;
    }

    void tell(const model::Event& event) {
        if (const auto* cancelled = std::get_if<model::JobCancelled>(&event)) {
            cancelled_.insert(cancelled->job.value);
        }
        perform(engine_.on(event));
        engine_.sanity_check();
        for (const auto& [id, attempt] : attempts_) {
            if (cancelled_.contains(attempt.job) && !attempt.skipped) CHECK(ending_.contains(id));
        }
    }

    void perform(const std::vector<model::Action>& actions) {
        for (const model::Action& action : actions) {
            std::visit([this](const auto& wanted) { perform_one(wanted); }, action);
        }
    }

    void perform_one(const model::TakeJob&) {
        CHECK_FALSE(taking_);
        CHECK(stop_grade_ == 0);
        CHECK_FALSE(halted_);
        CHECK_FALSE(finished_);
        taking_ = true;
    }

    void perform_one(const model::StartAttempt& start) {
        CHECK(stop_grade_ == 0);
        CHECK_FALSE(halted_);
        CHECK(states_[start.node.value] == NodeState::up);
        CHECK(static_cast<int>(start.slots.size()) == start.job.needs.slots);
        for (const int slot : start.slots) {
            CHECK(slot < settings_.nodes[start.node.value].slots);
            CHECK(busy_.emplace(start.node.value, slot).second);
        }
        Ledger& ledger = ledger_of(start.job);
        if (settings_.mode == Settings::Mode::queue) CHECK_FALSE(ledger.is_running);
        ledger.is_running = true;
        ++ledger.started;
        const auto before = ledger.waiting.find(place_of(start.node));
        CHECK((before != ledger.waiting.end()) == (start.number > 1));
        if (before != ledger.waiting.end()) {
            CHECK(due_.contains(before->second.value));
            ledger.waiting.erase(before);
        }
        attempts_[start.attempt.value] = {
            ticket_of(start.job), start.node.value, start.slots, false, start.number, false,
            start.job.id.value};
        facts_.push_back(
            model::AttemptStarted{start.attempt, start.job.id, start.node, start.slots, ""});
    }

    void perform_one(const model::AttachAttempt& attach) {
        for (const int slot : attach.slots)
            CHECK(busy_.emplace(attach.node.value, slot).second);
        Ledger& ledger = ledger_of(attach.job);
        ledger.is_running = true;
        ++ledger.started;
        attempts_[attach.attempt.value] = {ticket_of(attach.job), attach.node.value, attach.slots};
        attempts_[attach.attempt.value].job = attach.job.id.value;
        facts_.push_back(
            model::AttemptStarted{attach.attempt, attach.job.id, attach.node, attach.slots, ""});
    }

    void perform_one(const model::SkipAttempt& skip) {
        ++ledger_of(skip.job).skipped;
        attempts_[skip.attempt.value] = {ticket_of(skip.job), skip.node.value, {}, true};
        facts_.push_back(model::AttemptStarted{skip.attempt, skip.job.id, skip.node, {}, ""});
    }

    void perform_one(const model::EndAttempt& end) {
        CHECK(attempts_.contains(end.attempt.value));
        auto& attempt = attempts_[end.attempt.value];
        // One whose time was over is ended once more where the run stops, or its job is cancelled.
        const bool is_overdue = attempt.is_late && end.reason != model::EndReason::timed_out;
        CHECK((ending_.insert(end.attempt.value).second || is_overdue));
        attempt.is_late = end.reason == model::EndReason::timed_out;
    }

    void perform_one(const model::Wait& wait) {
        CHECK(wait.duration >= remuda::Duration::zero());
        if (wait.from) CHECK(attempts_.contains(wait.from->value));
        CHECK(waits_.insert(wait.token.value).second);
    }

    void perform_one(const model::EndWait& end) { CHECK(waits_.erase(end.token.value) == 1); }

    void perform_one(const model::Tell& tell) {
        if (const auto* dropped = std::get_if<model::RetryDropped>(&tell.event)) {
            Ledger& ledger = ledger_[ticket_of_job_.at(dropped->job.value)];
            const auto waiting = ledger.waiting.find(place_of(dropped->node));
            REQUIRE(waiting != ledger.waiting.end());
            CHECK(waiting->second == dropped->attempt);
            ledger.waiting.erase(waiting);
            ++ledger.ended;
            count_end(false);
        } else if (const auto* rested = std::get_if<model::NodeRested>(&tell.event)) {
            CHECK(settings_.mode == Settings::Mode::queue);
            CHECK(states_[rested->node.value] == NodeState::up);
            const model::HostId host = settings_.nodes[rested->node.value].host;
            bool has_other = false;
            for (std::size_t node = 0; node < states_.size(); ++node) {
                has_other = has_other ||
                            (states_[node] == NodeState::up && settings_.nodes[node].host != host);
            }
            CHECK(has_other);
            CHECK(rested->duration >= std::chrono::seconds(60));
        } else {
            CHECK_FALSE(halted_);
            halted_ = true;
        }
        std::visit([this](const auto& event) { facts_.emplace_back(event); }, tell.event);
    }

    /// Told of by the engine at the right moment.
    void count_end(bool is_success) {
        ++(is_success ? successes_ : failures_);
        if (settings_.halt.when == remuda::engine::Halt::When::never) return;
        using Of = remuda::engine::Halt::Of;
        const std::size_t count = settings_.halt.of == Of::failures    ? failures_
                                  : settings_.halt.of == Of::successes ? successes_
                                                                       : failures_ + successes_;
        if (count >= settings_.halt.count) reached_halt_ = true;
    }

    [[nodiscard]] std::size_t place_of(model::NodeId node) const {
        return settings_.mode == Settings::Mode::queue ? 0 : node.value;
    }

    void perform_one(const model::PutBack& back) {
        Ledger& ledger = ledger_of(back.job);
        CHECK(ledger.queued == 0);
        CHECK(ledger.ended == 0);
        CHECK(ledger.failed_tries == 0);
        CHECK_FALSE(ledger.is_running);
        CHECK_FALSE(cancelled_.contains(back.job.id.value));
        ledger.queued = 1;
        queue_.push_front(back.job.needs);
        tickets_.push_front(ticket_of(back.job));
        put_back_ = true;
    }

    void perform_one(const model::Finish&) {
        CHECK_FALSE(finished_);
        if (stop_grade_ < 3) CHECK(attempts_.empty());
        finished_ = true;
    }

    /// One random event that is legal now.
    void step() {
        if (!facts_.empty()) {
            const model::Event fact = facts_.front();
            facts_.pop_front();
            tell(fact);
            return;
        }
        const int choice = number(1, 100);
        if (choice <= 30 && taking_) {
            answer_take();
        } else if (choice <= 65 && !attempts_.empty()) {
            end_attempt();
        } else if (choice <= 72 && !waits_.empty()) {
            end_wait();
        } else if (choice <= 85 && !states_.empty()) {
            change_node();
        } else if (choice <= 87 && may_stop_ && stop_grade_ < 3) {
            stop_grade_ = number(stop_grade_ + 1, 3);
            tell(model::StopAsked{stop_grade_});
        } else if (choice <= 88 && settings_.nodes.size() < 12) {
            add_node();
        } else if (choice <= 89 && !states_.empty() && chance(30)) {
            retire_node();
        } else if (choice <= 93 && queue_.size() < 60 && stop_grade_ == 0 && added_ < 20) {
            ++added_;
            queue_.push_back(random_needs());
            tell(model::QueueChanged{});
        } else if (choice <= 96 && last_job_ > 0) {
            tell(model::JobCancelled{
                {static_cast<std::uint64_t>(number(1, static_cast<int>(last_job_)))}});
        }
    }

    /// What an earlier run has left running; its slots may be of a time when nodes had others.
    void resume_some() {
        if (settings_.mode != Settings::Mode::queue || settings_.nodes.empty()) return;
        for (int count = chance(30) ? number(1, 4) : 0; count > 0; --count) {
            model::Job job;
            job.id = {++last_job_};
            ticket_of_job_[job.id.value] = ++last_made_ticket_;
            ledger_of(job).queued = 0;
            const auto node =
                static_cast<std::uint64_t>(number(0, static_cast<int>(states_.size()) - 1));
            const int first = number(0, 8);
            tell(model::JobResumed{job, {node}, {first, first + 1}, "", {"key", "", ""}});
        }
    }

    void end_wait() {
        auto at = waits_.begin();
        std::advance(at, number(0, static_cast<int>(waits_.size()) - 1));
        const model::WaitId token{*at};
        waits_.erase(at);
        // Which one it is only the engine knows: what waits may start now.
        for (const auto& [ticket, ledger] : ledger_) {
            for (const auto& [place, attempt] : ledger.waiting)
                due_.insert(attempt.value);
        }
        tell(model::WaitOver{token});
    }

    void add_node() {
        const model::NodeId node{settings_.nodes.size()};
        const model::HostId host{static_cast<std::uint64_t>(number(0, 5))};
        const int slots = chance(50) ? 1 : number(1, 8);
        settings_.nodes.push_back({node, host, slots});
        states_.push_back(NodeState::coming);
        tell(model::NodeAdded{node, host, slots});
    }

    void retire_node() {
        const auto node = static_cast<std::size_t>(number(0, static_cast<int>(states_.size()) - 1));
        if (states_[node] == NodeState::retired) return;
        states_[node] = NodeState::retired;
        tell(model::NodeRetired{{node}});
    }

    void answer_take() {
        taking_ = false;
        fill_tickets();
        if (chance(1)) {
            queue_failed_ = true;
            tell(model::QueueFailed{"faulty"});
            return;
        }
        if (queue_.empty()) {
            tell(model::QueueEmpty{});
            return;
        }
        const Fit fit = engine_.fit(queue_.front());
        if (fit == Fit::later) {
            tell(model::HeadDoesNotFit{});
            return;
        }
        model::Job job;
        job.id = {++last_job_};
        job.needs = queue_.front();
        ticket_of_job_[job.id.value] = tickets_.front();
        queue_.pop_front();
        tickets_.pop_front();
        Ledger& ledger = ledger_of(job);
        ledger.queued = 0;
        // What is taken afresh comes in the order of the queue.
        if (!put_back_) CHECK(last_ticket_ < ticket_of(job));
        last_ticket_ = ticket_of(job);
        if (fit == Fit::never) {
            ++ledger.too_big;
            count_end(false);
            tell(model::JobTooBig{job, "too big"});
            return;
        }
        // A node may change, or a stop come, between the question and the answer.
        if (chance(10)) change_node();
        tell(model::JobTaken{job});
    }

    void end_attempt() {
        auto at = attempts_.begin();
        std::advance(at, number(0, static_cast<int>(attempts_.size()) - 1));
        const model::AttemptId id{at->first};
        const Running running = at->second;
        attempts_.erase(at);
        ending_.erase(id.value);
        Ledger& ledger = ledger_[running.ticket];
        for (const int slot : running.slots)
            busy_.erase({running.node, slot});
        if (running.skipped) {
            count_end(false);
            tell(model::AttemptEnded{id, model::NeverStarted{"skipped"}});
            return;
        }
        ledger.is_running = false;
        if (chance(15)) {
            --ledger.started;
            // It is still to be tried again.
            if (running.number > 1) {
                ledger.waiting.emplace(place_of({running.node}), last_failed_.at(key_of(running)));
            }
            tell(model::AttemptRefused{id, "refused"});
            return;
        }
        if (chance(5)) {
            ++ledger.ended;
            count_end(false);
            tell(model::AttemptLeft{id, "left"});
            return;
        }
        const model::Outcome outcomes[] = {model::Exited{0}, model::Exited{1}, model::Lost{"cut"},
                                           model::Cancelled{}};
        const int how = chance(may_fail_) ? number(1, 3) : 0;
        const model::AttemptEnded ended{
            id, running.is_late ? model::Outcome(model::TimedOut{}) : outcomes[how]};
        if (const auto next = engine_.next_try(ended)) {
            CHECK(stop_grade_ == 0);
            CHECK_FALSE(halted_);
            CHECK((running.is_late || how == 1 || how == 2));
            CHECK(next->number == running.number + 1);
            CHECK(next->most == *settings_.defaults.retries + 1);
            CHECK(next->number <= next->most);
            CHECK(next->delay <= *settings_.defaults.retry_delay * 4);
            CHECK(next->delay >= *settings_.defaults.retry_delay / 2);
            CHECK(ledger.waiting.emplace(place_of({running.node}), id).second);
            ++ledger.failed_tries;
            last_failed_[key_of(running)] = id;
        } else {
            ++ledger.ended;
            count_end(model::is_success(ended.outcome));
        }
        tell(ended);
    }

    [[nodiscard]] std::pair<std::uint64_t, std::size_t> key_of(const Running& running) const {
        return {running.ticket, place_of({running.node})};
    }

    void change_node() {
        const auto node = static_cast<std::size_t>(number(0, static_cast<int>(states_.size()) - 1));
        if (states_[node] == NodeState::retired) {
            if (chance(50)) return;
            // Its connection breaks, or only now comes to be: either is of no account.
            const auto late = chance(50) ? model::Event(model::NodeUp{{node}})
                                         : model::Event(model::NodeDown{{node}, "gone"});
            tell(late);
            return;
        }
        const bool goes_up = states_[node] == NodeState::up     ? false
                             : states_[node] == NodeState::down ? true
                                                                : chance(80);
        if (!goes_up && states_[node] == NodeState::up && !(may_lose_ && chance(15))) return;
        if (goes_up && states_[node] == NodeState::down && !chance(20)) return;
        states_[node] = goes_up ? NodeState::up : NodeState::down;
        if (goes_up) {
            tell(model::NodeUp{{node}});
        } else {
            tell(model::NodeDown{{node}, "gone"});
        }
    }

    void fill_tickets() {
        while (tickets_.size() < queue_.size())
            tickets_.push_back(++last_made_ticket_);
    }

    [[nodiscard]] std::uint64_t ticket_of(const model::Job& job) {
        return ticket_of_job_.at(job.id.value);
    }
    Ledger& ledger_of(const model::Job& job) { return ledger_[ticket_of(job)]; }

    /// An endless run has left nothing undone that could be done.
    void check_is_waiting() const {
        if (finished_) CHECK((queue_failed_ || settings_.stop_on_failure || halted_));
    }

    void check_ledger() {
        for (const auto& [ticket, ledger] : ledger_) {
            CAPTURE(ticket);
            CHECK_FALSE(ledger.is_running);
            CHECK(ledger.waiting.empty());
            const int reported = ledger.ended + ledger.skipped + ledger.too_big;
            if (settings_.mode == Settings::Mode::queue) {
                CHECK(ledger.ended <= 1);
                CHECK(ledger.queued + reported == 1);
            } else {
                CHECK((ledger.queued == 1) == (reported == 0));
                CHECK(reported <= static_cast<int>(settings_.nodes.size()) + 1);
            }
        }
        CHECK(busy_.empty());
        if (stop_grade_ == 0 && !settings_.stop_on_failure) CHECK(halted_ == reached_halt_);
        const bool is_down = std::ranges::all_of(states_, [](NodeState state) {
            return state == NodeState::down || state == NodeState::retired;
        });
        if (stop_grade_ == 0 && !is_down && !queue_failed_ && !settings_.stop_on_failure &&
            !halted_) {
            CHECK(queue_.empty());
        }
    }

    std::mt19937_64 random_;
    Settings settings_;
    Engine engine_;
    std::deque<model::Needs> queue_;
    std::deque<std::uint64_t> tickets_;
    std::uint64_t last_made_ticket_ = 0;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, std::uint64_t> ticket_of_job_;
    std::map<std::uint64_t, Ledger> ledger_;
    std::vector<NodeState> states_;
    std::map<std::uint64_t, Running> attempts_;
    std::set<std::uint64_t> ending_;
    /// Ids of jobs that nobody wants any more.
    std::set<std::uint64_t> cancelled_;
    std::set<std::uint64_t> waits_;
    /// Attempts that failed, after which some wait was over.
    std::set<std::uint64_t> due_;
    std::map<std::pair<std::uint64_t, std::size_t>, model::AttemptId> last_failed_;
    std::size_t successes_ = 0;
    std::size_t failures_ = 0;
    bool halted_ = false;
    bool reached_halt_ = false;
    std::set<std::pair<std::size_t, int>> busy_;
    std::deque<model::Event> facts_;
    std::uint64_t last_job_ = 0;
    int stop_grade_ = 0;
    int added_ = 0;
    bool taking_ = false;
    bool finished_ = false;
    bool put_back_ = false;
    bool queue_failed_ = false;
    bool may_stop_ = false;
    bool may_lose_ = false;
    int may_fail_ = 20;
};

}  // namespace

TEST_CASE("whatever happens, no job is lost or run twice, and the run ends") {
    const std::uint64_t first = remuda::test::seed();
    for (std::uint64_t seed = first; seed < first + 400; ++seed) {
        INFO("again with REMUDA_SEED=" << seed);
        World(seed).run();
    }
}
