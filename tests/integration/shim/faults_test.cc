// SPDX-License-Identifier: MIT
//
// Supervisors killed at random moments, full disks, and the program for another machine.
#include "bed.h"
#include "support/program.h"
#include "support/seed.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/mount.h>
#include <unistd.h>

using namespace remuda::shim;
using namespace remuda::test;
using std::chrono::seconds;

namespace {

/// What a job said of itself: "began", then its code; empty if it never ran.
std::string record_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("whatever is killed when, no verdict differs from what the job itself recorded") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(random);
    };
    Bed bed;
    const std::string store(32, 'c');
    int lost = 0;
    int jobs = 0;
    constexpr int rounds = 12;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        auto channel = bed.connect(store);
        const std::string epoch = channel->hello().text(Tag::epoch);
        std::map<std::string, std::uint64_t> ids;
        const unsigned count = 1 + below(12);
        for (unsigned i = 0; i < count; ++i) {
            const std::string key = "r" + std::to_string(round) + "." + std::to_string(i);
            const std::string code = std::to_string(below(200));
            const std::string script = fmt::format(
                "echo began >> {0}; n=0; while [ $n -lt {1} ]; do n=$((n+1)); done; "
                "echo {2} >> {0}; echo out {2}; exit {2}",
                bed.path(key), below(20'000), code);
            ids[key] = channel->run_durable(key, script);
            ++jobs;
        }
        const unsigned seen = below(2 * count);
        for (unsigned i = 0; i < seen; ++i) {
            channel->wait_for([](const Got& got) {
                return got.type == FrameType::started || got.type == FrameType::ended;
            });
        }
        Bed::kill_and_wait(channel->supervisor());
        channel = bed.connect(store);
        CHECK(channel->hello().text(Tag::epoch) == epoch);
        for (const auto& [key, id] : ids) {
            CAPTURE(key);
            const auto [again, attached] = channel->attach(key);
            if (attached.number(Tag::state) == static_cast<std::uint64_t>(AttachState::unknown)) {
                // The epoch is the same: it never ran.
                CHECK(record_of(bed.path(key)).empty());
                continue;
            }
            const Ended ended = channel->ended(again);
            const std::string record = record_of(bed.path(key));
            CAPTURE(record);
            if (ended.kind() == EndKind::lost) {
                ++lost;
            } else if (ended.kind() == EndKind::exited) {
                const std::string code = std::to_string(ended.code());
                CHECK(record == "began\n" + code + "\n");
                CHECK(ended.out == "out " + code + "\n");
            } else {
                // Its pipes were not with the nanny yet.
                CHECK(ended.frame.text(Tag::signal) == "PIPE");
            }
            channel->release(key);
        }
    }
    CAPTURE(jobs);
    // The nanny lives, so there is always somebody who knows.
    CHECK(lost == 0);
}

namespace {

/// A file system that is full soon.
class SmallDisk {
  public:
    explicit SmallDisk(const char* size = "size=2m")
        : is_there_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, size) == 0) {
        if (!is_there_) MESSAGE("not root, or no tmpfs can be mounted here: not tested");
    }
    ~SmallDisk() {
        if (is_there_) CHECK(::umount2(folder_.path().c_str(), MNT_DETACH) == 0);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool is_there() const { return is_there_; }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  private:
    TempDir folder_;
    bool is_there_;
};

}  // namespace

TEST_CASE("what a full disk does not take comes all the same, or is cut where nobody takes it") {
    const SmallDisk disk;
    if (!disk.is_there()) return;
    Bed bed;
    bed.options().folder = disk.path("remuda");
    auto channel = bed.connect();
    const Gate gate(bed.path("gate"));
    const Ended much = channel->ended(channel->run_durable("much", "head -c 6000000 /dev/zero"));
    CHECK(much.out.size() == 6'000'000);
    CHECK(much.frame.number(Tag::cut_out) == 0);
    // Also what comes when its first process has ended.
    const auto held = channel->run_durable("held", "(" + gate.wait() + "; echo held) & echo first");
    CHECK(channel->output(held, 6) == "first\n");
    channel->ended(channel->run_durable("between", "true"));
    gate.open();
    CHECK(channel->output(held, 5) == "held\n");
    const auto begun = channel->run_durable("a", "echo early; " + gate.wait() + "; echo late");
    CHECK(channel->output(begun, 6) == "early\n");
    // Of the other stream, too.
    const auto other = channel->run_durable("b", "echo one; echo two >&2; exit 3");
    Ended ended = channel->ended(other);
    CHECK(ended.out == "one\n");
    CHECK(ended.err == "two\n");
    CHECK(ended.code() == 3);
    CHECK(ended.frame.number(Tag::cut_out) + ended.frame.number(Tag::cut_err) == 0);
    // Whoever comes later is told what is missing.
    ended = channel->ended(channel->attach("b").first);
    CHECK(ended.out.empty());
    CHECK(ended.frame.number(Tag::cut_out) == 4);
    channel.reset();
    gate.open();
    channel = bed.connect();
    ended = channel->ended(channel->attach("a", 6).first);
    CHECK(ended.out.empty());
    CHECK(ended.frame.number(Tag::length_out) == 11);
    CHECK(ended.frame.number(Tag::cut_out) == 5);
}

TEST_CASE("a full disk refuses commands before they start") {
    const SmallDisk disk;
    if (!disk.is_there()) return;
    Bed bed;
    bed.options().folder = disk.path("remuda");
    auto channel = bed.connect();
    auto id = channel->run_durable("big", "head -c 8000000 /dev/zero; exit 3");
    const Ended ended = channel->ended(id);
    CHECK(ended.code() == 3);
    CHECK(ended.frame.number(Tag::length_out) == 8'000'000);
    CHECK(ended.out.size() == 8'000'000);
    CHECK(ended.frame.number(Tag::cut_out) == 0);
    // Fill what is kept for the journal, record by record.
    bool is_refused = false;
    const std::string comment = " #" + std::string(60'000, 'x');
    for (int i = 0; i < 100 && !is_refused; ++i) {
        const std::string key = "n" + std::to_string(i);
        id = channel->run_durable(key, "echo ran > " + bed.path(key) + comment);
        const Got begun = channel->begun(id);
        is_refused = begun.type == FrameType::refused;
        if (!is_refused) {
            CHECK(channel->ended(id).code() == 0);
            continue;
        }
        CHECK(begun.text(Tag::reason) ==
              "its receipt could not be written: No space left on device");
        CHECK(begun.number(Tag::no_room) == 1);
        CHECK(!std::filesystem::exists(bed.path(key)));
        CHECK(channel->attach(key).second.number(Tag::state) ==
              static_cast<std::uint64_t>(AttachState::unknown));
    }
    CHECK(is_refused);
    // And as soon as there is room, things go on.
    channel->release("big");
    id = channel->run_durable("after", "exit 4");
    CHECK(channel->ended(id).code() == 4);
    CHECK(channel->ended(channel->attach("n0").first).code() == 0);
}

TEST_CASE("the room of what is released is there for what is started next") {
    const SmallDisk disk("size=24m");
    if (!disk.is_there()) return;
    Bed bed;
    bed.options().folder = disk.path("remuda");
    const auto channel = bed.connect();
    for (const char* key : {"a", "b", "c", "d"}) {
        const Ended ended = channel->ended(channel->run_durable(key, "head -c 15000000 /dev/zero"));
        CHECK(ended.code() == 0);
        CHECK(ended.frame.number(Tag::cut_out) == 0);
        CHECK(ended.out.size() == 15'000'000);
        channel->release(key);
    }
    // All of it, so that no command could be accepted.
    const auto all = channel->run_durable("all", "head -c 30000000 /dev/zero");
    CHECK(channel->ended(all).out.size() == 30'000'000);
    channel->release("all");
    CHECK(channel->ended(channel->run_durable("next", "exit 5")).code() == 5);
}

TEST_CASE("what a new supervisor finds has lasted until its process ended, not until then") {
    Bed bed;
    auto channel = bed.connect();
    const auto begin = std::chrono::steady_clock::now();
    const auto id = channel->run_durable("a", "sleep 1000 & echo $!; exit 0");
    const auto first = static_cast<pid_t>(channel->begun(id).number(Tag::pid));
    const pid_t left = std::stoi(channel->output(id, 2));
    REQUIRE(wait_until_ended(first, std::chrono::seconds(60)));
    const std::chrono::microseconds lasted = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    Bed::kill_keepers(channel->supervisor());
    Bed::kill_and_wait(left);
    channel = bed.connect();
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.code() == 0);
    CHECK(ended.frame.number(Tag::wall) <= static_cast<std::uint64_t>(lasted.count()));
}

TEST_CASE("a journal that was damaged has its new epoch for good on a full disk too") {
    const SmallDisk disk;
    if (!disk.is_there()) return;
    Bed bed;
    bed.options().folder = disk.path("remuda");
    auto channel = bed.connect();
    const std::string epoch = channel->hello().text(Tag::epoch);
    channel->ended(channel->run_durable("a", "exit 3"));
    Bed::leave(channel);
    {
        std::string head;
        put_number(head, 4, 4);
        std::ofstream(bed.shim_file("/journal"), std::ios::app | std::ios::binary)
            << head << "abcdefgh";
        std::ofstream filler(disk.path("filler"));
        while (filler << std::string(4096, 'x') << std::flush) {
        }
    }
    channel = bed.connect();
    const std::string drawn = channel->hello().text(Tag::epoch);
    CHECK(drawn != epoch);
    CHECK(channel->ended(channel->attach("a").first).code() == 3);
    Bed::leave(channel);
    channel = bed.connect();
    CHECK(channel->hello().text(Tag::epoch) == drawn);
    CHECK(channel->ended(channel->attach("a").first).code() == 3);
}

TEST_CASE("a command that is refused for want of a descriptor for its script leaves no receipt") {
    // So many files may be open that a start finds all it needs but one; the jobs that run take
    // two each, so one of two limits comes to that.
    bool is_met = false;
    for (int limit = 60; limit < 62 && !is_met; ++limit) {
        CAPTURE(limit);
        Bed bed;
        bed.options().program = {"sh", "-c", fmt::format("ulimit -n {}; exec \"$@\"", limit), "sh",
                                 SHIM_CHECKED};
        auto channel = bed.connect();
        const std::string comment = " #" + std::string(200'000, 'x');
        std::string refused;
        for (int i = 0; i < limit && refused.empty(); ++i) {
            const std::string key = "k" + std::to_string(i);
            const Got begun = channel->begun(channel->run_durable(key, "sleep 1000" + comment));
            if (begun.type != FrameType::refused) continue;
            refused = key;
            is_met = begun.text(Tag::reason).starts_with("no room for its script");
        }
        REQUIRE(!refused.empty());
        Bed::kill_keepers(channel->supervisor());
        bed.options().program = {SHIM_CHECKED};
        channel = bed.connect();
        CHECK(channel->attach(refused).second.number(Tag::state) ==
              static_cast<std::uint64_t>(AttachState::unknown));
    }
    CHECK(is_met);
}

TEST_CASE("jobs are ended, and told so, where all descriptors are in use") {
    Bed bed;
    bed.options().program = {"sh", "-c", "ulimit -n 64; exec \"$@\"", "sh", SHIM_CHECKED};
    const auto channel = bed.connect();
    const std::string go = bed.path("go");
    const std::string script = "setsid sleep 1000 & until [ -e " + go +
                               " ]; do sleep 0.05; done; echo up; exec sleep 1000";
    std::vector<std::uint64_t> ids;
    for (bool is_refused = false; !is_refused;) {
        const auto id = channel->run_durable("k" + std::to_string(ids.size()), script);
        is_refused = channel->begun(id).type == FrameType::refused;
        if (!is_refused) ids.push_back(id);
    }
    REQUIRE(ids.size() > 5);
    // Each wants one more for its output, until there is none.
    std::ofstream(go).flush();
    for (const auto id : ids)
        CHECK(channel->output(id, 3) == "up\n");
    for (const auto id : ids) {
        Frame(channel->frames(), FrameType::cancel, id)
            .text(Tag::signal, "TERM")
            .number(Tag::grace, 600'000);
    }
    channel->send();
    for (const auto id : ids)
        CHECK(channel->ended(id).kind() == EndKind::cancelled);
}

TEST_CASE("the program that is pushed runs jobs, on this machine and, emulated, on the other") {
    const std::map<std::string, std::vector<std::string>> ways = {{"x86_64", {"qemu-x86_64"}},
                                                                  {"aarch64", {"qemu-aarch64"}}};
    for (const auto& [machine, emulator] : ways) {
        CAPTURE(machine);
        const std::string program = std::string(SHIM_FOLDER) + "/shim-" + machine;
        if (!std::filesystem::exists(program)) {
            MESSAGE("the program for " << machine << " was not built: not tested");
            continue;
        }
        Bed bed;
        const bool is_native = machine == MACHINE;
        if (!is_native &&
            run_program({"sh", "-c", "command -v " + emulator.front()}).output.empty()) {
            MESSAGE(emulator.front() << " is not installed: not tested");
            continue;
        }
        bed.options().program =
            is_native ? std::vector{program} : std::vector{emulator.front(), program};
        const auto channel = bed.connect();
        const auto id = channel->run("a", "cat; exit 3", [](Frame& frame) {
            frame.number(Tag::durable, 1).text(Tag::input, "hello");
        });
        const Ended ended = channel->ended(id);
        CHECK(ended.out == "hello");
        CHECK(ended.code() == 3);
        channel->release("a");
        const auto elsewhere =
            channel->run("b", "pwd", [](Frame& frame) { frame.text(Tag::directory, "/"); });
        CHECK(channel->ended(elsewhere).out == "/\n");
    }
}
