// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/output.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace remuda::output::test {

/// Keeps what was written, alone or in one transcript with another sink.
class TextSink final : public Sink {
  public:
    void write(std::string_view piece) override {
        text += piece;
        pieces.emplace_back(piece);
        if (transcript) *transcript += piece;
    }
    void write_report(std::string_view piece) override {
        reports += piece;
        write(piece);
    }
    void flush() override { ++flushes; }

    std::string text;
    /// What of it was a report.
    std::string reports;
    std::vector<std::string> pieces;
    int flushes = 0;
    std::string* transcript = nullptr;
};

inline Time at(double seconds) {
    return Time{} + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

/// Nodes with these labels, each on a host of its own, from hosts.yaml lines 1, 2 ...
inline model::Fleet fleet_of(const std::vector<std::string>& labels) {
    model::Fleet fleet;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        model::Host host;
        host.id = {i};
        host.name = labels[i];
        host.place = {"hosts.yaml", i + 1, 3};
        fleet.hosts.push_back(host);
        model::Node node;
        node.id = {i};
        node.host = {i};
        node.hostname = labels[i];
        node.label = labels[i];
        node.place = host.place;
        fleet.nodes.push_back(node);
    }
    return fleet;
}

inline model::AttemptStarted started(std::uint64_t attempt, std::uint64_t node,
                                     std::string command) {
    return {{attempt}, {attempt}, {node}, {0}, std::move(command)};
}

inline model::OutputArrived wrote(std::uint64_t attempt, std::string bytes,
                                  model::Stream stream = model::Stream::out) {
    return {{attempt}, stream, std::move(bytes)};
}

inline model::AttemptEnded ended(std::uint64_t attempt, model::Outcome outcome = model::Exited{0}) {
    return {{attempt}, std::move(outcome)};
}

}  // namespace remuda::output::test
