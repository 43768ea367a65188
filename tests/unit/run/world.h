// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/run/driver.h"
#include "remuda/transport/fake.h"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::test {

/// Jobs in memory.
class MemoryJobs final : public run::JobSource {
  public:
    /// `id`: that of the next job; absent: one more than the last.
    void add(const std::string& command, model::Needs needs = {}, std::uint64_t id = 0) {
        if (id > 0) last_id_ = id - 1;
        model::Job job;
        job.command = command;
        job.needs = needs;
        jobs.push_back(std::move(job));
        has_news = true;
    }

    Result<queue::TakeResult> take(const queue::Admit& admit, bool is_burst) override {
        ++takes;
        if (!lock_holder.empty()) return queue::TakeResult(queue::LockHeld{lock_holder});
        if (!store_fault.empty()) return Error(Code::timed_out, store_fault);
        has_news = false;
        if (!failure.empty()) return Error(Code::system, failure);
        if (fault) return queue::TakeResult(*fault);
        if (jobs.empty()) return queue::TakeResult(queue::Empty{});
        const queue::Admission admission = admit(jobs.front().needs);
        using Verdict = queue::Admission::Verdict;
        if (admission.verdict == Verdict::wait) return queue::TakeResult(queue::HeadMustWait{});
        if (is_burst) ++bursts;
        queue::Taken taken{{}, admission.verdict == Verdict::reject};
        const model::Needs needs = jobs.front().needs;
        while (taken.jobs.size() < admission.most && !jobs.empty() && jobs.front().needs == needs) {
            jobs.front().id = {++last_id_};
            taken.jobs.push_back(std::move(jobs.front()));
            jobs.pop_front();
        }
        return queue::TakeResult(std::move(taken));
    }

    Result<void> put_back(const model::Job& job) override {
        if (!lock_holder.empty()) return Error(Code::locked, lock_holder);
        if (!put_back_failure.empty()) return Error(Code::system, put_back_failure);
        jobs.push_front(job);
        return {};
    }

    Result<void> tidy(bool /*is_pause*/) override {
        if (!lock_holder.empty()) return Error(Code::locked, lock_holder);
        ++tidies;
        return {};
    }

    void recheck() override { ++rechecks; }

    [[nodiscard]] bool has_changed() const override {
        if (on_look) on_look();
        return has_news;
    }

    [[nodiscard]] std::vector<std::string> commands() const {
        std::vector<std::string> all;
        all.reserve(jobs.size());
        for (const model::Job& job : jobs)
            all.push_back(job.command);
        return all;
    }

    std::deque<model::Job> jobs;
    /// Somebody who holds the lock; empty: nobody.
    std::string lock_holder;
    std::string failure;
    std::string put_back_failure;
    /// Another process has the store.
    std::string store_fault;
    /// What is wrong with the file.
    std::optional<queue::Faulty> fault;
    bool has_news = false;
    std::function<void()> on_look;
    std::size_t takes = 0;
    std::size_t bursts = 0;
    std::size_t tidies = 0;
    std::size_t rechecks = 0;

  private:
    std::uint64_t last_id_ = 0;
};

/// Keeps what a run tells.
class Recorder final : public output::Reader {
  public:
    struct Attempt {
        std::string command;
        model::NodeId node;
        std::vector<int> slots;
        std::string output;
        std::string outcome;
        Time started;
        Time ended;
    };

    void read(const model::Event& event, Time now) override {
        if (on_event) on_event(event);
        if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
            attempts[started->attempt.value] = {
                started->command, started->node, started->slots, "", "", now, {}};
        } else if (const auto* output = std::get_if<model::OutputArrived>(&event)) {
            attempts.at(output->attempt.value).output += output->bytes;
        } else if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
            finish(ended->attempt, model::describe(ended->outcome), now);
        } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
            finish(refused->attempt, "refused: " + refused->reason, now);
        } else if (const auto* left = std::get_if<model::AttemptLeft>(&event)) {
            finish(left->attempt, "left: " + left->reason, now);
        } else if (const auto* down = std::get_if<model::NodeDown>(&event)) {
            downs.push_back(std::to_string(down->node.value) + ": " + down->reason);
        } else if (const auto* too_big = std::get_if<model::JobTooBig>(&event)) {
            too_bigs.push_back(too_big->job.command + ": " + too_big->reason);
        } else if (const auto* failed = std::get_if<model::QueueFailed>(&event)) {
            queue_fault = failed->reason;
        } else if (std::holds_alternative<model::RunEnded>(event)) {
            ++run_ends;
            ended_at = now;
        }
    }
    void tick(Time now) override {
        (void)now;
        ++ticks;
    }
    void note(std::string_view text) override { notes.emplace_back(text); }
    void flush() override {
        if (on_flush) on_flush();
    }

    /// How often each command ended in which way.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> outcomes() const {
        std::map<std::string, std::vector<std::string>> all;
        for (const auto& [id, attempt] : attempts)
            all[attempt.command].push_back(attempt.outcome);
        return all;
    }

    std::function<void(const model::Event&)> on_event;
    std::function<void()> on_flush;
    std::map<std::uint64_t, Attempt> attempts;
    std::vector<std::string> downs;
    std::vector<std::string> too_bigs;
    std::vector<std::string> notes;
    std::string queue_fault;
    std::size_t run_ends = 0;
    std::size_t ticks = 0;
    Time ended_at;

  private:
    void finish(model::AttemptId id, std::string how, Time now) {
        Attempt& attempt = attempts.at(id.value);
        if (!attempt.outcome.empty()) how = attempt.outcome + " and again " + how;
        attempt.outcome = std::move(how);
        attempt.ended = now;
    }
};

/// Fake hosts with nodes on them, jobs in memory, a simulated clock, and a run over all of that.
class World {
  public:
    /// `hosts` hosts with `nodes_each` nodes each, of `slots` slots.
    explicit World(std::size_t host_count, std::size_t nodes_each = 1, int slots = 1) {
        hosts.resize(host_count);
        for (std::size_t index = 0; index < host_count; ++index) {
            model::Host host;
            host.id = {index};
            host.name = "host" + std::to_string(index);
            for (std::size_t count = 0; count < nodes_each; ++count) {
                model::Node node;
                node.id = {fleet.nodes.size()};
                node.host = host.id;
                node.hostname = host.name;
                node.slots = slots;
                node.parameters = {{"nr", std::to_string(count)}};
                fleet.nodes.push_back(std::move(node));
            }
            fleet.hosts.push_back(std::move(host));
        }
    }

    /// Does `act` so long after the run begins.
    void at(Duration when, std::function<void(run::Driver&)> act) {
        plans_.push_back({when, std::move(act)});
    }

    void run() { run(jobs); }
    void run(run::JobSource& source) {
        std::vector<std::unique_ptr<transport::Transport>> transports;
        transports.reserve(fleet.hosts.size());
        for (std::size_t host = 0; host < fleet.hosts.size(); ++host)
            transports.push_back(make_fake(loop, hosts[host]));
        run::RunParts parts{loop, fleet, std::move(transports), source, {&recorder}, keeper};
        parts.make_transport = [this](const model::Host& host) {
            made.push_back(std::chrono::duration<double>(loop.now() - began_at).count());
            return make_fake(loop, hosts.at(number_of(host)));
        };
        parts.resumed = resumed;
        run::Driver driver(std::move(parts), settings);
        loop.run(main(driver));
    }

    /// A node on `hosts[host]`, which is made if it is not there yet, that may join a run.
    run::JoiningNode joining(std::size_t host, int slots = 1) {
        if (host >= hosts.size()) hosts.resize(host + 1);
        run::JoiningNode node;
        node.host.name = "host" + std::to_string(host);
        node.node.hostname = node.host.name;
        node.node.slots = slots;
        return node;
    }

    /// Seconds from the first moment until the run ended.
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(recorder.ended_at - began_at).count();
    }

    loop::Loop loop{loop::Loop::ClockKind::simulated};
    model::Fleet fleet;
    std::deque<transport::FakeHost> hosts;
    MemoryJobs jobs;
    Recorder recorder;
    run::RunSettings settings;
    /// Left running by an earlier run.
    std::vector<model::JobResumed> resumed;
    /// What keeps records; null: nothing does.
    run::Recorder* keeper = nullptr;
    Time began_at;
    /// When transports were made while the run went on, in seconds.
    std::vector<double> made;

  private:
    struct Plan {
        Duration when;
        std::function<void(run::Driver&)> act;
    };

    static std::size_t number_of(const model::Host& host) {
        return std::stoul(host.name.substr(std::string("host").size()));
    }

    loop::Task<> main(run::Driver& driver) {
        began_at = loop.now();
        loop::Scope scope(loop);
        loop::Stop over;
        for (const Plan& plan : plans_)
            scope.spawn(carry_out(plan, driver, over));
        co_await driver.run();
        over.request();
        co_await scope.join();
    }

    loop::Task<> carry_out(const Plan& plan, run::Driver& driver, loop::Stop& over) {
        const loop::Wake wake = co_await loop.sleep_until(began_at + plan.when, over);
        if (wake == loop::Wake::timeout) plan.act(driver);
    }

    std::deque<Plan> plans_;
};

/// A command that prints its script and ends with `code` after `takes`.
inline transport::FakeCommand timed(const std::string& script, Duration takes, int code = 0) {
    transport::FakeCommand command;
    command.prints(script + "\n").ends(model::Exited{code}, takes);
    return command;
}

}  // namespace remuda::test
