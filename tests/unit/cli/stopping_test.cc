// SPDX-License-Identifier: MIT
#include "cli/stopping.h"

#include <csignal>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;
using Grades = std::vector<int>;

namespace {

struct Bench {
    loop::Loop loop{loop::Loop::ClockKind::simulated};
    Grades grades;
    cli::Stopping stopping{loop, 10s, [this](int grade) { grades.push_back(grade); }};
};

loop::Task<> pass_time(Bench& bench, Duration duration) {
    loop::Stop over;
    loop::Scope scope(bench.loop);
    scope.spawn(bench.stopping.keep_time(over));
    loop::Stop never;
    co_await bench.loop.sleep_until(bench.loop.now() + duration, never);
    over.request();
    co_await scope.join();
}

}  // namespace

TEST_CASE("each ctrl-c is one grade more, and there is no fourth") {
    Bench bench;
    for (int i = 0; i < 5; ++i)
        bench.stopping.signalled(SIGINT);
    CHECK(bench.grades == Grades{1, 2, 3});
    CHECK(bench.stopping.exit_code() == 130);
}

TEST_CASE("SIGTERM ends by itself what still runs after the grace time") {
    Bench bench;
    bench.stopping.signalled(SIGTERM);
    CHECK(bench.grades == Grades{1});
    bench.loop.run(pass_time(bench, 9s));
    CHECK(bench.grades == Grades{1});
    bench.loop.run(pass_time(bench, 2s));
    CHECK(bench.grades == Grades{1, 2});
    CHECK(bench.stopping.exit_code() == 143);
}

TEST_CASE("who asked last for the stop is known") {
    Bench bench;
    bench.stopping.signalled(SIGHUP);
    CHECK(bench.stopping.cause() == output::StopCause::hangup);
    bench.stopping.output_failed();
    CHECK(bench.stopping.cause() == output::StopCause::hangup);
    bench.stopping.signalled(SIGINT);
    CHECK(bench.stopping.cause() == output::StopCause::interrupt);
    Bench closed;
    closed.stopping.output_failed();
    CHECK(closed.stopping.cause() == output::StopCause::closed_output);
    closed.stopping.signalled(SIGTERM);
    CHECK(closed.stopping.cause() == output::StopCause::termination);
}

TEST_CASE("ctrl-c has no time limit") {
    Bench bench;
    bench.stopping.signalled(SIGINT);
    bench.loop.run(pass_time(bench, 1h));
    CHECK(bench.grades == Grades{1});
}

TEST_CASE("the first signal names the exit code") {
    Bench bench;
    bench.stopping.signalled(SIGINT);
    bench.stopping.signalled(SIGTERM);
    CHECK(bench.grades == Grades{1, 2});
    CHECK(bench.stopping.exit_code() == 130);
}

TEST_CASE("output that nobody reads stops the run once and is no signal") {
    Bench bench;
    bench.stopping.output_failed();
    bench.stopping.output_failed();
    CHECK(bench.grades == Grades{1});
    CHECK(bench.stopping.exit_code() == 0);
}

TEST_CASE("signals that ask for something else do not stop the run") {
    Bench bench;
    std::string asked;
    bench.stopping.signalled(SIGUSR1);
    bench.stopping.signalled(SIGTSTP);
    bench.stopping.set_answers({.show_standing = [&] { asked += "standing "; },
                                .suspend = [&] { asked += "suspend "; },
                                .reload = nullptr,
                                .hang_up = nullptr});
    bench.stopping.signalled(SIGUSR1);
    bench.stopping.signalled(SIGTSTP);
    CHECK(asked == "standing suspend ");
    CHECK(bench.grades.empty());
    CHECK(bench.stopping.exit_code() == 0);
}

TEST_CASE("SIGHUP stops a daemon whose terminal is gone") {
    Bench bench;
    bool is_gone = false;
    int read = 0;
    int hung_up = 0;
    bench.stopping.set_answers({.show_standing = nullptr,
                                .suspend = nullptr,
                                .reload = [&] { ++read; },
                                .has_lost_terminal = [&] { return is_gone; },
                                .hang_up = [&] { ++hung_up; }});
    bench.stopping.signalled(SIGHUP);
    CHECK(read == 1);
    CHECK(hung_up == 0);
    SUBCASE("when it comes") {
        is_gone = true;
        bench.stopping.signalled(SIGHUP);
    }
    SUBCASE("or a moment later") {
        bench.loop.run(pass_time(bench, 900ms));
        is_gone = true;
        bench.loop.run(pass_time(bench, 200ms));
    }
    SUBCASE("also if our output met that first") {
        is_gone = true;
        bench.stopping.output_failed();
        bench.stopping.signalled(SIGHUP);
        CHECK(bench.grades == Grades{1});
    }
    CHECK(read == 1);
    CHECK(hung_up == 1);
    CHECK(bench.stopping.exit_code() == 143);
}

TEST_CASE("SIGHUP stops the run, unless it means to read the hosts again") {
    Bench stopped;
    CHECK(stopped.stopping.asks_to_stop(SIGHUP));
    stopped.stopping.signalled(SIGHUP);
    CHECK(stopped.grades == Grades{1});
    CHECK(stopped.stopping.exit_code() == 143);

    Bench reloading;
    int reloads = 0;
    reloading.stopping.set_answers({.show_standing = nullptr,
                                    .suspend = nullptr,
                                    .reload = [&] { ++reloads; },
                                    .hang_up = nullptr});
    CHECK_FALSE(reloading.stopping.asks_to_stop(SIGHUP));
    reloading.stopping.signalled(SIGHUP);
    CHECK(reloads == 1);
    CHECK(reloading.grades.empty());
}

TEST_CASE("SIGHUP is answered by hanging up first, where that is given, and has a time limit") {
    Bench bench;
    int hung_up = 0;
    bench.stopping.set_answers(
        {.show_standing = nullptr, .suspend = nullptr, .reload = nullptr, .hang_up = [&] {
             ++hung_up;
         }});
    bench.stopping.signalled(SIGHUP);
    CHECK(hung_up == 1);
    CHECK(bench.grades.empty());
    CHECK(bench.stopping.grade() == 1);
    bench.stopping.signalled(SIGHUP);
    CHECK(hung_up == 1);
    CHECK(bench.grades == Grades{2});
    CHECK(bench.stopping.exit_code() == 143);
}
