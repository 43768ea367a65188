// SPDX-License-Identifier: MIT
#include "output/matrix.h"

#include "output/colour.h"
#include "output/fold.h"
#include "output/human.h"
#include "output/table.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::uint16_t kNothing = 0;
constexpr std::uint16_t kOk = 1;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "  ";
constexpr std::size_t kMostRows = 50;
constexpr std::size_t kNarrowestName = 16;
// Of what goes below where it does not fit beside.
constexpr std::size_t kWidthOffTerminal = 120;

std::string word_of(const model::Outcome& outcome) {
    if (const auto* exited = std::get_if<model::Exited>(&outcome)) {
        return exited->code == 0 ? "ok" : fmt::format("exit {}", exited->code);
    }
    if (const auto* signalled = std::get_if<model::Signalled>(&outcome)) {
        constexpr std::size_t longest = 10;
        return "SIG" + one_line(signalled->signal, longest);
    }
    if (std::holds_alternative<model::TimedOut>(outcome)) return "timeout";
    if (std::holds_alternative<model::Cancelled>(outcome)) return "cancelled";
    if (std::holds_alternative<model::NeverStarted>(outcome)) return "never";
    return "lost";
}

std::string_view colour_of(std::string_view word) {
    if (word == "ok") return kGreen;
    if (word == "-") return kDim;
    return word == "cancelled" ? kYellow : kRed;
}

}  // namespace

void Matrix::job_taken(const model::Job& job) {
    ++taken_count_;
    const auto lost = lost_.extract(job.id);
    make_room();
    if (columns_.size() >= kMostKept) return;
    Column column;
    column.job = job.id;
    constexpr std::size_t most_columns = 200;
    column.what = one_line(job.options.name.empty() ? job.command : job.options.name, most_columns);
    column.wanted = job.only.empty() ? fleet_.nodes.size() - retired_count_ : job.only.size();
    columns_.push_back(std::move(column));
    if (!lost) return;
    for (const model::NodeId node : lost.mapped())
        put_lost(columns_.back(), node);
}

void Matrix::make_room() {
    if (columns_.size() < kMostColumns) return;
    ok_columns_ +=
        std::erase_if(columns_, [](const Column& column) { return column.ok >= column.wanted; });
}

void Matrix::job_lost(const model::JobLost& lost) {
    const auto node = std::ranges::find(fleet_.nodes, lost.node, &model::Node::label);
    if (node == fleet_.nodes.end()) return;
    constexpr std::size_t most_columns = 200;
    const std::string what = one_line(lost.command, most_columns);
    const auto column = std::ranges::find_if(columns_, [&](const Column& c) {
        return c.job == lost.job && (lost.job || c.what == what);
    });
    if (column != columns_.end()) return put_lost(*column, node->id);
    if (lost.job) {
        lost_[*lost.job].push_back(node->id);
        return;
    }
    ++taken_count_;
    make_room();
    if (columns_.size() >= kMostKept) return;
    columns_.push_back({});
    columns_.back().what = what;
    put_lost(columns_.back(), node->id);
}

// It is one more node on which it did not go well.
void Matrix::put_lost(Column& column, model::NodeId node) {
    ++column.wanted;
    put(column, node, model::Lost{});
}

void Matrix::job_too_big(const model::Job& job) {
    job_taken(job);
    for (const model::Node& node : fleet_.nodes)
        attempt_ended(job.id, node.id, model::NeverStarted{});
}

Matrix::Cell Matrix::cell_of(const model::Outcome& outcome) {
    std::string word = word_of(outcome);
    const auto at = std::find(words_.begin(), words_.end(), word);
    const auto index = static_cast<Cell>(at - words_.begin());
    if (at == words_.end()) words_.push_back(std::move(word));
    return index;
}

void Matrix::attempt_ended(model::JobId job, model::NodeId node, const model::Outcome& outcome) {
    // Jobs are taken in step: it is one of the last.
    const auto column = std::find_if(columns_.rbegin(), columns_.rend(),
                                     [&](const Column& c) { return c.job == job; });
    if (column != columns_.rend()) put(*column, node, outcome);
}

void Matrix::put(Column& column, model::NodeId node, const model::Outcome& outcome) {
    if (column.cells.size() <= node.value) {
        column.cells.resize(std::max<std::size_t>(fleet_.nodes.size(), node.value + 1), kNothing);
    }
    Cell& cell = column.cells[node.value];
    if (cell == kOk) --column.ok;
    cell = cell_of(outcome);
    if (cell == kOk) ++column.ok;
}

bool Matrix::is_all_ok() const {
    return ok_columns_ + columns_.size() == taken_count_ &&
           std::all_of(columns_.begin(), columns_.end(),
                       [](const Column& column) { return column.ok >= column.wanted; });
}

std::vector<const Matrix::Column*> Matrix::shown_columns() const {
    std::vector<const Column*> shown;
    for (const Column& column : columns_) {
        if (taken_count_ <= kMostColumns || column.ok < column.wanted) shown.push_back(&column);
    }
    return shown;
}

std::vector<Matrix::Row> Matrix::rows(const std::vector<const Column*>& columns) const {
    const bool is_folded = fleet_.nodes.size() > kMostRowsUnfolded;
    std::vector<std::pair<std::vector<Cell>, std::vector<std::string>>> groups;
    std::map<std::vector<Cell>, std::size_t> places;
    for (const model::Node& node : fleet_.nodes) {
        std::vector<Cell> cells;
        cells.reserve(columns.size());
        for (const Column* column : columns) {
            const bool is_told = node.id.value < column->cells.size();
            cells.push_back(is_told ? column->cells[node.id.value] : kNothing);
        }
        if (const auto place = places.find(cells); is_folded && place != places.end()) {
            groups[place->second].second.push_back(node.label);
            continue;
        }
        places.try_emplace(cells, groups.size());
        groups.emplace_back(std::move(cells), std::vector<std::string>{node.label});
    }
    std::vector<Row> rows;
    rows.reserve(groups.size());
    for (auto& [cells, labels] : groups) {
        // What is longer is elided anyway.
        constexpr std::size_t most_columns = 200;
        std::string name = one_line(folded_names(labels), most_columns);
        if (labels.size() == fleet_.nodes.size() && is_folded) name = "all";
        if (is_folded) name += fmt::format(" ({})", labels.size());
        rows.push_back({std::move(name), std::move(cells)});
    }
    return rows;
}

std::string Matrix::text(std::size_t width, bool colour) const {
    if (taken_count_ == 0 || fleet_.nodes.empty()) return "";
    if (is_all_ok()) {
        return fmt::format("{}{} on {}: {}\n", kIndent, counted(taken_count_, "command"),
                           counted(fleet_.nodes.size(), "node"), painted("all ok", kGreen, colour));
    }
    const std::size_t whole = width == 0 ? kWidthOffTerminal : width;
    const std::vector<const Column*> columns = shown_columns();
    std::vector<Row> rows = this->rows(columns);
    const std::size_t hidden_rows = rows.size() > kMostRows ? rows.size() - kMostRows : 0;
    rows.resize(rows.size() - hidden_rows);

    std::size_t name_columns = 4;
    for (const Row& row : rows)
        name_columns = std::max(name_columns, display_width(row.name));
    std::vector<std::string> heads;
    std::vector<std::size_t> widths;
    std::size_t beside = kIndent.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::optional<model::JobId> job = columns[i]->job;
        heads.push_back(job ? fmt::format("{}", job->value) : "-");
        std::size_t widest = heads.back().size();
        for (const Row& row : rows)
            widest = std::max(widest, words_[row.cells[i]].size());
        widths.push_back(widest);
        beside += kGap.size() + widest;
    }
    if (width > 0) {
        const std::size_t room = whole - std::min(whole, beside);
        name_columns = std::min(name_columns, std::max({kNarrowestName, whole / 3, room}));
    }

    std::string text;
    // As many columns side by side as the width allows, then the next ones below.
    for (std::size_t begin = 0; begin < columns.size();) {
        std::size_t used = kIndent.size() + name_columns;
        std::size_t end = begin;
        while (end < columns.size() &&
               (end == begin || used + kGap.size() + widths[end] <= whole)) {
            used += kGap.size() + widths[end];
            ++end;
        }
        text += kIndent;
        text += filled("NODE", name_columns);
        for (std::size_t i = begin; i < end; ++i) {
            text += kGap;
            text += i + 1 < end ? filled(heads[i], widths[i]) : heads[i];
        }
        text += '\n';
        for (const Row& row : rows) {
            text += kIndent;
            text += filled(elided(row.name, name_columns), name_columns);
            for (std::size_t i = begin; i < end; ++i) {
                const std::string& word = words_[row.cells[i]];
                text += kGap;
                text += painted(word, colour_of(word), colour);
                if (i + 1 < end) text.append(widths[i] - word.size(), ' ');
            }
            text += '\n';
        }
        begin = end;
    }
    if (hidden_rows > 0) text += fmt::format("{}... and {} more rows\n", kIndent, hidden_rows);
    std::size_t head_columns = 0;
    for (const std::string& head : heads)
        head_columns = std::max(head_columns, head.size());
    const std::size_t before = kIndent.size() + head_columns + 2;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        text +=
            fmt::format("{}{:>{}}: {}\n", kIndent, heads[i], head_columns,
                        width == 0 ? columns[i]->what
                                   : elided(columns[i]->what, whole > before ? whole - before : 1));
    }
    const std::size_t ok =
        static_cast<std::size_t>(std::count_if(columns_.begin(), columns_.end(),
                                               [](const Column& c) { return c.ok >= c.wanted; })) +
        ok_columns_;
    const std::size_t shown_ok = taken_count_ <= kMostColumns ? ok : 0;
    if (ok > shown_ok) {
        text += fmt::format("{}and {} that went well on every node\n", kIndent,
                            counted(ok - shown_ok, "command"));
    }
    const std::size_t dropped = taken_count_ - ok_columns_ - columns_.size();
    if (dropped > 0) {
        text += fmt::format("{}and {} of which nothing was kept\n", kIndent,
                            counted(dropped, "further command"));
    }
    return text;
}

}  // namespace remuda::output
