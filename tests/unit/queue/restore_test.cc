// SPDX-License-Identifier: MIT
//
// A taker ends at each step of the cycle; what it leaves is set right.
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "unit/queue/ledgers.h"
#include "unit/queue/queues.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace remuda::queue;
using remuda::load_file;
using remuda::replace_file;
using remuda::Result;
using remuda::test::FakeLedger;
using remuda::test::in_one_line;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using Lines = std::vector<std::string>;

namespace {

// When the taker ends.
enum class Step {
    claimed,
    /// The jobs stand in consumed.yaml.
    appended,
    /// Of the lines to be commented out the first ones are.
    half_commented,
    changed,
};

struct Cycle {
    std::string text;
    /// Jobs that were taken and brought to an end before.
    std::size_t settled = 0;
    std::size_t taken = 1;
    bool in_place = false;
    Step step = Step::changed;
};

// One folder in which the cycle has run.
class Scene {
  public:
    explicit Scene(const Cycle& cycle) : cycle_(cycle) {
        REQUIRE(replace_file(path, cycle.text));
        run();
        REQUIRE(claims.size() == cycle.taken);
        if (cycle.step == Step::appended || cycle.step == Step::half_commented) {
            std::ofstream consumed(dir.path("consumed.yaml"), std::ios::app);
            for (const LeftClaim& claim : claims) {
                consumed << claim.text;
            }
        }
        if (cycle.step == Step::half_commented) comment_first_line();
    }

    // What must be in the file, given which claims were started.
    [[nodiscard]] Lines expected() const {
        Lines jobs;
        const Lines all = jobs_in(cycle_.text);
        for (std::size_t i = cycle_.settled; i < all.size(); ++i) {
            const std::size_t n = i - cycle_.settled;
            if (n < claims.size() && claims[n].was_started) continue;
            jobs.push_back(all[i]);
        }
        return jobs;
    }

    void check_restored() {
        CAPTURE(cycle_.text);
        CAPTURE(cycle_.settled);
        CAPTURE(cycle_.in_place);
        CAPTURE(static_cast<int>(cycle_.step));
        CAPTURE(load_file(path).value());
        CAPTURE(claims.front().mark);
        for (int round = 0; round < 2; ++round) {
            Queue queue(path, nullptr);
            REQUIRE(queue.restore(claims));
            CHECK(jobs_in(load_file(path).value()) == expected());
            CHECK_FALSE(queue.has_changed());
            CHECK(queue.remaining() == expected().size());
        }
    }

    const MemoryDir dir;
    std::string path = dir.path("queue.yaml");
    std::vector<LeftClaim> claims;

  private:
    struct Killed {};

    void run() {
        FakeLedger ledger;
        Queue queue(path, QueueSettings{.ledger = &ledger});
        for (std::size_t i = 0; i < cycle_.settled; ++i) {
            take(queue, 1);
        }
        ledger.claims.clear();
        ledger.after_claim = [&] {
            claims = ledger.left();
            if (cycle_.step != Step::changed) throw Killed();
        };
        try {
            take(queue, cycle_.taken);
        } catch (const Killed&) {
        }
    }

    void take(Queue& queue, std::size_t most) const {
        const auto result =
            queue.take([&](const auto&) { return Admission{Admission::Verdict::take, most}; },
                       cycle_.in_place);
        REQUIRE(result);
        REQUIRE(std::get<Taken>(*result).jobs.size() == most);
    }

    void comment_first_line() {
        std::string text = load_file(path).value();
        const std::size_t at = text.find("\n- ") == std::string::npos ? 0 : text.find("\n- ") + 1;
        const std::size_t first = text.starts_with("- ") ? 0 : at;
        const remuda::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        REQUIRE(::pwrite(fd.number(), "#", 1, static_cast<off_t>(first)) == 1);
    }

    Cycle cycle_;
};

const Lines& texts() {
    static const Lines all = {
        "# top\n- a\n# on b\n- command: b\n  x: [1, 2]\n- command: c\n  y: '1'\n- d\n- e\n",
        "- a\n- a\n- a\n- a\n- a\n- a\n",
        "- a\n- b\n- a\n- b\n- a\n- b\n",
        "[a, a, a, a, a, a]\n",
        "- command:\n    - a\n- command:\n    - a\n- command:\n    - a\n- command:\n    - a\n- a\n",
        "- command: c\n  x:\n    - 1\n    - 2\n    - 3\n    - 4\n    - 5\n    - 6\n",
    };
    return all;
}

template <class Body>
void for_each_cycle(Body body) {
    for (const std::string& text : texts()) {
        for (const std::size_t settled : {0U, 2U}) {
            for (const std::size_t taken : {1U, 3U}) {
                for (const bool in_place : {false, true}) {
                    for (const Step step : {Step::claimed, Step::appended, Step::changed}) {
                        body(Cycle{text, settled, taken, in_place, step});
                    }
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("wherever a taker is killed, each job that had not started is in the file once") {
    for_each_cycle([](const Cycle& cycle) { Scene(cycle).check_restored(); });
}

TEST_CASE("a taker that is killed for good with its claim made loses nothing") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n"));
    const pid_t pid = ::fork();
    if (pid == 0) {
        FakeLedger ledger;
        ledger.after_claim = [&] {
            std::ofstream(dir.path("mark")) << ledger.claims.at(1).mark;
            ::raise(SIGKILL);
        };
        Queue queue(path, QueueSettings{.ledger = &ledger});
        (void)queue.take([](const auto&) { return Admission{}; }, true);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    LeftClaim claim{"- command:\n    - a\n", load_file(dir.path("mark")).value(), false};
    REQUIRE(Queue(path, nullptr).restore({claim}));
    CHECK(load_file(path).value() == "- a\n- b\n");
    claim.was_started = true;
    REQUIRE(Queue(path, nullptr).restore({claim}));
    CHECK(load_file(path).value() == "- b\n");
}

TEST_CASE("a job that was started is not in the file, though its change of the file was lost") {
    bool is_first = false;
    for_each_cycle([&](const Cycle& cycle) {
        if (cycle.step == Step::appended) return;
        Scene scene(cycle);
        is_first = !is_first;
        (is_first ? scene.claims.front() : scene.claims.back()).was_started = true;
        scene.check_restored();
    });
}

TEST_CASE("an entry that was half commented out is commented out whole, and put back") {
    for (const char* text : {"- command: a\n  x: 1\n- b\n", "- |\n  a\n  b\n- c\n",
                             "# top\n- command:\n    - a\n- b\n- c\n"}) {
        Scene scene({text, 0, 1, true, Step::half_commented});
        scene.check_restored();
        Scene started({text, 0, 1, true, Step::half_commented});
        started.claims.front().was_started = true;
        started.check_restored();
    }
}

TEST_CASE("what goes back leaves consumed.yaml if it stands at its end") {
    for (const Step step : {Step::claimed, Step::appended, Step::changed}) {
        Scene scene({"- a\n- b\n- c\n- d\n", 1, 3, false, step});
        if (step == Step::changed) scene.claims.front().was_started = true;
        Queue queue(scene.path, nullptr);
        REQUIRE(queue.restore(scene.claims));
        CHECK(jobs_in(load_file(scene.dir.path("consumed.yaml")).value()) ==
              (step == Step::changed ? Lines{"a", "b"} : Lines{"a"}));
    }
}

TEST_CASE("lines that a killed taker has commented out are cut out where they are still its own") {
    Scene scene({"- a\n- b\n- c\n- d\n# end\n", 2, 1, true, Step::changed});
    CHECK(load_file(scene.path).value() == "# a\n# b\n# c\n- d\n# end\n");
    scene.claims.front().was_started = true;
    Queue queue(scene.path, nullptr);
    REQUIRE(queue.restore(scene.claims));
    CHECK(load_file(scene.path).value() == "- d\n# end\n");
    Scene edited({"- a\n- b\n- c\n- d\n# end\n", 2, 1, true, Step::changed});
    edited.claims.front().was_started = true;
    REQUIRE(replace_file(edited.path, "# a\n# b\n# c\n- d\n# end\n"));
    Queue other(edited.path, nullptr);
    REQUIRE(other.restore(edited.claims));
    CHECK(load_file(edited.path).value() == "# a\n# b\n# c\n- d\n# end\n");
}

TEST_CASE("jobs are found by what they are in a file that was changed since") {
    for (const bool in_place : {false, true}) {
        for (const Step step : {Step::claimed, Step::changed}) {
            const Cycle cycle{"- a\n- b\n- c\n- d\n- e\n", 1, 2, in_place, step};
            CAPTURE(in_place);
            CAPTURE(static_cast<int>(step));
            {
                Scene appended(cycle);
                std::ofstream(appended.path, std::ios::app) << "- z\n";
                Queue queue(appended.path, nullptr);
                REQUIRE(queue.restore(appended.claims));
                CHECK(jobs_in(load_file(appended.path).value()) == Lines{"b", "c", "d", "e", "z"});
            }
            {
                Scene saved(cycle);
                REQUIRE(replace_file(saved.path, load_file(saved.path).value() + "# note\n- z\n"));
                Queue queue(saved.path, nullptr);
                REQUIRE(queue.restore(saved.claims));
                CHECK(jobs_in(load_file(saved.path).value()) == Lines{"b", "c", "d", "e", "z"});
            }
        }
        const Cycle cycle{"- a\n- b\n- c\n- d\n- e\n", 1, 2, in_place, Step::changed};
        Scene worked_on(cycle);
        Queue other(worked_on.path, nullptr);
        REQUIRE(other.take([](const auto&) { return Admission{}; }, in_place));
        Queue queue(worked_on.path, nullptr);
        REQUIRE(queue.restore(worked_on.claims));
        CHECK(jobs_in(load_file(worked_on.path).value()) == Lines{"b", "c", "e"});
    }
}

TEST_CASE("a job that was put back before its claim was withdrawn is not put back again") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    for (const char* text : {"- a\n- b\n- c\n- d\n", "- a\n- a\n- a\n- a\n"}) {
        REQUIRE(replace_file(path, text));
        FakeLedger ledger;
        Queue queue(path, QueueSettings{.ledger = &ledger});
        std::vector<remuda::model::Job> jobs;
        for (int i = 0; i < 3; ++i) {
            auto result = queue.take([](const auto&) { return Admission{}; });
            REQUIRE(result);
            jobs.push_back(std::get<Taken>(*result).jobs.front());
        }
        auto left = ledger.left();
        left.resize(1);
        REQUIRE(queue.put_back(jobs.front()));
        Queue next(path, nullptr);
        REQUIRE(next.restore(left));
        CHECK(jobs_in(load_file(path).value()).size() == 2);
        CHECK(jobs_in(load_file(path).value()).front() == "a");
    }
}

TEST_CASE("several takes that were left go back in order") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    for (const bool in_place : {false, true}) {
        REQUIRE(replace_file(path, "- a\n- b\n- command: c\n  x: [1, 2, 3]\n- d\n- e\n"));
        FakeLedger ledger;
        Queue queue(path, QueueSettings{.ledger = &ledger});
        for (const std::size_t most : {1U, 2U, 2U}) {
            REQUIRE(queue.take(
                [&](const auto&) { return Admission{Admission::Verdict::take, most}; }, in_place));
        }
        auto left = ledger.left();
        REQUIRE(left.size() == 5);
        left[1].was_started = true;
        Queue next(path, nullptr);
        REQUIRE(next.restore(left));
        CHECK(jobs_in(load_file(path).value()) == Lines{"a", "c x=1", "c x=2", "c x=3", "d", "e"});
        REQUIRE(next.restore(left));
        CHECK(jobs_in(load_file(path).value()) == Lines{"a", "c x=1", "c x=2", "c x=3", "d", "e"});
    }
}

TEST_CASE("restoring needs the lock and a file without faults, and says so") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    const std::vector<LeftClaim> claims = {{"- command:\n    - a\n", "strange", false}};
    Queue missing(path, nullptr);
    CHECK(missing.restore({}));
    CHECK(missing.restore(claims).error().code() == remuda::Code::not_found);
    REQUIRE(replace_file(path, "- [\n"));
    const auto faulty = Queue(path, nullptr).restore(claims);
    REQUIRE_FALSE(faulty);
    CHECK(faulty.error().text() == "cannot put back what a killed process has left of " + path +
                                       ": the file has faults now");
    REQUIRE(replace_file(path, "- b\n"));
    {
        const auto lock = Lock::try_take(path, "editor");
        CHECK(Queue(path, nullptr).restore(claims).error().code() == remuda::Code::locked);
    }
    REQUIRE(Queue(path, nullptr).restore(claims));
    CHECK(jobs_in(load_file(path).value()) == Lines{"a", "b"});
}
