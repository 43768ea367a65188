// SPDX-License-Identifier: MIT
//
// Much output of durable jobs: from their files to the channel.
#include "bed.h"
#include "support/program.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda::shim;
using namespace remuda::test;

namespace {

std::string numbers(int last) {
    std::string text;
    for (int i = 1; i <= last; ++i)
        text += std::to_string(i) + "\n";
    return text;
}

/// Of two jobs that write on both streams, and of a small one.
void check_much_output(Channel& channel) {
    const std::string out = numbers(400'000);
    const std::string err = numbers(90'000);
    const std::string script = "seq 90000 >&2 & seq 400000; wait";
    const auto first = channel.run_durable("first", script);
    const auto second = channel.run_durable("second", script);
    const auto small = channel.run_durable("small", "seq 10");
    for (const auto id : {first, second}) {
        const Ended ended = channel.ended(id);
        CHECK(ended.code() == 0);
        CHECK((ended.out == out));
        CHECK((ended.err == err));
    }
    CHECK(channel.ended(small).out == numbers(10));
}

/// The shim as it runs where these system calls fail.
void refuse(Bed& bed, int error, const std::string& calls) {
    std::vector<std::string>& program = bed.options().program;
    program.insert(program.begin(), {REFUSE_CALLS, std::to_string(error), calls});
}

}  // namespace

TEST_CASE("much output of many jobs comes whole, whatever carries it") {
    for (const Carrier carrier : {Carrier::pipe, Carrier::socket}) {
        CAPTURE(static_cast<int>(carrier));
        Bed bed;
        bed.options().carrier = carrier;
        check_much_output(*bed.connect());
    }
}

TEST_CASE("much output comes whole where the system does not send files") {
    for (const int error : {EINVAL, ENOSYS, EIO}) {
        CAPTURE(error);
        Bed bed;
        refuse(bed, error, "sendfile");
        check_much_output(*bed.connect());
    }
}

TEST_CASE("output that cannot be read is told as cut by the second time that it is asked for") {
    Bed bed;
    refuse(bed, EIO, "sendfile,pread64");
    // The one that has seen it is the one that is asked again.
    bed.options().linger = "60";
    auto channel = bed.connect();
    // All of it is there before any is sent.
    const auto id = channel->run("a", "seq 400000", [](Frame& frame) {
        frame.number(Tag::durable, 1).number(Tag::window, 0);
    });
    const auto pid = static_cast<pid_t>(channel->begun(id).number(Tag::pid));
    REQUIRE(wait_until_ended(pid, std::chrono::seconds(60)));
    channel->ended(channel->run("other", "true"));
    Frame(channel->frames(), FrameType::credit, id).number(Tag::amount, 1 << 24);
    channel->send();
    CHECK_THROWS_AS(channel->ended(id), std::runtime_error);
    channel = bed.connect();
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.code() == 0);
    CHECK(ended.out.empty());
    CHECK(ended.frame.number(Tag::cut_out) == numbers(400'000).size());
}

TEST_CASE("output whose file became shorter is told as cut") {
    Bed bed;
    auto channel = bed.connect();
    const auto id = channel->run_durable("a", "seq 400000");
    CHECK((channel->ended(id).out == numbers(400'000)));
    const std::string file = bed.shim_file("/a.1");
    REQUIRE(!file.empty());
    std::filesystem::resize_file(file, 1000);
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.out == numbers(400'000).substr(0, 1000));
    CHECK(ended.frame.number(Tag::length_out) - ended.frame.number(Tag::cut_out) == 1000);
}

TEST_CASE("a large file of what is released goes soon, and its key may come again at once") {
    Bed bed;
    auto channel = bed.connect();
    const std::string script = "head -c 20000000 /dev/zero";
    CHECK(channel->ended(channel->run_durable("a", script)).out.size() == 20'000'000);
    channel->release("a");
    CHECK(channel->ended(channel->run_durable("a", "echo new")).out == "new\n");
    const std::string kept = bed.shim_file("/a.1");
    REQUIRE(!kept.empty());
    Bed::leave(channel);
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(kept).parent_path())) {
        CHECK(entry.path() == kept);
        ++files;
    }
    CHECK(files == 1);
}
