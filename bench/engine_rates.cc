// SPDX-License-Identifier: MIT
//
// What a job costs before any host, file or terminal comes in, and whether that stays the same:
//
//     engine_rates [MOST]
//
// prints, for 10,000 jobs, ten times as many and so on up to MOST (default: a million), over 200
// nodes of 50 hosts, microseconds of CPU a job: of the `engine` alone, which is told what happens,
// and of a whole `run` on the simulated clock over fake transports, with its loop, its driver and
// jobs that are made up when they are taken.
#include "remuda/engine/engine.h"
#include "remuda/loop/loop.h"
#include "remuda/run/driver.h"
#include "remuda/transport/fake.h"

#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

namespace {

using namespace remuda;

constexpr std::size_t kHosts = 50;
constexpr std::size_t kNodesEach = 4;

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Tells an engine of jobs that are there, start at once, and end in the order of their starts.
class Told {
  public:
    explicit Told(std::size_t jobs) : jobs_(jobs), engine_(settings()) {}

    void run() {
        perform(engine_.begin());
        for (std::size_t node = 0; node < kHosts * kNodesEach; ++node)
            perform(engine_.on(model::NodeUp{{node}}));
        while (!engine_.is_finished()) {
            if (events_.empty()) {
                perform(engine_.on(model::AttemptEnded{running_.front(), model::Exited{0}}));
                running_.pop_front();
            } else {
                const model::Event event = std::move(events_.front());
                events_.pop_front();
                perform(engine_.on(event));
            }
        }
        if (taken_ != jobs_) std::abort();
    }

  private:
    static engine::Settings settings() {
        engine::Settings made;
        for (std::size_t node = 0; node < kHosts * kNodesEach; ++node)
            made.nodes.push_back({{node}, {node / kNodesEach}, 1});
        return made;
    }

    void perform(const std::vector<model::Action>& actions) {
        for (const model::Action& action : actions) {
            if (std::holds_alternative<model::TakeJob>(action)) {
                take();
            } else if (const auto* start = std::get_if<model::StartAttempt>(&action)) {
                running_.push_back(start->attempt);
                events_.emplace_back(model::AttemptStarted{start->attempt, start->job.id,
                                                           start->node, start->slots, ""});
            }
        }
    }

    void take() {
        if (taken_ == jobs_) {
            events_.emplace_back(model::QueueEmpty{});
        } else if (engine_.fit({}) == engine::Fit::now) {
            model::Job job;
            job.id = {++taken_};
            events_.emplace_back(model::JobTaken{std::move(job)});
        } else {
            events_.emplace_back(model::HeadDoesNotFit{});
        }
    }

    std::size_t jobs_;
    engine::Engine engine_;
    std::size_t taken_ = 0;
    std::deque<model::AttemptId> running_;
    std::deque<model::Event> events_;
};

/// Jobs out of nowhere.
class MadeUpJobs final : public run::JobSource {
  public:
    explicit MadeUpJobs(std::size_t count) : left_(count) {}

    Result<queue::TakeResult> take(const queue::Admit& admit, bool /*is_burst*/) override {
        if (left_ == 0) return queue::TakeResult(queue::Empty{});
        const queue::Admission admission = admit({});
        if (admission.verdict == queue::Admission::Verdict::wait) {
            return queue::TakeResult(queue::HeadMustWait{});
        }
        queue::Taken taken{{}, false};
        for (; left_ > 0 && taken.jobs.size() < admission.most; --left_) {
            model::Job job;
            job.id = {++last_id_};
            job.command = "true";
            taken.jobs.push_back(std::move(job));
        }
        return queue::TakeResult(std::move(taken));
    }
    Result<void> put_back(const model::Job& /*job*/) override { std::abort(); }
    [[nodiscard]] bool has_changed() const override { return false; }

  private:
    std::size_t left_;
    std::uint64_t last_id_ = 0;
};

void run_all(std::size_t jobs) {
    loop::Loop loop(loop::Loop::ClockKind::simulated);
    model::Fleet fleet;
    std::deque<transport::FakeHost> hosts(kHosts);
    std::vector<std::unique_ptr<transport::Transport>> transports;
    for (std::size_t index = 0; index < kHosts; ++index) {
        model::Host host;
        host.id = {index};
        host.name = fmt::format("host{}", index);
        for (std::size_t count = 0; count < kNodesEach; ++count) {
            model::Node node;
            node.id = {fleet.nodes.size()};
            node.host = host.id;
            node.hostname = host.name;
            fleet.nodes.push_back(std::move(node));
        }
        fleet.hosts.push_back(std::move(host));
        transports.push_back(transport::make_fake(loop, hosts[index]));
    }
    MadeUpJobs source(jobs);
    run::RunParts parts{loop, fleet, std::move(transports), source, {}};
    run::Driver driver(std::move(parts), run::RunSettings{});
    loop.run(driver.run());
    std::size_t started = 0;
    for (const transport::FakeHost& host : hosts)
        started += host.started.size();
    if (started != jobs) std::abort();
}

template <class Work>
void tell(const char* name, std::size_t jobs, const Work& work) {
    const double begun = cpu_seconds();
    work();
    const double each = (cpu_seconds() - begun) / static_cast<double>(jobs);
    fmt::print("{:<7} {:>8} jobs {:6.2f} us a job\n", name, jobs, each * 1e6);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t most = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    for (std::size_t jobs = 10'000; jobs <= most; jobs *= 10) {
        tell("engine", jobs, [jobs] { Told(jobs).run(); });
        tell("run", jobs, [jobs] { run_all(jobs); });
    }
}
