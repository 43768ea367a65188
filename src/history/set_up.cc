// SPDX-License-Identifier: MIT
#include "history/set_up.h"

#include "history/schema.h"

#include <chrono>
#include <thread>

#include <fmt/core.h>

namespace remuda::history {
namespace {

constexpr int kTries = 500;
constexpr std::chrono::milliseconds kBetweenTries{10};

Result<void> set_journal(Database& database, const std::string& path, bool is_remote) {
    // The write-ahead log needs memory that all its users share.
    const std::string wanted = is_remote ? "truncate" : "wal";
    Error last(Code::busy, path);
    // SQLite does not wait for others who change it too.
    for (int tries = 0; tries < kTries; ++tries) {
        const auto mode = database.text("PRAGMA journal_mode = " + wanted);
        if (mode && *mode == wanted) return {};
        if (mode) {
            last = Error(Code::busy,
                         fmt::format("{}: another process, perhaps on the machine that has this "
                                     "disk, keeps its journal in the mode {}",
                                     path, *mode));
        } else {
            last = mode.error();
            if (last.code() != Code::busy) return last;
        }
        std::this_thread::sleep_for(kBetweenTries);
    }
    return last;
}

}  // namespace

Result<void> set_up(Database& database, const std::string& path, FileSystem file_system) {
    if (auto checked = check_is_store(database, path); !checked) return checked;
    if (auto set = set_journal(database, path, file_system.is_remote); !set) return set;
    // A checkpoint costs syncs of its own: one for 8 MiB of log. Without a log each commit is
    // synced.
    auto set = database.execute(fmt::format(
        "PRAGMA synchronous = {}; PRAGMA wal_autocheckpoint = 2000; PRAGMA trusted_schema = OFF",
        file_system.is_remote ? "FULL" : "NORMAL"));
    if (!set) return set;
    return migrate(database, path);
}

}  // namespace remuda::history
