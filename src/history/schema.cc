// SPDX-License-Identifier: MIT
#include "history/schema.h"

#include <array>
#include <cstddef>

#include <fmt/core.h>

namespace remuda::history {
namespace {

/// "Rmda": tells our files from those of others (`file` shows it).
constexpr std::int64_t kApplicationId = 0x526d6461;

// A job's row names its run and is found by its number; what belongs to a run lies behind
// runs.first_job. So there is no index to keep up, which would double the pages that a claim
// changes. The long columns are last, so that looking at the others need not read them.
constexpr const char* kVersion1 = R"(
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,             -- real path of the queue file
    mode TEXT NOT NULL,              -- queue, broadcast
    version TEXT NOT NULL,           -- of remuda
    stops_at_failure INTEGER NOT NULL,
    resumes INTEGER,                 -- the run whose jobs it goes on with
    first_job INTEGER NOT NULL,      -- its jobs have greater numbers
    machine TEXT NOT NULL,           -- host name
    boot TEXT NOT NULL,              -- boot id of the machine
    pid INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,       -- times: milliseconds since 1970-01-01 UTC
    ended_ms INTEGER,
    ending INTEGER                   -- 0 clean, 1 killed and settled since; NULL with ended_ms:
                                     -- it ended in order and left jobs that nobody has settled
);
CREATE TABLE nodes (
    run INTEGER NOT NULL,
    node INTEGER NOT NULL,           -- counted from 0 within the run
    label TEXT NOT NULL,
    since INTEGER NOT NULL,          -- the run's last job (its id) when the node joined: 0 at first
    until INTEGER,                   -- and when it left
    PRIMARY KEY (run, node)
) WITHOUT ROWID;
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,      -- in the order of the claims of all runs
    run INTEGER NOT NULL,
    job INTEGER NOT NULL,            -- its id within the run
    state INTEGER NOT NULL,          -- JobState (schema.h)
    is_excused INTEGER NOT NULL,     -- its claim does not count when the same text comes back
    claimed_ms INTEGER NOT NULL,
    resumes INTEGER,                 -- number of the job of an earlier run that it goes on with
    reason TEXT,                     -- why it was rejected
    text TEXT NOT NULL,              -- canonical form
    mark TEXT NOT NULL               -- of the queue file before the claim; = as the row before it
);
CREATE TABLE attempts (
    job INTEGER NOT NULL,            -- jobs.number
    attempt INTEGER NOT NULL,        -- its id within the run
    node INTEGER NOT NULL,           -- nodes.node of the job's run
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    kind INTEGER,                    -- 0 exited, 1 signalled, 2 timed out, 3 cancelled,
                                     -- 4 never started, 5 lost, 6 refused (nothing of it ran)
    code INTEGER,                    -- of exited
    reason TEXT,                     -- of never started and lost; the signal of signalled
    command TEXT NOT NULL,           -- as rendered
    PRIMARY KEY (job, attempt)
) WITHOUT ROWID;
)";

// The columns that are new stand behind the long ones: rows that exist are not written anew for
// them.
constexpr const char* kVersion2 = R"(
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('store', lower(hex(randomblob(16))));  -- our name for the hosts
CREATE TABLE keepers (               -- hosts' words that receipts are kept: boot ids and epochs
    run INTEGER NOT NULL,
    keeper INTEGER NOT NULL,         -- counted from 0 within the run
    boot TEXT NOT NULL,
    epoch TEXT NOT NULL,
    PRIMARY KEY (run, keeper)
) WITHOUT ROWID;
CREATE TABLE requests (              -- what other processes ask of a run that is alive
    number INTEGER PRIMARY KEY,
    job INTEGER NOT NULL,            -- jobs.number: to be cancelled
    run INTEGER NOT NULL,            -- of that job
    asked_ms INTEGER NOT NULL
);
ALTER TABLE jobs ADD COLUMN retried_ms INTEGER;     -- when it was put back into the queue by hand;
                                                    -- negative: it was to be, and may be there
ALTER TABLE attempts ADD COLUMN key TEXT;           -- its name on the host; absent: not durable
ALTER TABLE attempts ADD COLUMN keeper INTEGER;     -- keepers.keeper of the job's run
ALTER TABLE attempts ADD COLUMN slots TEXT;         -- indices, as 0,1
ALTER TABLE attempts ADD COLUMN wall_us INTEGER;    -- what it used, where that is known
ALTER TABLE attempts ADD COLUMN user_us INTEGER;
ALTER TABLE attempts ADD COLUMN system_us INTEGER;
ALTER TABLE attempts ADD COLUMN memory_kb INTEGER;
ALTER TABLE attempts ADD COLUMN out_length INTEGER; -- bytes that it wrote, as far as they are known
ALTER TABLE attempts ADD COLUMN err_length INTEGER;
)";

constexpr const char* kVersion3 = R"(
ALTER TABLE jobs ADD COLUMN cancelled_ms INTEGER;   -- when somebody asked for it to be cancelled
)";

/// The step at index i leads from version i to version i + 1. Only ever append.
constexpr std::array kSteps{kVersion1, kVersion2, kVersion3};

Error no_store(const std::string& path) {
    return {Code::invalid_input,
            fmt::format("{}: it is no store of remuda; move it away, or use --state-dir", path)};
}

Result<void> check_owner(Database& database, const std::string& path) {
    const auto owner = database.integer("PRAGMA application_id");
    if (!owner) {
        return owner.error().code() == Code::invalid_input ? no_store(path) : owner.error();
    }
    if (*owner == kApplicationId) return {};
    const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables.error();
    if (*owner == 0 && *tables == 0) return {};
    // Between the two somebody else may have made a store of it.
    const auto owner_now = database.integer("PRAGMA application_id");
    if (owner_now && *owner_now == kApplicationId) return {};
    return no_store(path);
}

Result<std::size_t> checked_version(Database& database, const std::string& path) {
    if (auto checked = check_owner(database, path); !checked) return checked.error();
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return version.error();
    if (*version < 0 || static_cast<std::size_t>(*version) > kSteps.size()) {
        return Error(Code::invalid_input,
                     fmt::format("{}: made by a newer remuda (its version is {}, this remuda knows "
                                 "up to {}); use that one, or another --state-dir",
                                 path, *version, kSteps.size()));
    }
    return static_cast<std::size_t>(*version);
}

}  // namespace

Result<void> check_is_store(Database& database, const std::string& path) {
    const auto version = checked_version(database, path);
    if (!version) return version.error();
    return {};
}

Result<void> migrate(Database& database, const std::string& path) {
    const auto seen = checked_version(database, path);
    if (!seen) return seen.error();
    if (*seen == kSteps.size()) return {};
    return database.transact([&]() -> Result<void> {
        // Somebody else may have been faster.
        const auto version = checked_version(database, path);
        if (!version) return version.error();
        for (std::size_t step = *version; step < kSteps.size(); ++step) {
            if (auto done = database.execute(kSteps[step]); !done) return done;
        }
        return database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                            kApplicationId, kSteps.size()));
    });
}

}  // namespace remuda::history
