// SPDX-License-Identifier: MIT
#include "cli/output_buffer.h"

#include "remuda/base/fd.h"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using remuda::Fd;
using remuda::cli::is_same_file;
using remuda::cli::OutputBuffer;
using Writes = std::vector<std::string>;

namespace {

class NamedSink final : public remuda::output::Sink {
  public:
    NamedSink(std::string name, Writes& writes) : name_(std::move(name)), writes_(writes) {}
    void write(std::string_view text) override { writes_.push_back(name_ + std::string(text)); }

  private:
    std::string name_;
    Writes& writes_;
};

struct Bench {
    explicit Bench(bool is_one_place) : buffer(out, err, is_one_place) {}

    Writes writes;
    NamedSink out{"out:", writes};
    NamedSink err{"err:", writes};
    OutputBuffer buffer;
};

}  // namespace

TEST_CASE("what a turn writes is written at once, when it is flushed") {
    Bench bench(false);
    bench.buffer.err().write("a ");
    bench.buffer.out().write("b ");
    bench.buffer.err().write_report("c ");
    CHECK(bench.writes.empty());
    bench.buffer.out().flush();
    CHECK(bench.writes == Writes{"err:a c ", "out:b "});
    bench.buffer.flush();
    CHECK(bench.writes.size() == 2);
}

TEST_CASE("what is to be seen at once is not kept behind a report, but behind all else") {
    Bench bench(true);
    bench.buffer.out().write("a ");
    bench.buffer.err().write_at_once("b ");
    CHECK(bench.writes == Writes{"out:a ", "err:b "});
    bench.buffer.err().write_report("c ");
    bench.buffer.err().write_at_once("d ");
    CHECK(bench.writes == Writes{"out:a ", "err:b ", "err:d "});
    bench.buffer.flush();
    CHECK(bench.writes.back() == "err:c ");
}

TEST_CASE("where both lead to one place, what was written first is shown first") {
    Bench bench(true);
    bench.buffer.err().write("a ");
    bench.buffer.err().write("b ");
    bench.buffer.out().write("c ");
    bench.buffer.err().write("d ");
    bench.buffer.flush();
    CHECK(bench.writes == Writes{"err:a b ", "out:c ", "err:d "});
}

TEST_CASE("what is large is not kept, and overtakes nothing") {
    Bench bench(true);
    const std::string large(OutputBuffer::kMostKeptBytes + 1, 'x');
    bench.buffer.err().write("a ");
    bench.buffer.out().write(large);
    CHECK(bench.writes == Writes{"err:a ", "out:" + large});
    bench.buffer.err().write_report("b ");
    bench.buffer.out().write(large);
    CHECK(bench.writes.size() == 2);
    bench.buffer.flush();
    REQUIRE(bench.writes.size() == 4);
    CHECK(bench.writes[2] == "err:b ");
    CHECK(bench.writes[3] == "out:" + large);
}

TEST_CASE("a report is not shown early, nor what stands behind it") {
    Bench bench(true);
    bench.buffer.err().write("a ");
    bench.buffer.err().show_early();
    CHECK(bench.writes == Writes{"err:a "});
    bench.buffer.err().write_report("b ");
    bench.buffer.out().write(std::string(2 * OutputBuffer::kMostKeptBytes, 'x'));
    bench.buffer.out().show_early();
    CHECK(bench.writes.size() == 1);
    bench.buffer.flush();
    CHECK(bench.writes.size() == 3);
    // The report is out: from here on things are shown early again.
    bench.buffer.out().write("c ");
    bench.buffer.out().show_early();
    CHECK(bench.writes.size() == 4);
}

TEST_CASE("more output than is good to keep is shown before the flush") {
    Bench bench(false);
    const std::string piece(OutputBuffer::kMostKeptBytes / 2, 'x');
    bench.buffer.out().write(piece);
    bench.buffer.out().write(piece);
    CHECK(bench.writes.empty());
    bench.buffer.out().write("x");
    CHECK(bench.writes.size() == 1);
}

TEST_CASE("two ends of one pipe are told from two pipes") {
    std::array<int, 2> one{};
    std::array<int, 2> other{};
    REQUIRE(::pipe2(one.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(other.data(), O_CLOEXEC) == 0);
    const std::array<Fd, 4> owners{Fd(one[0]), Fd(one[1]), Fd(other[0]), Fd(other[1])};
    const Fd copy(::fcntl(one[1], F_DUPFD_CLOEXEC, 0));
    CHECK(is_same_file(one[1], copy.number()));
    CHECK_FALSE(is_same_file(one[1], other[1]));
    CHECK_FALSE(is_same_file(one[1], -1));
}
