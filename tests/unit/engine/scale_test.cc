// SPDX-License-Identifier: MIT
#include "remuda/engine/engine.h"

#include <deque>

#include <doctest/doctest.h>

namespace model = remuda::model;
using remuda::engine::Engine;
using remuda::engine::Fit;
using remuda::engine::Settings;

TEST_CASE("100,000 jobs pass through 200 nodes with one take and one start each") {
    constexpr std::size_t nodes = 200;
    constexpr std::size_t jobs = 100'000;
    Settings settings;
    for (std::size_t node = 0; node < nodes; ++node) {
        settings.nodes.push_back({{node}, {node / 4}, 1 + static_cast<int>(node % 3)});
    }
    Engine engine(settings);

    std::size_t taken = 0;
    std::size_t takes = 0;
    std::size_t starts = 0;
    std::size_t finishes = 0;
    std::size_t others = 0;
    std::deque<model::AttemptId> running;
    std::deque<model::Event> events;
    const auto perform = [&](const std::vector<model::Action>& actions) {
        for (const model::Action& action : actions) {
            if (std::holds_alternative<model::TakeJob>(action)) {
                ++takes;
                const model::Needs needs{1 + static_cast<int>(taken % 2)};
                if (taken == jobs) {
                    events.emplace_back(model::QueueEmpty{});
                } else if (engine.fit(needs) == Fit::now) {
                    model::Job job;
                    job.id = {++taken};
                    job.needs = needs;
                    events.emplace_back(model::JobTaken{job});
                } else {
                    events.emplace_back(model::HeadDoesNotFit{});
                }
            } else if (const auto* start = std::get_if<model::StartAttempt>(&action)) {
                ++starts;
                running.push_back(start->attempt);
                events.emplace_back(model::AttemptStarted{start->attempt, start->job.id,
                                                          start->node, start->slots, ""});
            } else if (std::holds_alternative<model::Finish>(action)) {
                ++finishes;
            } else {
                ++others;
            }
        }
    };

    perform(engine.begin());
    for (std::size_t node = 0; node < nodes; ++node) {
        perform(engine.on(model::NodeUp{{node}}));
    }
    std::size_t most_running = 0;
    while (!engine.is_finished()) {
        most_running = std::max(most_running, running.size());
        if (!events.empty()) {
            const model::Event event = events.front();
            events.pop_front();
            perform(engine.on(event));
        } else {
            REQUIRE_FALSE(running.empty());
            const model::AttemptId oldest = running.front();
            running.pop_front();
            perform(engine.on(model::AttemptEnded{oldest, model::Exited{0}}));
        }
    }
    engine.sanity_check();
    CHECK(taken == jobs);
    CHECK(starts == jobs);
    CHECK(finishes == 1);
    CHECK(others == 0);
    CHECK(most_running >= nodes);
    // A take for each job, and at most one vain one for each attempt that ended.
    CHECK(takes <= 2 * jobs + nodes + 1);
}
