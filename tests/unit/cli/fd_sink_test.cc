// SPDX-License-Identifier: MIT
#include "cli/fd_sink.h"

#include "remuda/base/fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using remuda::Fd;
using remuda::cli::FdSink;

TEST_CASE("a reader that goes away is told of once, and nothing more is written") {
    (void)std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    Fd read_end(ends[0]);
    const Fd write_end(ends[1]);
    int failures = 0;
    FdSink sink(write_end.number(), [&](int error) {
        ++failures;
        CHECK(error == EPIPE);
    });
    sink.write("all is well\n");
    CHECK(sink.failure() == 0);
    std::array<char, 64> buffer{};
    CHECK(::read(read_end.number(), buffer.data(), buffer.size()) == 12);
    read_end.reset();
    sink.write("nobody reads\n");
    sink.write("this\n");
    CHECK(failures == 1);
    CHECK(sink.failure() == EPIPE);
}

TEST_CASE("a writer whom nobody reads from hears an interruption and can give up") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Fd read_end(ends[0]);
    const Fd write_end(ends[1]);
    std::array<int, 2> alarm{};
    REQUIRE(::pipe2(alarm.data(), O_CLOEXEC) == 0);
    const Fd hears(alarm[0]);
    const Fd rings(alarm[1]);
    REQUIRE(::write(rings.number(), "123", 3) == 3);
    int heard = 0;
    FdSink sink(write_end.number(), nullptr);
    sink.set_interrupt({hears.number(), [&] {
                            char byte = 0;
                            REQUIRE(::read(hears.number(), &byte, 1) == 1);
                            return ++heard == 3;
                        }});
    // More than any pipe holds.
    sink.write(std::string(std::size_t{4} << 20, 'x'));
    CHECK(heard == 3);
    CHECK(sink.failure() == ECANCELED);
}

TEST_CASE("into a file all is written, however long") {
    const Fd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    REQUIRE(file);
    FdSink sink(file.number(), nullptr);
    const std::size_t size = std::size_t{4} << 20;
    sink.write(std::string(size, 'x'));
    sink.write("end\n");
    CHECK(sink.failure() == 0);
    CHECK(::lseek(file.number(), 0, SEEK_CUR) == static_cast<off_t>(size + 4));
}
