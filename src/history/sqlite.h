// SPDX-License-Identifier: MIT
//
// SQLite's C API behind two owning types. Nothing here knows what is stored.
#pragma once

#include "remuda/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace remuda::history {

class Statement;

/// One connection. One thread.
class Database {
  public:
    /// The file must exist. Waits up to `patience_ms` for the locks of other connections.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                                int patience_ms);
    void set_patience(int patience_ms);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Runs statements that give no rows.
    [[nodiscard]] Result<void> execute(const std::string& sql);
    /// To be run often, or to give rows.
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// The first column of the first row.
    [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
    [[nodiscard]] Result<std::string> text(std::string_view sql);

    /// Runs `body` within one write transaction; all or nothing.
    [[nodiscard]] Result<void> transact(const std::function<Result<void>()>& body);

    /// What was committed is on the disk when this returns. For write-ahead logs, with
    /// `synchronous = NORMAL`: a commit itself does not wait for the disk.
    [[nodiscard]] Result<void> sync_log();
    /// Brings all that was committed into the database itself, synced, and empties the log.
    /// Code::busy: another process reads or writes.
    [[nodiscard]] Result<void> empty_log();

    [[nodiscard]] std::int64_t last_row() const;
    /// What just failed here.
    [[nodiscard]] Error error() const;

  private:
    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    Database(sqlite3* handle, std::string path);
    void roll_back();

    std::unique_ptr<sqlite3, Closer> handle_;
    std::string path_;
    struct Frame;
    std::unique_ptr<Frame> frame_;
};

/// A prepared statement. Its Database outlives it.
class Statement {
  public:
    Statement() = default;

    /// Parameters count from 1. A text is not copied: it outlives the next `step` or `run`.
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::uint64_t value) {
        return bind(parameter, static_cast<std::int64_t>(value));
    }
    Statement& bind(int parameter, std::string_view text);
    Statement& bind_null(int parameter);

    /// True: there is a row.
    [[nodiscard]] Result<bool> step();
    /// Runs it to its end, and is ready to be bound again.
    [[nodiscard]] Result<void> run();
    /// Ready to be bound again; gives up its read lock.
    void reset();

    // Columns of the row, counted from 0.
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::uint64_t number(int column) const {
        return static_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] std::string text(int column) const;

  private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* handle) const;
    };
    Statement(const Database& database, sqlite3_stmt* handle)
        : database_(&database), handle_(handle) {}

    const Database* database_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
};

}  // namespace remuda::history
