// SPDX-License-Identifier: MIT
#include "history/sqlite.h"

#include "remuda/base/check.h"

#include <cerrno>
#include <utility>

#include <fmt/core.h>
#include <sqlite3.h>

namespace remuda::history {
namespace {

Code code_of(int result) {
    switch (result & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Code::busy;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return Code::invalid_input;
        default:
            return Code::system;
    }
}

}  // namespace

void Database::Closer::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

/// What begins and ends each transaction, prepared.
struct Database::Frame {
    Statement begin;
    Statement commit;
};

Database::Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::string& path, int patience_ms) {
    sqlite3* handle = nullptr;
    // One thread uses it, so its mutexes would only cost time.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> database(new Database(handle, path));
    if (handle == nullptr) return Error(Code::system, path + ": out of memory");
    if (result != SQLITE_OK) return database->error();
    database->set_patience(patience_ms);
    return database;
}

void Database::set_patience(int patience_ms) {
    sqlite3_busy_timeout(handle_.get(), patience_ms);
}

Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return error();
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* handle = nullptr;
    const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (result != SQLITE_OK) return error();
    return Statement(*this, handle);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    return *row ? statement->integer(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    return *row ? statement->text(0) : std::string();
}

Result<void> Database::transact(const std::function<Result<void>()>& body) {
    if (!frame_) {
        // Immediate: a transaction that began by reading could not write after somebody else did.
        auto begin = prepare("BEGIN IMMEDIATE");
        if (!begin) return begin.error();
        auto commit = prepare("COMMIT");
        if (!commit) return commit.error();
        frame_ = std::make_unique<Frame>(Frame{std::move(*begin), std::move(*commit)});
    }
    if (auto begun = frame_->begin.run(); !begun) return begun;
    Result<void> done = body();
    if (done) done = frame_->commit.run();
    if (!done) roll_back();
    return done;
}

// As a commit with `synchronous = FULL` does. To change that setting back and forth instead costs
// more than a small commit.
Result<void> Database::sync_log() {
    sqlite3_file* log = nullptr;
    const int found = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                           static_cast<void*>(&log));
    if (found != SQLITE_OK || log == nullptr || log->pMethods == nullptr) {
        return Error(Code::system, fmt::format("{}: it has no log", path_));
    }
    if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK) return {};
    return sys_error(path_, errno);
}

Result<void> Database::empty_log() {
    auto checkpoint = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!checkpoint) return checkpoint.error();
    const auto row = checkpoint->step();
    if (!row) return row.error();
    if (*row && checkpoint->integer(0) == 0) return {};
    return Error(Code::busy, fmt::format("{}: another process keeps it locked", path_));
}

void Database::roll_back() {
    // After some failures (a full disk ...) SQLite has done so itself.
    if (sqlite3_get_autocommit(handle_.get()) == 0) {
        sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

std::int64_t Database::last_row() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

Error Database::error() const {
    const int result = sqlite3_extended_errcode(handle_.get());
    if (code_of(result) == Code::busy) {
        return {Code::busy, fmt::format("{}: another process keeps it locked", path_)};
    }
    std::string text = fmt::format("{}: {}", path_, sqlite3_errmsg(handle_.get()));
    // "disk I/O error" says little.
    const int number = sqlite3_system_errno(handle_.get());
    const int primary = result & 0xff;
    if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && number != 0) {
        text = sys_error(text, number).text();
    }
    return {code_of(result), text};
}

void Statement::Finalizer::operator()(sqlite3_stmt* handle) const {
    sqlite3_finalize(handle);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    REMUDA_CHECK(sqlite3_bind_int64(handle_.get(), parameter, value) == SQLITE_OK);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    REMUDA_CHECK(sqlite3_bind_text64(handle_.get(), parameter, text.data(), text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    REMUDA_CHECK(sqlite3_bind_null(handle_.get(), parameter) == SQLITE_OK);
    return *this;
}

Result<bool> Statement::step() {
    const int result = sqlite3_step(handle_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return database_->error();
}

Result<void> Statement::run() {
    auto stepped = step();
    reset();
    if (!stepped) return stepped.error();
    return {};
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

std::string Statement::text(int column) const {
    const unsigned char* bytes = sqlite3_column_text(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    if (bytes == nullptr) return {};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): SQLite's texts are unsigned.
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace remuda::history
