// SPDX-License-Identifier: MIT
#include "remuda/base/passing.h"

#include "history/dead_runs.h"
#include "history/sqlite.h"
#include "stores.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include <sys/ptrace.h>

using namespace remuda;
using history::Database;
using history::DeadRuns;
using history::RunLock;
using remuda::test::kQueue;
using remuda::test::StorePlace;
using std::chrono::milliseconds;

namespace {

std::string status_with(const std::string& state, int threads, const std::string& own,
                        const std::string& shared) {
    return fmt::format(
        "Name:\tremuda\nState:\t{}\nPid:\t7\nThreads:\t{}\nSigQ:\t0/9\nSigPnd:\t{}\nShdPnd:\t{}\n"
        "SigBlk:\t0000000000000100\n",
        state, threads, own, shared);
}

std::string stat_with(unsigned long flags) {
    return fmt::format("7 (a) b) 3) R 1 7 7 34816 7 {} 100 0 0 0 1 1 0 0 20 0 1 0", flags);
}

constexpr const char* kNone = "0000000000000000";
constexpr const char* kKillOnly = "0000000000000100";

/// A process that has begun run 1 and claimed a job. Once killed it stays as it is in its death,
/// its files open, until it is let go.
class Dying {
  public:
    explicit Dying(StorePlace& place) : pid_(::fork()) {
        if (pid_ == 0) {
            const bool is_traced = ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
            const auto store = place.begin();
            store->claimed({1}, "job 1", "mark");
            (void)store->commit(history::Safety::process);
            if (is_traced) ::raise(SIGSTOP);
            ::_exit(1);
        }
        int status = 0;
        ::waitpid(pid_, &status, 0);
        is_there_ = WIFSTOPPED(status);
        is_there_ = is_there_ && ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr,
                                          PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) == 0;
    }
    Dying(const Dying&) = delete;
    Dying& operator=(const Dying&) = delete;
    ~Dying() {
        if (!is_there_) return;
        ::kill(pid_, SIGKILL);
        let_go();
    }

    /// Where nobody may trace processes there is none.
    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill() const {
        ::kill(pid_, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(pid_, &status, 0) == pid_);
        REQUIRE(WIFSTOPPED(status));
        const bool is_dying = status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8));
        REQUIRE(is_dying);
    }
    /// It dies, and is not waited for yet.
    void let_die() const {
        ::ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    }
    void let_go() {
        let_die();
        ::waitpid(pid_, nullptr, 0);
        is_there_ = false;
    }

  private:
    pid_t pid_;
    bool is_there_ = false;
};

/// What looks for dead runs in that place, and how long it waits for them.
class Look {
  public:
    explicit Look(const StorePlace& place) {
        auto opened = Database::open(place.file(), 5000);
        REQUIRE(opened.has_value());
        database_ = std::move(*opened);
        dead_runs_ = std::make_unique<DeadRuns>(*database_, place.directory() + "/runs",
                                                history::FileSystem{}, [this](milliseconds time) {
                                                    waited += time;
                                                    if (meanwhile) meanwhile();
                                                });
    }
    [[nodiscard]] std::size_t jobs() {
        const auto found = dead_runs_->jobs(kQueue, {99});
        REQUIRE(found.has_value());
        return found->size();
    }

    milliseconds waited{0};
    std::function<void()> meanwhile;

  private:
    std::unique_ptr<Database> database_;
    std::unique_ptr<DeadRuns> dead_runs_;
};

}  // namespace

TEST_CASE("a process that is killed, or ends, is dying until its files are closed") {
    CHECK(passing_by(status_with("S (sleeping)", 1, kNone, kNone), stat_with(0x400000)) ==
          Passing::alive);
    CHECK(passing_by(status_with("D (disk sleep)", 1, kNone, kKillOnly), stat_with(0x400000)) ==
          Passing::dying);
    CHECK(passing_by(status_with("R (running)", 2, kKillOnly, kNone), stat_with(0x400000)) ==
          Passing::dying);
    CHECK(passing_by(status_with("R (running)", 1, kNone, kNone), stat_with(0x400004)) ==
          Passing::dying);
    // Other signals wait too.
    CHECK(passing_by(status_with("S (sleeping)", 1, "0000000000004000", "0000000000000a00"),
                     stat_with(0x400000)) == Passing::alive);
}

TEST_CASE("a zombie has no file open, unless a thread of it goes on") {
    CHECK(passing_by(status_with("Z (zombie)", 1, kNone, kKillOnly), stat_with(0x40000c)) ==
          Passing::gone);
    CHECK(passing_by(status_with("Z (zombie)", 2, kNone, kKillOnly), stat_with(0x40000c)) ==
          Passing::dying);
}

TEST_CASE("what nobody can tell counts as alive") {
    CHECK(passing_by("", "") == Passing::alive);
    CHECK(passing_by("Name:\tremuda\nState:\tS", "7 (remuda") == Passing::alive);
    CHECK(passing_by("Name:\tremuda\nState:\tS", "7 (remuda) S 1") == Passing::alive);
    CHECK(passing_of(0) == Passing::alive);
    CHECK(passing_of(::getpid()) == Passing::alive);
}

TEST_CASE("the end of a run whose process is dying is waited for") {
    StorePlace place;
    Dying process(place);
    if (!process.is_there()) {
        MESSAGE("not tested: processes cannot be traced here");
        return;
    }
    Look look(place);
    // Healthy, it is not.
    CHECK(look.jobs() == 0);
    CHECK(look.waited == milliseconds(0));
    process.kill();
    CHECK(passing_of(process.pid()) == Passing::dying);
    SUBCASE("until it is a zombie") {
        look.meanwhile = [&] {
            if (look.waited == milliseconds(60)) process.let_die();
        };
        CHECK(look.jobs() == 1);
        CHECK(look.waited == milliseconds(60));
        CHECK(passing_of(process.pid()) == Passing::gone);
    }
    SUBCASE("until it is gone") {
        look.meanwhile = [&] {
            if (look.waited == milliseconds(60)) process.let_go();
        };
        CHECK(look.jobs() == 1);
        CHECK(look.waited == milliseconds(60));
        CHECK(passing_of(process.pid()) == Passing::gone);
    }
    SUBCASE("not for ever, and not again") {
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(4500));
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(4500));
    }
    SUBCASE("not if it is of another boot: the number is another process's now") {
        place.sql("UPDATE runs SET boot = 'before'");
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(0));
    }
    SUBCASE("not if it is of another machine") {
        place.sql("UPDATE runs SET machine = 'far'");
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(0));
    }
}

TEST_CASE("a lock that outlives its process is waited for for a moment, once") {
    StorePlace place;
    remuda::test::in_killed_child([&] {
        const auto store = place.begin();
        store->claimed({1}, "job 1", "mark");
        (void)store->commit(history::Safety::process);
    });
    auto other = RunLock::try_take(place.directory() + "/runs", 1);
    REQUIRE(other.has_value());
    REQUIRE(other->has_value());
    Look look(place);
    SUBCASE("somebody else is settling the run") {
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(100));
        CHECK(look.jobs() == 0);
        CHECK(look.waited == milliseconds(100));
    }
    SUBCASE("a child of it had not begun yet") {
        look.meanwhile = [&] {
            if (look.waited == milliseconds(40)) other->reset();
        };
        CHECK(look.jobs() == 1);
        CHECK(look.waited == milliseconds(40));
    }
}
