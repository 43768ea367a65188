// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/output.h"

#include <chrono>
#include <memory>
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

inline model::AttemptBegan began(std::uint64_t attempt) {
    return {{attempt}};
}

inline model::OutputArrived wrote(std::uint64_t attempt, std::string bytes,
                                  model::Stream stream = model::Stream::out) {
    return {{attempt}, stream, std::move(bytes)};
}

inline model::AttemptEnded ended(std::uint64_t attempt, model::Outcome outcome = model::Exited{0}) {
    return {{attempt}, std::move(outcome)};
}

/// What a run shows, told event by event.
struct View {
    explicit View(const std::vector<std::string>& labels, PlainOptions options = {})
        : fleet(fleet_of(labels)) {
        out.transcript = &transcript;
        err.transcript = &transcript;
        options.start = at(0);
        reader = make_plain(fleet, options, out, err);
    }
    /// What is sent begins at once; for more, read what is `sent` and `began`.
    void operator()(const model::Event& event, double seconds = 0) const {
        reader->read(event, at(seconds));
        const auto* sent = std::get_if<model::AttemptStarted>(&event);
        if (sent != nullptr && !sent->slots.empty()) {
            reader->read(model::AttemptBegan{sent->attempt}, at(seconds));
        }
    }

    model::Fleet fleet;
    std::string transcript;
    TextSink out;
    TextSink err;
    std::unique_ptr<Reader> reader;
};

/// Both streams on a terminal, without a status line.
inline PlainOptions terminal(std::size_t width, bool colour = false) {
    PlainOptions options;
    options.screen = {.out_is_terminal = true,
                      .err_is_terminal = true,
                      .out_colour = colour,
                      .err_colour = colour,
                      .width = width,
                      .status_line = false};
    return options;
}

/// The same with a status line.
inline PlainOptions status_terminal(std::size_t width) {
    PlainOptions options = terminal(width);
    options.screen.status_line = true;
    return options;
}

}  // namespace remuda::output::test
