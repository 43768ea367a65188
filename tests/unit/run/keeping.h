// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"
#include "remuda/run/journal.h"
#include "support/temp_dir.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {

/// A queue file and a state folder beside it.
struct KeptQueue {
    [[nodiscard]] std::unique_ptr<history::Store> open() {
        auto store = history::Store::open(dir.path("state"), [this] { return ++now; });
        REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().text()));
        return std::move(*store);
    }
    [[nodiscard]] history::RunInfo info(const std::string& mode) const { return {path, mode, "1"}; }
    [[nodiscard]] std::vector<history::LeftJob> left() {
        auto left = open()->left_behind(path);
        REQUIRE(left.has_value());
        return std::move(*left);
    }
    /// Runs SQL past the store; gives the first column of the last row.
    std::string sql(const std::string& text) const {
        sqlite3* database = nullptr;
        REQUIRE(sqlite3_open(dir.path("state/state.db").c_str(), &database) == SQLITE_OK);
        std::string answer;
        const auto keep = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) = values[0] == nullptr ? "" : values[0];
            return 0;
        };
        CHECK(sqlite3_exec(database, text.c_str(), keep, &answer, nullptr) == SQLITE_OK);
        sqlite3_close(database);
        return answer;
    }
    /// The machine is started anew, as far as the store can see.
    void reboot() const { (void)sql("UPDATE runs SET boot = 'another'"); }

    TempDir dir;
    std::string path = dir.path("queue.yaml");
    std::int64_t now = 1000;
};

/// Nodes n1 ... on a host each.
inline model::Fleet fleet_of(std::size_t nodes) {
    model::Fleet fleet;
    for (std::size_t index = 0; index < nodes; ++index) {
        model::Host host;
        host.id = {index};
        model::Node node;
        node.id = {index};
        node.host = host.id;
        node.label = "n" + std::to_string(index + 1);
        node.hostname = node.label;
        fleet.hosts.push_back(std::move(host));
        fleet.nodes.push_back(std::move(node));
    }
    return fleet;
}

inline model::Job job_of(std::uint64_t id, const std::string& command) {
    model::Job job;
    job.id = {id};
    job.command = command;
    return job;
}

/// Runs `body` in a child that ends without any cleaning up, as if it were killed.
template <class Body>
void in_lost_child(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
}

/// A run that takes the first `count` jobs of the queue file, hears `events`, and is gone.
inline void take_and_die(KeptQueue& kept, std::size_t count, const model::Fleet& fleet,
                         const std::vector<model::Event>& events) {
    in_lost_child([&] {
        const auto store = kept.open();
        run::Journal journal(*store, fleet);
        REQUIRE(journal.begin(kept.info("queue")).has_value());
        queue::QueueSettings settings;
        settings.ledger = &journal;
        queue::Queue queue(kept.path, settings);
        const auto result = queue.take([&](const model::Needs&) {
            return queue::Admission{queue::Admission::Verdict::take, count};
        });
        REQUIRE(result.has_value());
        REQUIRE(std::get<queue::Taken>(*result).jobs.size() == count);
        for (const model::Event& event : events)
            journal.read(event);
        REQUIRE(journal.commit().has_value());
    });
}

}  // namespace remuda::test
