// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/history/store.h"
#include "support/temp_dir.h"

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {

inline constexpr const char* kQueue = "/home/me/queue.yaml";

/// A folder for a store, and a clock that counts.
struct StorePlace {
    [[nodiscard]] std::unique_ptr<history::Store> open() {
        auto store = history::Store::open(directory(), [this] { return ++now; });
        REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().text()));
        return std::move(*store);
    }
    [[nodiscard]] std::unique_ptr<history::Store> begin(const history::RunInfo& info) {
        auto store = open();
        REQUIRE(store->begin_run(info).has_value());
        return store;
    }
    [[nodiscard]] std::unique_ptr<history::Store> begin() { return begin({kQueue, "queue", "1"}); }

    [[nodiscard]] std::string directory() const { return dir.path("state"); }
    [[nodiscard]] std::string file() const { return directory() + "/state.db"; }

    /// Runs SQL past the store; gives the first column of the last row.
    std::string sql(const std::string& text) const {
        sqlite3* database = nullptr;
        REQUIRE(sqlite3_open(file().c_str(), &database) == SQLITE_OK);
        std::string answer;
        const auto keep = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) = values[0] == nullptr ? "" : values[0];
            return 0;
        };
        CHECK(sqlite3_exec(database, text.c_str(), keep, &answer, nullptr) == SQLITE_OK);
        sqlite3_close(database);
        return answer;
    }

    TempDir dir;
    std::int64_t now = 1000;
};

/// Runs `body` in a child. Its exit code; 1000 and the signal if one ended it.
template <class Body>
int in_child(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Runs `body` in a child that is then killed.
template <class Body>
void in_killed_child(Body body) {
    const int ending = in_child([&] {
        body();
        ::raise(SIGKILL);
        return 0;
    });
    REQUIRE(ending == 1000 + SIGKILL);
}

}  // namespace remuda::test
