// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/model/job.h"
#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace remuda::output {

/// What became of each command on each node, for the end of a broadcast.
///
/// A row is a node; above kMostRowsUnfolded nodes, those that fared alike share one. A column is a
/// command; above kMostColumns commands, those that went well on every node are counted alone, so
/// that its memory does not grow with them. Of commands that did not, the first kMostKept are held.
class Matrix {
  public:
    static constexpr std::size_t kMostRowsUnfolded = 10;
    static constexpr std::size_t kMostColumns = 20;
    static constexpr std::size_t kMostKept = 200;

    /// `fleet` outlives it, and may grow.
    explicit Matrix(const model::Fleet& fleet) : fleet_(fleet) {}

    void job_taken(const model::Job& job);
    /// A job was taken that no node can run.
    void job_too_big(const model::Job& job);
    /// A job of the broadcast that this run goes on with may have run on a node, and is not done
    /// again there.
    void job_lost(const model::JobLost& lost);
    /// From now on no job is expected to run there.
    void node_retired() { ++retired_count_; }
    /// The last end of a job on a node counts.
    void attempt_ended(model::JobId job, model::NodeId node, const model::Outcome& outcome);

    /// Lines ended, safe to show; `width` 0: not cut to a terminal. Where all went well this is one
    /// line, and nothing where nothing was taken.
    [[nodiscard]] std::string text(std::size_t width, bool colour) const;
    [[nodiscard]] bool is_all_ok() const;

  private:
    using Cell = std::uint16_t;
    struct Column {
        /// Absent: the job is not done again anywhere.
        std::optional<model::JobId> job;
        std::string what;
        /// Indices of words_, by node; may be shorter than the fleet.
        std::vector<Cell> cells;
        /// On how many nodes it was to run, and went well.
        std::size_t wanted = 0;
        std::size_t ok = 0;
    };
    struct Row {
        std::string name;
        std::vector<Cell> cells;
    };

    void put(Column& column, model::NodeId node, const model::Outcome& outcome);
    void put_lost(Column& column, model::NodeId node);
    void make_room();
    [[nodiscard]] Cell cell_of(const model::Outcome& outcome);
    [[nodiscard]] std::vector<const Column*> shown_columns() const;
    [[nodiscard]] std::vector<Row> rows(const std::vector<const Column*>& columns) const;

    const model::Fleet& fleet_;
    std::vector<Column> columns_;
    std::vector<std::string> words_ = {"-", "ok"};
    std::size_t taken_count_ = 0;
    std::size_t retired_count_ = 0;
    /// Of jobs that are to be taken still.
    std::map<model::JobId, std::vector<model::NodeId>> lost_;
    /// Columns that went well everywhere and were let go.
    std::size_t ok_columns_ = 0;
};

}  // namespace remuda::output
