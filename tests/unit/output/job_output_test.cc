// SPDX-License-Identifier: MIT
#include "output/job_output.h"

#include "fixture.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;
using model::Stream;
using Lines = std::vector<std::string>;

namespace {

struct Bench {
    explicit Bench(std::size_t print_period = 1) : output(print_period) {}

    void feed(std::string_view bytes, double seconds = 0, Stream stream = Stream::out) {
        output.feed(stream, bytes, at(seconds), keep());
    }
    void tick(double seconds, bool shows_unfinished = true) {
        output.tick(Stream::out, at(seconds), shows_unfinished, keep());
    }
    void finish() {
        output.finish(Stream::out, keep());
        output.finish(Stream::err, keep());
    }
    JobOutput::Show keep() {
        return [this](std::string_view line) { shown.emplace_back(line); };
    }
    [[nodiscard]] Lines tail() const {
        Lines lines;
        output.tail().for_each([&](const Tail::Line& line) { lines.push_back(line.text); });
        return lines;
    }

    JobOutput output;
    Lines shown;
};

}  // namespace

TEST_CASE("with a print period of 3 every third line is shown and nothing of the others") {
    Bench bench(3);
    bench.feed("1\n2\n3\n4\n");
    bench.feed("5\n6", 0, Stream::err);
    bench.feed("7 ");
    bench.feed("seven\n");
    bench.finish();
    // The unended 6 came after 7 did.
    CHECK(bench.shown == Lines{"3", "7 seven"});
    CHECK(bench.tail() == Lines{"1", "2", "3", "4", "5", "7 seven", "6"});
}

TEST_CASE("a skipped line is skipped with all its pieces, and one that is shown is shown whole") {
    Bench bench(2);
    const std::string piece(LineSplitter::kLongest, 'x');
    bench.feed(piece + piece + "skipped\n");
    CHECK(bench.shown.empty());
    bench.feed(piece + piece + "shown\n");
    CHECK(bench.shown == Lines{piece, piece, "shown"});
    CHECK(bench.output.tail().line_count() == 2);
}

TEST_CASE("a print period of 0 shows nothing, and the tail knows it") {
    Bench bench(0);
    bench.feed("1\n10%\r20%");
    bench.tick(5);
    bench.finish();
    CHECK(bench.shown.empty());
    CHECK(bench.tail() == Lines{"1", "20%"});
}

TEST_CASE("a progress bar is shown once a second, and in its last state") {
    Bench bench;
    for (int i = 0; i < 100; ++i) {
        bench.feed("\r" + std::to_string(i) + "%", i * 0.05);
        bench.tick(i * 0.05);
    }
    CHECK(bench.shown.size() == 4);
    bench.feed("\r100%\nnext\n", 5);
    CHECK(bench.shown.size() == 6);
    CHECK(bench.shown[4] == "100%");
    CHECK(bench.shown[5] == "next");
}

TEST_CASE("a progress bar that is quick is shown in its last state alone") {
    Bench bench;
    for (int i = 0; i <= 100; ++i)
        bench.feed(std::to_string(i) + "%\r", i * 0.005);
    bench.tick(0.6);
    bench.feed("\n", 0.6);
    CHECK(bench.shown == Lines{"100%"});
}

TEST_CASE("a last state that is on the screen already is not shown again") {
    Bench bench;
    bench.feed("50%\r100%", 0);
    bench.tick(2);
    bench.tick(4);
    bench.feed("\n", 5);
    CHECK(bench.shown == Lines{"100%"});
    bench.feed("100%\n", 6);
    CHECK(bench.shown == Lines{"100%", "100%"});
}

TEST_CASE("a question without a line break is shown after a second of silence, once") {
    Bench bench;
    bench.feed("Continue", 0);
    bench.tick(0.9);
    CHECK(bench.shown.empty());
    bench.feed("? ", 0.9);
    bench.tick(1.8);
    CHECK(bench.shown.empty());
    bench.tick(1.9);
    CHECK(bench.shown == Lines{"Continue? "});
    bench.feed(".", 3);
    bench.tick(9);
    CHECK(bench.shown.size() == 1);
    bench.feed("yes\n", 9);
    CHECK(bench.shown == Lines{"Continue? ", "Continue? .yes"});
}

TEST_CASE("where unfinished lines are not wanted they wait for their end") {
    Bench bench;
    bench.feed("no end", 0);
    bench.tick(9, false);
    CHECK(bench.shown.empty());
    bench.finish();
    CHECK(bench.shown == Lines{"no end"});
}

TEST_CASE("the tail keeps the last ten lines, of long ones the beginning") {
    Bench bench;
    for (int i = 1; i <= 214; ++i)
        bench.feed(std::to_string(i) + "\n");
    CHECK(bench.output.tail().line_count() == 214);
    CHECK(bench.tail().front() == "205");
    CHECK(bench.tail().back() == "214");
    std::string euros;
    for (int i = 0; i < 1000; ++i)
        euros += "€";
    bench.feed(euros + "\n");
    CHECK(bench.tail().back() == euros.substr(0, 1023));
}
