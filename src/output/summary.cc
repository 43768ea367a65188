// SPDX-License-Identifier: MIT
#include "output/summary.h"

#include "output/colour.h"
#include "output/human.h"
#include "output/node_names.h"
#include "output/prefixed.h"
#include "output/table.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kWidestNode = 32;
constexpr std::size_t kWidestNodeOffTerminal = 200;
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
    add_count(what, counts.left_running, "left running", colour ? kYellow : std::string_view());
    add_count(what, counts.never_started, "never started", bad);
    add_count(what, counts.cancelled, "cancelled", colour ? kYellow : std::string_view());
    add_count(what, counts.retried, "retried", "");
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
    const bool was_halted = !facts.halted.empty();
    const std::string how = facts.was_stopped ? "stopped"
                            : was_halted      ? fmt::format("halted ({})", facts.halted)
                            : ended_early     ? "stopped at a failure (-e)"
                                              : "finished";
    std::string text = fmt::format("{} in {}: {}\n", how, human_duration(facts.took), what);
    if (counts.left_running > 0 && facts.is_attached) {
        text += "follow them again with: remuda attach\n";
    } else if (counts.left_running > 0) {
        text += "hear their ends with: remuda q";
        if (facts.queue_name != "queue.yaml") text += " -Q " + facts.queue_name;
        text += " (or, from any machine, follow them with: remuda attach)\n";
    }
    const bool has_missed =
        counts.cancelled > 0 || ((facts.was_stopped || was_halted) && has_left) || ended_early;
    if (facts.is_broadcast && has_missed) {
        // Without anybody behind there is nothing to resume: the queue goes on.
        const bool is_behind =
            counts.cancelled + counts.never_started + counts.nodes_down > 0 || ended_early;
        text += is_behind ? "go on with: remuda b --resume" : "go on with: remuda b";
        if (facts.queue_name != "queue.yaml") text += " -Q " + facts.queue_name;
        text += '\n';
    }
    return text;
}

std::string node_text(const Summary::Trouble& trouble, std::size_t width) {
    if (trouble.node.empty()) return "-";
    return one_line(trouble.node, width == 0 ? kWidestNodeOffTerminal : kWidestNode);
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
        std::string head = fmt::format("job {} on {}, ", trouble.job.value_or(model::JobId{}).value,
                                       node_text(trouble, width));
        std::string why = one_line(trouble.why, kMostTableColumns);
        std::string what = one_line(trouble.what, kMostTableColumns);
        if (width > 0) {
            const std::size_t used = display_width(head) + 2;
            const Shares shares =
                shares_of(width - std::min(width, used), display_width(why), display_width(what));
            why = elided(why, shares.first);
            what = elided(what, shares.second);
        }
        head += fmt::format("{}: {}", why, what);
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
    Table table({"JOB", "NODE", "WHY", "COMMAND"});
    for (const Trouble& trouble : troubles_) {
        table.add({trouble.job ? fmt::format("{}", trouble.job->value) : "-",
                   node_text(trouble, width), trouble.why, trouble.what});
    }
    std::string text = table.text(width);
    if (trouble_count_ > troubles_.size()) {
        text += fmt::format("{}... and {} more\n", kIndent, trouble_count_ - troubles_.size());
    }
    return text;
}

// Nodes that fell for one reason are one line.
std::string Summary::fallen_nodes(bool colour) const {
    struct Group {
        const Fall* fall = nullptr;
        std::vector<const model::Node*> nodes;
    };
    using Key = std::tuple<std::string_view, bool, bool>;
    std::map<Key, std::size_t> places;
    std::vector<Group> groups;
    for (const auto& [id, fall] : falls_) {
        const Key key(fall.reason, fall.is_up_again, fall.was_used);
        const auto [place, is_new] = places.try_emplace(key, groups.size());
        if (is_new) groups.push_back({&fall, {}});
        groups[place->second].nodes.push_back(&fleet_.nodes[id.value]);
    }
    std::string text;
    for (std::size_t i = 0; i < groups.size() && i < kMostRows; ++i) {
        const Fall& fall = *groups[i].fall;
        const std::string_view state =
            fall.is_up_again ? "was down" : (fall.was_used ? "went down" : "down, never used");
        text += fmt::format("{}{} {}: {} ({})\n", kIndent, names_text(groups[i].nodes),
                            painted(state, fall.is_up_again ? kYellow : kRed, colour),
                            one_line(fall.reason, kMostTableColumns), places_text(groups[i].nodes));
    }
    if (groups.size() > kMostRows) {
        text += fmt::format("{}... and {} more lines of nodes that were down\n", kIndent,
                            groups.size() - kMostRows);
    }
    return text;
}

}  // namespace remuda::output
