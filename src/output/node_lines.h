// SPDX-License-Identifier: MIT
#pragma once

#include "output/console.h"
#include "output/prefixed.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::output {

/// Lines behind the name of their node: what its jobs write, and what is said of them.
class NodeLines {
  public:
    /// Where no terminal sets a limit, names and commands are cut to so many columns.
    static constexpr std::size_t kWidthOffTerminal = 200;

    /// Both outlive it; the fleet may grow.
    NodeLines(const model::Fleet& fleet, Console& console) : fleet_(fleet), console_(console) {}

    /// How lines of one stream of a node are shown: worked out once for many lines.
    struct Layout {
        Prefix prefix;
        std::size_t width = 0;
        bool colour = false;
    };
    [[nodiscard]] Layout layout_of(model::NodeId id, model::Stream stream) const;
    /// Appends a raw line of output.
    static void append_output(std::string& to, const Layout& layout, std::string_view line);

    /// "[node] started  job 3 on slots 0,1: python train.py", cut to one line.
    void tell_start(model::NodeId id, model::JobId job, const std::vector<int>& slots,
                    std::string_view what, std::string_view word = "started");
    /// A line about an attempt: the word in its own column, so that it is found by eye.
    /// `is_report`: see Sink.
    void tell(model::NodeId id, std::string_view word, std::string_view colour,
              std::string_view text, bool is_report = false);

  private:
    [[nodiscard]] const model::Node& node(model::NodeId id) const;
    [[nodiscard]] Prefix prefix(model::NodeId id, model::Stream shown_on, bool is_stderr) const;

    const model::Fleet& fleet_;
    Console& console_;
};

}  // namespace remuda::output
