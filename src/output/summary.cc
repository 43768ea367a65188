// SPDX-License-Identifier: MIT
#include "output/summary.h"

#include "output/colour.h"
#include "output/human.h"
#include "output/prefixed.h"
#include "output/table.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kWidestNode = 32;
constexpr std::size_t kWidestWhy = 40;
constexpr std::size_t kNarrowestCommand = 16;
constexpr std::string_view kIndent = "  ";

void add_count(std::string& text, std::size_t count, std::string_view what,
               std::string_view colour) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += painted(fmt::format("{} {}", count, what), colour, !colour.empty());
}

std::string headline(const Summary::Facts& facts, bool colour) {
    const Tally::Counts& counts = facts.counts;
    const std::string_view bad = colour ? kRed : std::string_view();
    std::string what;
    add_count(what, counts.succeeded, "ok", colour ? kGreen : std::string_view());
    add_count(what, counts.failed, "failed", bad);
    add_count(what, counts.lost, "lost", bad);
    add_count(what, counts.never_started, "never started", bad);
    add_count(what, counts.cancelled, "cancelled", colour ? kYellow : std::string_view());
    add_count(what, counts.nodes_down, counts.nodes_down == 1 ? "node down" : "nodes down", bad);
    const std::size_t left = facts.left.value_or(0);
    const bool has_left = left > 0;
    if (what.empty()) {
        what = facts.was_stopped || has_left
                   ? "nothing was run"
                   : fmt::format("nothing to do, {} is empty", facts.queue_name);
    }
    if (has_left) what += fmt::format("; {} left in {}", left, facts.queue_name);
    const bool ended_early = facts.stops_at_failure && has_left &&
                             counts.failed + counts.lost + counts.never_started > 0;
    const std::string_view how = facts.was_stopped ? "stopped"
                                 : ended_early     ? "stopped at a failure (-e)"
                                                   : "finished";
    std::string text = fmt::format("{} in {}: {}\n", how, human_duration(facts.took), what);
    const bool has_missed = counts.cancelled > 0 || (facts.was_stopped && has_left) || ended_early;
    if (facts.is_broadcast && has_missed) {
        text += "go on with: remuda b --resume";
        if (facts.queue_name != "queue.yaml") text += " -Q " + facts.queue_name;
        text += '\n';
    }
    return text;
}

}  // namespace

void Summary::add(Trouble trouble) {
    ++trouble_count_;
    if (troubles_.size() < kMostRows) troubles_.push_back(std::move(trouble));
}

void Summary::node_down(model::NodeId node, const std::string& reason) {
    const bool was_used = node.value < used_.size() && used_[node.value];
    falls_[node] = {reason, false, was_used};
}

void Summary::node_up(model::NodeId node) {
    if (const auto fall = falls_.find(node); fall != falls_.end()) fall->second.is_up_again = true;
}

void Summary::node_used(model::NodeId node) {
    if (node.value >= used_.size()) used_.resize(fleet_.nodes.size());
    used_[node.value] = true;
}

std::string Summary::text(const Facts& facts, std::size_t width, bool colour) const {
    return last_lines(width, colour) + headline(facts, colour) + table(width) +
           fallen_nodes(colour);
}

// stdout behind "|", stderr behind "!".
std::string Summary::last_lines(std::size_t width, bool colour) const {
    std::string text;
    for (const Trouble& trouble : troubles_) {
        if (!trouble.tail || trouble.tail->line_count() == 0) continue;
        std::string head =
            fmt::format("job {} on {}, {}: ", trouble.job.value_or(model::JobId{}).value,
                        elided(trouble.node, kWidestNode), one_line(trouble.why, kWidestWhy));
        const std::size_t whole = width == 0 ? kTableWidthOffTerminal : width;
        const std::size_t used = display_width(head);
        head +=
            one_line(trouble.what, std::max(kNarrowestCommand, whole > used ? whole - used : 0));
        text += painted(head, kBold, colour) + "\n";
        trouble.tail->for_each([&](const Tail::Line& line) {
            const std::string_view mark = line.stream == model::Stream::out ? "  | " : "  ! ";
            append_prefixed(text, {std::string(mark), mark.size()}, sanitised(line.text, colour),
                            width);
        });
        if (trouble.tail->line_count() > Tail::kMostLines) {
            text += fmt::format("  (last {} of {} lines)\n", Tail::kMostLines,
                                trouble.tail->line_count());
        }
    }
    return text;
}

std::string Summary::table(std::size_t width) const {
    if (troubles_.empty()) return "";
    const std::size_t widest_why =
        std::max(kWidestWhy, (width == 0 ? kTableWidthOffTerminal : width) / 3);
    Table table({"JOB", "NODE", "WHY", "COMMAND"});
    for (const Trouble& trouble : troubles_) {
        table.add({trouble.job ? fmt::format("{}", trouble.job->value) : "-",
                   trouble.node.empty() ? "-" : elided(trouble.node, kWidestNode),
                   one_line(trouble.why, widest_why), trouble.what});
    }
    std::string text = table.text(width);
    if (trouble_count_ > troubles_.size()) {
        text += fmt::format("{}... and {} more\n", kIndent, trouble_count_ - troubles_.size());
    }
    return text;
}

// Nodes of one host that fell for one reason are one line.
std::string Summary::fallen_nodes(bool colour) const {
    struct Group {
        model::NodeId first;
        std::size_t others = 0;
    };
    using Key = std::tuple<model::HostId, std::string, bool, bool>;
    std::map<Key, Group> groups;
    std::vector<Key> order;
    for (const auto& [id, fall] : falls_) {
        const model::Node& node = fleet_.nodes[id.value];
        const Key key(node.host, fall.reason, fall.is_up_again, fall.was_used);
        const auto [group, is_new] = groups.try_emplace(key, Group{.first = id});
        if (is_new) {
            order.push_back(key);
        } else {
            ++group->second.others;
        }
    }
    std::string text;
    for (std::size_t i = 0; i < order.size() && i < kMostRows; ++i) {
        const Group& group = groups.at(order[i]);
        const Fall& fall = falls_.at(group.first);
        const model::Node& node = fleet_.nodes[group.first.value];
        std::string name = one_line(node.label, kWidestNode);
        if (group.others > 0) name += fmt::format(" and {} more of its host", group.others);
        const std::string_view state =
            fall.is_up_again ? "was down" : (fall.was_used ? "went down" : "down, never used");
        constexpr std::size_t most_columns = 400;
        text += fmt::format("{}{} {}: {} ({})\n", kIndent, name,
                            painted(state, fall.is_up_again ? kYellow : kRed, colour),
                            one_line(fall.reason, most_columns), place_text(node.place));
    }
    if (order.size() > kMostRows) {
        text += fmt::format("{}... and {} more hosts\n", kIndent, order.size() - kMostRows);
    }
    return text;
}

}  // namespace remuda::output
