// SPDX-License-Identifier: MIT
//
// Directories that hang whoever enters them.
#include "slow_folder.h"

#include "bed.h"
#include "support/program.h"

#include <chrono>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda::shim;
using namespace remuda::test;

namespace {

std::uint64_t run_in(Channel& channel, const std::string& key, const std::string& script,
                     const std::string& directory, std::uint64_t time_limit = 0) {
    return channel.run(key, script, [&](Frame& frame) {
        frame.number(Tag::durable, 1).text(Tag::directory, directory);
        if (time_limit != 0) frame.number(Tag::time_limit, time_limit);
    });
}

AttachState state_of(const Got& attached) {
    return static_cast<AttachState>(attached.number(Tag::state));
}

}  // namespace

TEST_CASE("a directory that does not answer holds up its own jobs alone") {
    const auto folder = SlowFolder::mount();
    if (!folder) {
        MESSAGE("no file system can be mounted here: not tested");
        return;
    }
    Bed bed;
    const auto channel = bed.connect();
    const auto waits = run_in(*channel, "waits", "pwd; exit 3", folder->path());
    const auto cancelled = run_in(*channel, "cancelled", "true", folder->path());
    const auto limited = run_in(*channel, "limited", "true", folder->path(), 10);
    CHECK(channel->ended(channel->run_durable("other", "exit 5")).code() == 5);
    CHECK(channel->ended(run_in(*channel, "elsewhere", "pwd", "/")).out == "/\n");
    CHECK(channel->begun(limited).text(Tag::reason) ==
          "directory " + folder->path() + ": no answer within its time limit");
    {
        const Frame cancel(channel->frames(), FrameType::cancel, cancelled);
    }
    channel->send();
    CHECK(channel->begun(cancelled).text(Tag::reason) == "cancelled before it was started");
    {
        auto gone = bed.connect();
        run_in(*gone, "gone", "echo ran > " + bed.path("gone"), folder->path());
        gone->ended(gone->run("later", "true"));
    }
    folder->answer();
    const Ended ended = channel->ended(waits);
    CHECK(ended.code() == 3);
    CHECK(ended.out == folder->path() + "\n");
    CHECK(state_of(channel->attach("gone").second) == AttachState::unknown);
    CHECK(!std::filesystem::exists(bed.path("gone")));
}

TEST_CASE("what waits for its directory when the supervisor is killed never runs") {
    const auto folder = SlowFolder::mount();
    if (!folder) {
        MESSAGE("no file system can be mounted here: not tested");
        return;
    }
    Bed bed;
    auto channel = bed.connect("controller");
    const std::string epoch = channel->hello().text(Tag::epoch);
    run_in(*channel, "a", "echo ran > " + bed.path("ran"), folder->path());
    channel->ended(channel->run("later", "true"));
    Bed::kill_and_wait(channel->supervisor());
    channel = bed.connect("controller");
    CHECK(channel->hello().text(Tag::epoch) == epoch);
    CHECK(state_of(channel->attach("a").second) == AttachState::unknown);
    folder->answer();
    CHECK(channel->ended(run_in(*channel, "b", "exit 4", folder->path())).code() == 4);
    CHECK(!std::filesystem::exists(bed.path("ran")));
}

TEST_CASE("a start that hangs while the supervisor is killed is told as none, and never happens") {
    const auto folder = SlowFolder::mount();
    if (!folder) {
        MESSAGE("no file system can be mounted here: not tested");
        return;
    }
    Bed bed;
    auto usual = bed.connect();
    const std::string epoch = usual->hello().text(Tag::epoch);
    const pid_t supervisor = usual->supervisor();
    // In the home a command is started without further ado.
    bed.options().environment.emplace_back("HOME", folder->path());
    auto slow = bed.connect();
    slow->run_durable("a", "echo ran > " + bed.path("ran"));
    std::vector<pid_t> children;
    while (children.empty())
        children = descendants(supervisor);
    Bed::kill_and_wait(supervisor);
    bed.options().environment.pop_back();
    usual = bed.connect();
    CHECK(usual->hello().text(Tag::epoch) == epoch);
    CHECK(state_of(usual->attach("a").second) == AttachState::unknown);
    folder->answer();
    CHECK(wait_until_ended(children.front(), std::chrono::seconds(60)));
    CHECK(!std::filesystem::exists(bed.path("ran")));
}
