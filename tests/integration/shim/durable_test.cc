// SPDX-License-Identifier: MIT
//
// Durable jobs: what their receipts say after connections, supervisors and nannies are gone.
#include "bed.h"
#include "support/program.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace remuda::shim;
using namespace remuda::test;
using std::chrono::seconds;

namespace {

AttachState state_of(const Got& attached) {
    return static_cast<AttachState>(attached.number(Tag::state));
}

}  // namespace

TEST_CASE("a durable job outlives its connection and is attached to at the right byte") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    auto channel = bed.connect();
    const auto id = channel->run_durable("a", "echo one; " + gate.wait() + "; echo two; exit 3");
    CHECK(channel->output(id, 4) == "one\n");
    channel.reset();
    channel = bed.connect();
    const auto [again, attached] = channel->attach("a", 4);
    CHECK(state_of(attached) == AttachState::running);
    gate.open();
    Ended ended = channel->ended(again);
    CHECK(ended.code() == 3);
    CHECK(ended.out == "two\n");
    CHECK(ended.out_begin == 4);
    // From another machine, which has nothing of it yet.
    const auto other = bed.connect();
    const auto [third, found] = other->attach("a");
    CHECK(state_of(found) == AttachState::ended);
    ended = other->ended(third);
    CHECK(ended.out == "one\ntwo\n");
}

TEST_CASE("what another releases is known to be gone: the shim has another epoch from then on") {
    Bed bed;
    auto owner = bed.connect();
    const std::string before = owner->hello().text(Tag::epoch);
    owner->ended(owner->run_durable("a", "true"));
    owner->ended(owner->run_durable("b", "true"));
    owner->release("a");
    auto other = bed.connect();
    CHECK(other->hello().text(Tag::epoch) == before);
    Frame(other->frames(), FrameType::release, 0).text(Tag::key, "b").number(Tag::epoch, 1);
    other->send();
    CHECK(state_of(other->attach("b").second) == AttachState::unknown);
    const std::string after = bed.connect()->hello().text(Tag::epoch);
    CHECK(after != before);
    Bed::kill_and_wait(owner->supervisor());
    CHECK(bed.connect()->hello().text(Tag::epoch) == after);
}

TEST_CASE("what had all of its input has it still after the journal was written anew") {
    Bed bed;
    auto channel = bed.connect();
    const Gate gate(bed.path("gate"));
    const auto id = channel->run("fed", "cat; " + gate.wait(), [](Frame& frame) {
        frame.number(Tag::durable, 1).number(Tag::input_follows, 1);
    });
    channel->wait_for(FrameType::started, id);
    Frame(channel->frames(), FrameType::input, id).raw("given");
    {
        const Frame end(channel->frames(), FrameType::input_end, id);
    }
    channel->send();
    channel->output(id, 5);
    // More than it keeps of what nobody wants.
    for (int i = 0; i < 12; ++i) {
        const std::string key = "long" + std::to_string(i);
        channel->ended(channel->run_durable(key, "true #" + std::string(900'000, 'x')));
        channel->release(key);
    }
    channel->ended(channel->run_durable("last", "true"));
    Bed::kill_and_wait(channel->supervisor());
    gate.open();
    channel = bed.connect();
    const Ended ended = channel->ended(channel->attach("fed").first);
    CHECK(ended.kind() == EndKind::exited);
    CHECK(ended.out == "given");
}

TEST_CASE("what is released is forgotten, with its files") {
    Bed bed;
    auto channel = bed.connect();
    channel->ended(channel->run_durable("a", "echo out; echo err >&2"));
    channel->ended(channel->run_durable("silent", "true"));
    CHECK(!bed.shim_file("/a.1").empty());
    CHECK(!bed.shim_file("/a.2").empty());
    CHECK(bed.shim_file("/silent.1").empty());
    channel->release("unknown");
    channel->release("a");
    CHECK(state_of(channel->attach("a").second) == AttachState::unknown);
    CHECK(state_of(channel->attach("silent").second) == AttachState::ended);
    CHECK(bed.shim_file("/a.1").empty());
    CHECK(bed.shim_file("/a.2").empty());
}

TEST_CASE("what is released is there for those who still read it, and then forgotten") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    const auto owner = bed.connect("owner");
    auto slow = bed.connect("slow");
    auto gone = bed.connect("gone");
    // More than is sent without credit.
    const std::string script = "head -c 300000 /dev/zero; " + gate.wait() + "; exit 3";
    const auto id = owner->run_durable("a", script);
    CHECK(owner->begun(id).type == FrameType::started);
    const auto followed = slow->attach("a").first;
    (void)gone->attach("a");
    gate.open();
    CHECK(owner->ended(id).code() == 3);
    owner->release("a");
    CHECK(state_of(owner->attach("a").second) == AttachState::unknown);
    Frame(owner->frames(), FrameType::list, 9).text(Tag::prefix, "");
    owner->send();
    CHECK(owner->wait_for(FrameType::listed, 9).texts(Tag::entry).empty());
    gone->close();
    const std::string kept = bed.shim_file("/a.1");
    REQUIRE(!kept.empty());
    const Ended ended = slow->ended(followed);
    CHECK(ended.out.size() == 300'000);
    CHECK(ended.code() == 3);
    const auto later = owner->run("b", "while [ -e " + kept + " ]; do :; done");
    CHECK(owner->ended(later).code() == 0);
}

TEST_CASE("a job that runs is released when it has ended") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    const auto channel = bed.connect();
    const auto id = channel->run_durable("a", "echo up; " + gate.wait());
    channel->output(id, 3);
    Frame(channel->frames(), FrameType::list, 9).text(Tag::prefix, "a");
    channel->send();
    const auto entries = channel->wait_for(FrameType::listed, 9).texts(Tag::entry);
    REQUIRE(entries.size() == 1);
    CHECK(Got{FrameType::listed, 9, entries[0]}.number(Tag::length_out) == 3);
    channel->release("a");
    CHECK(state_of(channel->attach("a").second) == AttachState::running);
    const std::string kept = bed.shim_file("/a.1");
    REQUIRE(!kept.empty());
    gate.open();
    const auto later = channel->run("b", "while [ -e " + kept + " ]; do :; done");
    CHECK(channel->ended(later).code() == 0);
}

TEST_CASE("the receipts are listed by the beginning of their keys") {
    Bed bed;
    const auto channel = bed.connect();
    for (int i = 0; i < 30; ++i) {
        channel->ended(channel->run(
            "x." + std::to_string(i), "exit 2 #" + std::string(9000, 'x'),
            [](Frame& frame) { frame.number(Tag::durable, 1).text(Tag::label, "name"); }));
    }
    channel->ended(channel->run_durable("y", "true #" + std::string(9000, 'y')));
    // With this one a frame would be longer than any may be.
    channel->ended(channel->run("z", "true", [](Frame& frame) {
        frame.number(Tag::durable, 1).text(Tag::label, std::string(1'048'000, 'l'));
    }));
    Frame(channel->frames(), FrameType::list, 8).text(Tag::prefix, "");
    channel->send();
    for (bool has_more = true; has_more;) {
        const Got listed = channel->wait_for(FrameType::listed, 8);
        has_more = listed.number(Tag::more) != 0;
        CHECK(listed.payload.size() < kMostPayload);
    }
    Frame(channel->frames(), FrameType::list, 9).text(Tag::prefix, "x.");
    channel->send();
    std::size_t count = 0;
    for (bool has_more = true; has_more;) {
        const Got listed = channel->wait_for(FrameType::listed, 9);
        has_more = listed.number(Tag::more) != 0;
        for (const std::string& entry : listed.texts(Tag::entry)) {
            ++count;
            const Got fields{FrameType::listed, 9, entry};
            CHECK(fields.text(Tag::key).starts_with("x."));
            CHECK(fields.text(Tag::script).starts_with("exit 2"));
            CHECK(fields.text(Tag::label) == "name");
            CHECK(fields.number(Tag::code) == 2);
        }
    }
    CHECK(count == 30);
}

TEST_CASE("a killed supervisor loses neither jobs nor output nor exit codes") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    auto channel = bed.connect();
    const std::string epoch = channel->hello().text(Tag::epoch);
    const auto id = channel->run_durable(
        "a", "echo one; echo bad >&2; " + gate.wait() + "; head -c 300000 /dev/zero; exit 9");
    channel->output(id, 4);
    // Its pipes are with the nanny some milliseconds later; another job's end is later still.
    channel->ended(channel->run("wait", "sleep 0.1"));
    const pid_t killed = channel->supervisor();
    Bed::kill_and_wait(killed);
    gate.open();
    channel = bed.connect();
    CHECK(channel->supervisor() != killed);
    CHECK(channel->hello().text(Tag::epoch) == epoch);
    const auto [again, attached] = channel->attach("a", 2);
    CHECK(state_of(attached) != AttachState::unknown);
    const Ended ended = channel->ended(again);
    CHECK(ended.kind() == EndKind::exited);
    CHECK(ended.code() == 9);
    CHECK(ended.out == "e\n" + std::string(300'000, '\0'));
    CHECK(ended.err == "bad\n");
}

TEST_CASE("a job that ends while there is no supervisor keeps its exit code") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    auto channel = bed.connect();
    const auto id = channel->run_durable("a", "echo $$; " + gate.wait() + "; echo two; exit 9");
    const pid_t job = std::stoi(channel->output(id, 2));
    channel->ended(channel->run("wait", "sleep 0.1"));
    const pid_t supervisor = channel->supervisor();
    // Held fast, so that it cannot see the job's end before it is killed.
    ::kill(supervisor, SIGSTOP);
    gate.open();
    CHECK(wait_until_ended(job, seconds(60)));
    Bed::kill_and_wait(supervisor);
    channel = bed.connect();
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.kind() == EndKind::exited);
    CHECK(ended.code() == 9);
    CHECK(ended.out == std::to_string(job) + "\ntwo\n");
}

TEST_CASE("what a job writes is kept however soon after its start the supervisor is killed") {
    Bed bed;
    for (int round = 0; round < 20; ++round) {
        const std::string key = "job" + std::to_string(round);
        auto channel = bed.connect();
        const pid_t supervisor = channel->supervisor();
        const auto id = channel->run_durable(key, "echo one; echo two >&2; sleep 0.02; echo three");
        channel->wait_for(FrameType::started, id);
        Bed::kill_and_wait(supervisor);
        channel = bed.connect();
        const Ended ended = channel->ended(channel->attach(key).first);
        CHECK(ended.code() == 0);
        CHECK(ended.out == "one\nthree\n");
        CHECK(ended.err == "two\n");
    }
}

TEST_CASE("jobs that are not durable end when the supervisor is killed") {
    Bed bed;
    auto channel = bed.connect();
    const auto id = channel->run("a", "echo $$; exec sleep 1000");
    const pid_t job = std::stoi(channel->output(id, 2));
    Bed::kill_and_wait(channel->supervisor());
    CHECK(wait_until_ended(job, seconds(60)));
}

TEST_CASE("what was being ended when the supervisor is killed gets its KILL all the same") {
    for (const bool is_nanny_killed : {false, true}) {
        CAPTURE(is_nanny_killed);
        Bed bed;
        auto channel = bed.connect();
        const std::string key = Bed::own_key("a");
        const auto id = channel->run(
            key,
            "sh -c 'trap \"\" TERM; echo $$; exec >/dev/null 2>&1; while :; do sleep 60; done' & "
            "wait",
            [](Frame& frame) {
                frame.number(Tag::durable, 1).number(Tag::time_limit, 200).number(Tag::grace, 1500);
            });
        const auto first = static_cast<pid_t>(channel->begun(id).number(Tag::pid));
        const pid_t left = std::stoi(channel->output(id, 2));
        REQUIRE(wait_until_ended(first, seconds(60)));
        // That is on record when another job's end is told.
        channel->ended(channel->run("other", "true"));
        if (is_nanny_killed) {
            Bed::kill_keepers(channel->supervisor());
        } else {
            Bed::kill_and_wait(channel->supervisor());
        }
        channel = bed.connect();
        const Ended ended = channel->ended(channel->attach(key).first);
        CHECK(ended.kind() == EndKind::timed_out);
        CHECK(ended.frame.text(Tag::reason).empty());
        CHECK(wait_until_ended(left, seconds(60)));
    }
}

TEST_CASE("a killed nanny is not missed") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    const auto channel = bed.connect();
    const auto id = channel->run_durable("a", "echo one; " + gate.wait() + "; exit 4");
    channel->output(id, 4);
    Bed::kill_and_wait(Bed::parent_of(channel->supervisor()));
    gate.open();
    CHECK(channel->ended(id).code() == 4);
    CHECK(channel->ended(channel->run_durable("b", "exit 5")).code() == 5);
}

TEST_CASE("where the nanny is killed after its supervisor was, what it kept is lost at its end") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    auto channel = bed.connect();
    const auto id =
        channel->run_durable(Bed::own_key("a"), "echo one; " + gate.wait() + "; echo two; exit 4");
    channel->output(id, 4);
    // Its pipes are with the nanny some milliseconds later; another job's end is later still.
    channel->ended(channel->run("wait", "sleep 0.1"));
    Bed::kill_and_wait(channel->supervisor());
    channel = bed.connect();
    const auto [again, attached] = channel->attach(Bed::own_key("a"));
    CHECK(state_of(attached) == AttachState::running);
    Bed::kill_and_wait(Bed::parent_of(channel->supervisor()));
    // It is heard of.
    CHECK(channel->ended(channel->run_durable(Bed::own_key("b"), "exit 5")).code() == 5);
    gate.open();
    const Ended ended = channel->ended(again);
    CHECK(ended.kind() == EndKind::lost);
    CHECK(ended.out == "one\ntwo\n");
}

TEST_CASE("where nanny and supervisor are killed, what runs is running and then lost") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    auto channel = bed.connect();
    const auto id =
        channel->run_durable(Bed::own_key("a"), "echo one; " + gate.wait() + "; exit 4");
    channel->output(id, 4);
    const auto gone = channel->run_durable(Bed::own_key("b"), "echo $$; exec sleep 1000");
    const pid_t second = std::stoi(channel->output(gone, 2));
    Bed::kill_keepers(channel->supervisor());
    Bed::kill_and_wait(second);
    channel = bed.connect();
    const Ended lost = channel->ended(channel->attach(Bed::own_key("b")).first);
    CHECK(lost.kind() == EndKind::lost);
    CHECK(!lost.frame.text(Tag::reason).empty());
    const auto [again, attached] = channel->attach(Bed::own_key("a"));
    CHECK(state_of(attached) == AttachState::running);
    gate.open();
    const Ended ended = channel->ended(again);
    CHECK(ended.kind() == EndKind::lost);
    CHECK(ended.out == "one\n");
}

TEST_CASE("what outlived nanny and supervisor can be ended, and is lost when all of it is gone") {
    Bed bed;
    auto channel = bed.connect();
    // Its first process ends; what it has left is in a session of its own.
    const auto id =
        channel->run_durable(Bed::own_key("a"), "setsid sleep 1000 & echo $$ $!; exec sleep 1000");
    const std::string pids = channel->output(id, 4);
    const pid_t first = std::stoi(pids);
    const pid_t left = std::stoi(pids.substr(pids.find(' ')));
    const auto timed = channel->run(Bed::own_key("b"), "exec sleep 1000", [](Frame& frame) {
        frame.number(Tag::durable, 1).number(Tag::time_limit, 100);
    });
    channel->wait_for(FrameType::started, timed);
    Bed::kill_keepers(channel->supervisor());
    Bed::kill_and_wait(first);
    channel = bed.connect();
    // Its time limit is kept.
    CHECK(channel->ended(channel->attach(Bed::own_key("b")).first).kind() == EndKind::lost);
    const auto [again, attached] = channel->attach(Bed::own_key("a"));
    REQUIRE(state_of(attached) == AttachState::running);
    Frame(channel->frames(), FrameType::cancel, again).text(Tag::signal, "TERM");
    channel->send();
    CHECK(channel->ended(again).kind() == EndKind::lost);
    CHECK(wait_until_ended(left, seconds(60)));
}

TEST_CASE("a job whose connection ends before it has all of its input is lost, not cancelled") {
    Bed bed;
    auto channel = bed.connect();
    const auto id = channel->run("a", "read line; echo $line; cat > /dev/null", [](Frame& frame) {
        frame.number(Tag::durable, 1).number(Tag::input_follows, 1);
    });
    channel->wait_for(FrameType::started, id);
    Frame(channel->frames(), FrameType::input, id).raw("one\ntw");
    channel->send();
    channel->output(id, 4);
    channel->close();
    channel = bed.connect();
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.kind() == EndKind::lost);
    CHECK(!ended.frame.text(Tag::reason).empty());
}

TEST_CASE("after a restart of the host, what ran is lost and what ended is kept") {
    Bed bed;
    const std::string first = "11111111-1111-4111-8111-111111111111";
    const std::string second = "22222222-2222-4222-8222-222222222222";
    const std::string file = bed.path("boot");
    std::ofstream(file) << first;
    bed.options().environment.emplace_back("REMUDA_SHIM_BOOT_FILE", file);
    auto channel = bed.connect();
    CHECK(channel->hello().text(Tag::boot) == first);
    channel->ended(channel->run_durable("ended", "echo kept; exit 6"));
    const auto id = channel->run_durable("ran", "echo $$; exec sleep 1000");
    const pid_t job = std::stoi(channel->output(id, 2));
    Bed::kill_keepers(channel->supervisor());
    Bed::kill_and_wait(job);
    std::ofstream(file) << second;
    channel = bed.connect();
    CHECK(channel->hello().text(Tag::boot) == second);
    const Ended lost = channel->ended(channel->attach("ran").first);
    CHECK(lost.kind() == EndKind::lost);
    CHECK(lost.frame.text(Tag::reason) == "the host was restarted while it ran");
    const Ended kept = channel->ended(channel->attach("ended").first);
    CHECK(kept.code() == 6);
    CHECK(kept.out == "kept\n");
}

TEST_CASE("a machine that was copied with its journal tells nothing of what ran on the other") {
    Bed bed;
    const std::string boot = bed.path("boot");
    const std::string machine = bed.path("machine");
    std::ofstream(boot) << "11111111-1111-4111-8111-111111111111";
    std::ofstream(machine) << "11111111111111111111111111111111\n";
    bed.options().environment.emplace_back("REMUDA_SHIM_BOOT_FILE", boot);
    bed.options().environment.emplace_back("REMUDA_SHIM_MACHINE_FILE", machine);
    auto channel = bed.connect();
    const std::string first = channel->hello().text(Tag::machine);
    CHECK(first.size() == 32);
    CHECK(first != std::string(32, '1'));
    channel->ended(channel->run_durable("ended", "echo kept; exit 6"));
    const auto id = channel->run_durable("ran", "echo $$; exec sleep 1000");
    const pid_t job = std::stoi(channel->output(id, 2));
    Bed::kill_keepers(channel->supervisor());
    Bed::kill_and_wait(job);
    std::ofstream(boot) << "22222222-2222-4222-8222-222222222222";
    std::ofstream(machine) << "22222222222222222222222222222222\n";
    channel = bed.connect();
    CHECK(channel->hello().text(Tag::machine) != first);
    CHECK(state_of(channel->attach("ran").second) == AttachState::unknown);
    CHECK(channel->ended(channel->attach("ended").first).code() == 6);
    // One whose identity does not last tells none.
    std::ofstream(machine, std::ios::trunc).flush();
    Bed::kill_and_wait(Bed::parent_of(channel->supervisor()));
    Bed::kill_and_wait(channel->supervisor());
    CHECK(bed.connect()->hello().text(Tag::machine).empty());
}

TEST_CASE(
    "output beyond the limit is cut while nobody reads it, and waited for while somebody does") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    const auto limited = [](Frame& frame) {
        frame.number(Tag::durable, 1).number(Tag::output_limit, 100'000).number(Tag::window, 1000);
    };
    auto channel = bed.connect();
    const auto read = channel->run("read", "head -c 1000000 /dev/zero", limited);
    channel->begun(read);
    Ended ended = channel->ended(read);
    CHECK(ended.out.size() == 1'000'000);
    CHECK(ended.frame.number(Tag::cut_out) == 0);
    const Gate done(bed.path("done"));
    const auto cut = channel->run(
        "cut", gate.wait() + "; head -c 1000000 /dev/zero; " + done.opening(), limited);
    channel->begun(cut);
    channel.reset();
    gate.open();
    done.pass();
    channel = bed.connect();
    ended = channel->ended(channel->attach("cut").first);
    CHECK(ended.out.size() == 100'000);
    CHECK(ended.frame.number(Tag::length_out) == 1'000'000);
    CHECK(ended.frame.number(Tag::cut_out) == 900'000);
}

TEST_CASE("output that was cut before the supervisor was killed is told of, and no more is kept") {
    Bed bed;
    const Gate gate(bed.path("gate"));
    const Gate written(bed.path("written"));
    auto channel = bed.connect();
    const auto id = channel->run(
        "a",
        gate.wait() + "; head -c 1000000 /dev/zero; " + written.opening() + "; " + gate.wait() +
            "; echo more",
        [](Frame& frame) { frame.number(Tag::durable, 1).number(Tag::output_limit, 100'000); });
    channel->begun(id);
    const pid_t supervisor = channel->supervisor();
    channel.reset();
    gate.open();
    // The pipe takes less than what is beyond the limit.
    written.pass();
    Bed::kill_and_wait(supervisor);
    channel = bed.connect();
    gate.open();
    const Ended ended = channel->ended(channel->attach("a").first);
    CHECK(ended.out == std::string(100'000, '\0'));
    CHECK(ended.frame.number(Tag::cut_out) >= 450'000);
    CHECK(ended.frame.number(Tag::length_out) == 100'000 + ended.frame.number(Tag::cut_out));
}

TEST_CASE("a journal whose end is cut is read up to there; one that is damaged has another epoch") {
    Bed bed;
    auto channel = bed.connect();
    const std::string epoch = channel->hello().text(Tag::epoch);
    channel->ended(channel->run_durable("a", "exit 3"));
    Bed::leave(channel);
    const std::string journal = bed.shim_file("/journal");
    {
        // Its length promises more than follows.
        std::string head;
        put_number(head, 100, 4);
        std::ofstream(journal, std::ios::app | std::ios::binary) << head << "abcdefgh";
    }
    channel = bed.connect();
    CHECK(channel->hello().text(Tag::epoch) == epoch);
    CHECK(channel->ended(channel->attach("a").first).code() == 3);
    Bed::leave(channel);
    {
        std::string head;
        put_number(head, 4, 4);
        std::ofstream(journal, std::ios::app | std::ios::binary) << head << "abcdefgh";
    }
    channel = bed.connect();
    CHECK(channel->hello().text(Tag::epoch) != epoch);
    CHECK(channel->ended(channel->attach("a").first).code() == 3);
}
