// SPDX-License-Identifier: MIT
#include "remuda/shim/shim_transport.h"

#include "remuda/shim/programs.h"
#include "scripted_host.h"
#include "shim/conversation.h"
#include "support/execution.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace remuda;
using loop::Loop;
using loop::Stop;
using loop::Task;
using model::Exited;
using model::Lost;
using model::Outcome;
using shim::AttachState;
using shim::FrameType;
using shim::ShimSettings;
using shim::ShimTransport;
using shim::Tag;
using test::collect;
using test::CommandResult;
using test::ScriptedChannel;
using test::ScriptedHost;
using test::SentFrame;
using transport::Command;
using transport::Keeper;

namespace {

struct World {
    explicit World(ShimSettings with = {}) : settings(std::move(with)) {
        settings.durable = true;
        settings.controller = "store";
        settings.notice = [this](const std::string& name, const std::string& text) {
            notices += name + ": " + text + "\n";
        };
        machine.name = "box";
    }

    using Story = std::function<Task<>(World&, ShimTransport&)>;
    /// Opens, lets the story happen, closes.
    void live(const Story& story) {
        REQUIRE_FALSE(shim::programs().empty());
        auto made = shim::make_shim_transport(
            loop, std::make_unique<test::ScriptedTransport>(loop, host), machine, settings);
        loop.run(open_and_live(*made, story));
    }
    Task<> open_and_live(ShimTransport& transport, Story story) {
        Stop stop;
        opened = co_await transport.open(stop);
        if (story) co_await story(*this, transport);
        co_await transport.close(loop.now() + 2s);
    }
    /// Until everything that is under way has been done.
    Task<> settle() {
        Stop never;
        co_await loop.sleep_until(loop.now() + 1ms, never);
    }
    [[nodiscard]] ScriptedChannel& channel(std::size_t index = 0) const {
        REQUIRE(index < host.channels.size());
        return *host.channels[index];
    }
    [[nodiscard]] SentFrame only_frame(FrameType type, std::size_t index = 0) const {
        const auto frames = channel(index).frames(type);
        REQUIRE(frames.size() == 1);
        return frames.front();
    }

    Loop loop{Loop::ClockKind::simulated};
    ScriptedHost host;
    model::Host machine;
    ShimSettings settings;
    std::string notices;
    Result<void> opened = Error(Code::stopped, "not tried");
};

Command keyed(std::string script, std::string key = "run-1") {
    Command command{std::move(script)};
    command.key = std::move(key);
    return command;
}

// --- Stories.

Task<> run_one(World& world, ShimTransport& transport) {
    const auto execution = transport.start(Command{"echo hi"});
    co_await world.settle();
    const SentFrame run = world.only_frame(FrameType::run);
    CHECK(run.text(Tag::script) == "echo hi");
    world.channel().say_started(run.id);
    world.channel().say_output(run.id, 0, "hi\n");
    world.channel().say_exited(run.id, 3);
    CommandResult result;
    co_await collect(*execution, result);
    CHECK(result.out == "hi\n");
    CHECK(result.outcome == Outcome(Exited{3}));
    CHECK(result.usage.value_or(model::Usage()).wall == 5us);
    CHECK(transport.keeper() == Keeper{"boot", "epoch"});
}

Task<> run_without(World& world, ShimTransport& transport) {
    CHECK_FALSE(transport.has_shim());
    CHECK_FALSE(transport.keeper());
    const std::size_t before = world.host.channels.size();
    const auto execution = transport.start(Command{"echo plain"});
    CHECK(world.host.channels.size() == before + 1);
    CHECK(world.channel(before).script == "echo plain");
    co_return;
}

Task<> go_on_after_a_cut(World& world, ShimTransport& transport) {
    const auto with_key = transport.start(keyed("one"));
    const auto without = transport.start(Command{"two"});
    co_await world.settle();
    const auto runs = world.channel().frames(FrameType::run);
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].number(Tag::durable) == 1);
    CHECK(runs[1].number(Tag::durable) == 0);
    world.channel().say_started(runs[0].id);
    world.channel().say_output(runs[0].id, 0, "first ");
    co_await world.settle();
    world.channel().is_stalled = true;
    const auto unsent = transport.start(Command{"three"});
    co_await world.settle();
    world.channel().cut();
    co_await world.settle();

    CommandResult lost;
    co_await collect(*without, lost);
    CHECK(lost.outcome == Outcome(Lost{"the connection broke"}));

    const auto frames = world.channel(1).frames();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].type == FrameType::hello);
    CHECK(frames[1].type == FrameType::attach);
    CHECK(frames[1].text(Tag::key) == "run-1");
    CHECK(frames[1].number(Tag::offset_out) == 6);
    CHECK(frames[2].type == FrameType::run);
    CHECK(frames[2].text(Tag::script) == "three");
    world.channel(1).say_attached(frames[1].id, AttachState::running);
    world.channel(1).say_output(frames[1].id, 6, "second");
    world.channel(1).say_exited(frames[1].id);
    world.channel(1).say_exited(frames[2].id, 7);
    CommandResult whole;
    co_await collect(*with_key, whole);
    CHECK(whole.out == "first second");
    CHECK(whole.outcome == Outcome(Exited{0}));
    CommandResult other;
    co_await collect(*unsent, other);
    CHECK(other.outcome == Outcome(Exited{7}));
}

Task<> be_unknown_after_a_cut(World& world, ShimTransport& transport, std::string boot,
                              CommandResult& silent, CommandResult& started) {
    const auto one = transport.start(keyed("one", "run-1"));
    const auto two = transport.start(keyed("two", "run-2"));
    co_await world.settle();
    world.channel().say_started(world.channel().frames(FrameType::run).at(1).id);
    co_await world.settle();
    world.host.on_channel = [boot](ScriptedChannel& channel) {
        channel.say_ready();
        channel.say_hello(boot);
    };
    world.channel().cut();
    co_await world.settle();
    for (const SentFrame& attach : world.channel(1).frames(FrameType::attach))
        world.channel(1).say_attached(attach.id, AttachState::unknown);
    co_await collect(*one, silent);
    co_await collect(*two, started);
}

Task<> be_cut_for_good(World& world, ShimTransport& transport) {
    const auto with_key = transport.start(keyed("one"));
    co_await world.settle();
    world.host.on_channel = [](ScriptedChannel& channel) {
        channel.end(transport::Refused{"no route to host"});
    };
    world.channel().is_stalled = true;
    const auto unsent = transport.start(keyed("two", "run-2"));
    co_await world.settle();
    world.channel().cut();
    Stop never;
    const Error reason = co_await transport.failed(never);
    CHECK(reason.text() == "no route to host");
    CommandResult detached;
    co_await collect(*with_key, detached);
    CHECK(detached.detachment == "no route to host");
    CommandResult refused;
    co_await collect(*unsent, refused);
    CHECK(refused.refusal == "no route to host");
    CommandResult late;
    co_await collect(*transport.start(Command{"three"}), late);
    CHECK(late.refusal == "no route to host");
}

Task<> attach_to(World& world, ShimTransport& transport, Keeper then, transport::Offsets from,
                 AttachState state, CommandResult& result) {
    const auto execution = transport.attach("run-9", from, then, 3s);
    co_await world.settle();
    const SentFrame attach = world.only_frame(FrameType::attach);
    world.channel().say_attached(attach.id, state);
    if (state != AttachState::unknown) {
        world.channel().say_output(attach.id, from.out, "rest");
        world.channel().say_exited(attach.id, 1);
    }
    co_await collect(*execution, result);
}

Task<> cancel_attached(World& world, ShimTransport& transport) {
    const auto execution = transport.attach("run-9", {}, {"boot", "epoch"}, 3s);
    co_await world.settle();
    world.channel().say_attached(world.only_frame(FrameType::attach).id, AttachState::running);
    co_await world.settle();
    execution->signal("TERM");
    co_await world.settle();
    CHECK(world.only_frame(FrameType::cancel).number(Tag::grace) == 3000);
}

CommandResult attached(const Keeper& then, transport::Offsets from, AttachState state,
                       const std::string& machine = "") {
    CommandResult result;
    World world_of_it;
    world_of_it.host.on_channel = [machine](ScriptedChannel& channel) {
        channel.say_ready();
        channel.say_hello("boot", "epoch", machine);
    };
    world_of_it.live([&](World& world, ShimTransport& transport) {
        return attach_to(world, transport, then, from, state, result);
    });
    return result;
}

Task<> send_signals(World& world, ShimTransport& transport) {
    Command command{"sleep 100"};
    command.grace = 3s;
    auto execution = transport.start(std::move(command));
    execution->signal("TERM");
    execution->signal("KILL");
    co_await world.settle();
    auto cancels = world.channel().frames(FrameType::cancel);
    REQUIRE(cancels.size() == 2);
    CHECK(cancels[0].text(Tag::signal) == "TERM");
    CHECK(cancels[0].number(Tag::grace) == 3000);
    CHECK(cancels[1].text(Tag::signal) == "KILL");
    CHECK(cancels[1].all(Tag::grace).empty());
    // Abandoned.
    execution.reset();
    co_await world.settle();
    cancels = world.channel().frames(FrameType::cancel);
    REQUIRE(cancels.size() == 1);
    CHECK(cancels[0].text(Tag::signal) == "TERM");
}

Task<> hold_output_back(World& world, ShimTransport& transport) {
    const auto execution = transport.start(Command{"yes"});
    co_await world.settle();
    const SentFrame run = world.only_frame(FrameType::run);
    // Less than would have the window grow.
    const std::uint64_t written = shim::kDefaultWindow / 2;
    world.channel().say_output(run.id, 0, std::string(written, 'y'));
    co_await world.settle();
    CHECK(world.channel().frames(FrameType::credit).empty());
    std::uint64_t taken = 0;
    while (taken < written) {
        const auto happening = co_await execution->next();
        taken += std::get<transport::Output>(happening).bytes.size();
    }
    co_await world.settle();
    std::uint64_t given = 0;
    for (const SentFrame& credit : world.channel().frames(FrameType::credit))
        given += credit.number(Tag::amount);
    CHECK(given == taken);
}

Task<> run_out_of_room(World& world, ShimTransport& transport) {
    CHECK(transport.keeper().has_value());
    const auto first = transport.start(keyed("one"));
    co_await world.settle();
    std::string refused;
    shim::Frame(refused, FrameType::refused, world.only_frame(FrameType::run).id)
        .text(Tag::reason, "no space")
        .number(Tag::no_room, 1);
    world.channel().say(refused);
    CHECK(std::holds_alternative<transport::Refused>(co_await first->next()));
    // What is on record as durable must not run without its receipt; others go without the shim.
    CHECK_FALSE(transport.keeper().has_value());
    const auto second = transport.start(keyed("two", "run-2"));
    CHECK(std::holds_alternative<transport::Refused>(co_await second->next()));
    const auto third = transport.start(Command{"three"});
    co_await world.settle();
    CHECK(world.channel().frames(FrameType::run).empty());
    CHECK(world.channel(1).script == "three");
    CHECK(world.notices.find("no space") != std::string::npos);
}

Task<> release_and_ask(World& world, ShimTransport& transport) {
    transport.release("run-1");
    transport.release("run-2");
    co_await world.settle();
    CHECK(world.only_frame(FrameType::release).all(Tag::key) ==
          std::vector<std::string>{"run-1", "run-2"});
}

Task<> ask_facts(World& world, ShimTransport& transport) {
    world.host.on_channel = nullptr;
    Stop never;
    const auto late = co_await transport.facts(world.loop.now() + 1s, never);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == Code::timed_out);
}

Task<> list_without_end(World& world, ShimTransport& transport) {
    Stop never;
    loop::Scope scope(world.loop);
    const auto answer = [](World& of) -> Task<> {
        co_await of.settle();
        const SentFrame list = of.only_frame(FrameType::list);
        std::string entry(1, static_cast<char>(Tag::script));
        shim::put_number(entry, 900'000, 4);
        entry.append(900'000, 'x');
        std::string frame;
        shim::Frame(frame, FrameType::listed, list.id).text(Tag::entry, entry).number(Tag::more, 1);
        for (int i = 0; i < 150; ++i)
            of.channel().say(frame);
    };
    scope.spawn(answer(world));
    const auto listed = co_await transport.list("", world.loop.now() + 10s, never);
    co_await scope.join();
    REQUIRE_FALSE(listed);
    CHECK(listed.error().text() == "the host lists more than 128 MiB of receipts");
}

Task<> write_input(World& world, ShimTransport& transport) {
    Command command{"cat"};
    command.input = "a";
    command.input_follows = true;
    const auto execution = transport.start(std::move(command));
    execution->write("b");
    co_await world.settle();
    CHECK(execution->unsent() == 1);
    const SentFrame run = world.only_frame(FrameType::run);
    CHECK(run.text(Tag::input) == "a");
    world.channel().say_started(run.id, 1000);
    co_await world.settle();
    CHECK(execution->unsent() == 0);
    CHECK(world.only_frame(FrameType::input).payload == "b");
    execution->end_input();
    co_await world.settle();
    CHECK(world.channel().frames(FrameType::input_end).size() == 1);
}

Task<> break_the_protocol(World& world, ShimTransport& transport) {
    const auto execution = transport.start(keyed("one"));
    co_await world.settle();
    const SentFrame run = world.only_frame(FrameType::run);
    world.channel().say_output(run.id, 99, "out of order");
    co_await world.settle();
    CHECK(world.channel().is_input_ended);
    const SentFrame attach = world.only_frame(FrameType::attach, 1);
    world.channel(1).say_attached(attach.id, AttachState::ended);
    world.channel(1).say_exited(attach.id);
    CommandResult result;
    co_await collect(*execution, result);
    CHECK(result.outcome == Outcome(Exited{0}));
}

Task<> leave_running(World& world, ShimTransport& transport, CommandResult& with_key,
                     CommandResult& without) {
    const auto one = transport.start(keyed("one"));
    const auto two = transport.start(Command{"two"});
    co_await world.settle();
    transport.release("run-0");
    co_await transport.close(world.loop.now() + 2s);
    CHECK(world.channel().frames(FrameType::release).size() == 1);
    CHECK(world.channel().is_input_ended);
    co_await collect(*one, with_key);
    co_await collect(*two, without);
}

}  // namespace

TEST_CASE("a command runs by the shim, and what it used is told") {
    World world;
    world.live(run_one);
    CHECK(world.opened);
    CHECK(world.notices.empty());
}

TEST_CASE("a program that is missing is pushed, and hello is said again behind it") {
    World world;
    world.host.on_channel = [](ScriptedChannel& channel) {
        channel.say("Welcome\n" + channel.mark + " need " +
                    std::string(shim::programs()[0].machine) + "\n");
    };
    const World::Story story = run_one;
    // The program has come: the script goes on.
    const auto push = [](World& of, Stop& stop) -> Task<> {
        const auto size = shim::programs()[0].bytes.size();
        const auto hello = of.channel().frames();
        CHECK(hello.size() == 1);
        while (of.channel().written.size() < size)
            co_await of.loop.wait(of.host.changed, kNever, stop);
        of.channel().skip_frames_of(size);
        of.channel().say_ready();
        of.channel().say_hello();
    };
    const auto both = [](World& of, Task<> pushing, Task<> living) -> Task<> {
        loop::Scope scope(of.loop);
        scope.spawn(std::move(living));
        co_await of.settle();
        co_await std::move(pushing);
        co_await scope.join();
    };
    auto made = shim::make_shim_transport(
        world.loop, std::make_unique<test::ScriptedTransport>(world.loop, world.host),
        world.machine, world.settings);
    Stop stop;
    world.loop.run(both(world, push(world, stop), world.open_and_live(*made, story)));
    CHECK(world.opened);
}

TEST_CASE("where the shim cannot be, commands go without it, and one notice says so") {
    const auto notice_after = [](std::function<void(ScriptedChannel&)> on_channel) {
        World world;
        world.host.on_channel = [on_channel = std::move(on_channel),
                                 is_first = true](ScriptedChannel& channel) mutable {
            if (std::exchange(is_first, false)) on_channel(channel);
        };
        world.live(run_without);
        CHECK(world.opened);
        return world.notices;
    };
    CHECK(notice_after([](ScriptedChannel& channel) {
              channel.say(channel.mark + " cannot serve AIX: there is no shim for it\n");
          }) ==
          "box: runs without the shim (the host cannot serve AIX: there is no shim for it): each "
          "job takes a channel of its own, and ends when the connection does\n");
    CHECK(notice_after([](ScriptedChannel& channel) {
              channel.say_ready();
              channel.say("sh: 9: exec: /home/x: Permission denied\n", model::Stream::err);
              channel.end(transport::Ended{Exited{126}});
          }).find("the host says: sh: 9: exec: /home/x: Permission denied") != std::string::npos);
    CHECK(notice_after([](ScriptedChannel& channel) {
              channel.say_ready();
          }).find("does not answer within 20 s") != std::string::npos);
    CHECK(notice_after([](ScriptedChannel& channel) {
              channel.say_ready();
              channel.say(std::string(100, '\xff'));
          }).find("breaks its protocol") != std::string::npos);
    CHECK(notice_after([](ScriptedChannel& channel) {
              channel.say(channel.mark + " need pdp11\n");
          }).find("pdp11") != std::string::npos);
}

TEST_CASE("a shim that must be used and cannot makes opening fail") {
    ShimSettings settings;
    settings.use = ShimSettings::Use::always;
    World world(settings);
    world.host.on_channel = [](ScriptedChannel& channel) {
        channel.end(transport::Ended{Exited{1}});
    };
    world.live(nullptr);
    REQUIRE_FALSE(world.opened);
    CHECK(world.opened.error().text() == "no shim: the shim ended: exit 1");
    CHECK(world.notices.empty());
}

TEST_CASE("never means that nothing is asked of the host") {
    ShimSettings settings;
    settings.use = ShimSettings::Use::never;
    World world(settings);
    world.host.on_channel = [](ScriptedChannel&) {};
    world.live(run_without);
    CHECK(world.opened);
    CHECK(world.notices.empty());
    CHECK(world.host.channels.size() == 1);
}

TEST_CASE(
    "when a channel ends, what has a key goes on over another, and what was not sent is sent") {
    World world;
    world.live(go_on_after_a_cut);
}

TEST_CASE("an attempt of which the same supervisor knows nothing was never started") {
    CommandResult silent;
    CommandResult started;
    World().live([&](World& world, ShimTransport& transport) {
        return be_unknown_after_a_cut(world, transport, "boot", silent, started);
    });
    CHECK(silent.refusal == "it was never started");
    // Of one that was there, that it is unknown says nothing.
    CHECK(started.outcome == Outcome(Lost{"the host has no receipt of it any more"}));
}

TEST_CASE("after a restart of the host nobody knows what became of an attempt without a receipt") {
    CommandResult silent;
    CommandResult started;
    World().live([&](World& world, ShimTransport& transport) {
        return be_unknown_after_a_cut(world, transport, "another boot", silent, started);
    });
    CHECK(silent.outcome == Outcome(Lost{"the host was restarted"}));
    CHECK(started.outcome == Outcome(Lost{"the host was restarted"}));
}

TEST_CASE("when the host cannot be reached again, what has a key is detached, the rest refused") {
    World().live(be_cut_for_good);
}

TEST_CASE("an attempt of an earlier run is attached to") {
    const Keeper same{"boot", "epoch"};
    const CommandResult running = attached(same, {10, 0}, AttachState::running);
    CHECK(running.out == "rest");
    CHECK(running.outcome == Outcome(Exited{1}));
    CHECK(attached(same, {}, AttachState::ended).out == "rest");
    CHECK(attached(same, {}, AttachState::unknown).refusal == "it was never started");
    CHECK(std::holds_alternative<Lost>(attached(same, {1, 0}, AttachState::unknown).outcome));
    // Who only follows knows no epoch, and tells no outcome.
    CHECK(attached({"boot", ""}, {1, 0}, AttachState::unknown).detachment ==
          "its own remuda has its end");
    CHECK(attached({"boot", ""}, {}, AttachState::unknown).detachment ==
          "its own remuda has its end");
    // Another machine has the name of its host; or only one of the two has told which it is.
    CHECK(attached({"other@one", "epoch"}, {}, AttachState::unknown, "two").detachment ==
          "another machine answers in the place of its host");
    CHECK(attached({"other@one", "epoch"}, {}, AttachState::unknown, "one").outcome ==
          Outcome(Lost{"the host was restarted"}));
    CHECK(attached({"other@one", "epoch"}, {}, AttachState::unknown).outcome ==
          Outcome(Lost{"the host was restarted"}));
    CHECK(attached({"boot@one", "epoch"}, {}, AttachState::unknown, "one").refusal ==
          "it was never started");
    CHECK(attached(same, {}, AttachState::unknown, "one").refusal == "it was never started");
    CHECK(attached({"other", "epoch"}, {}, AttachState::unknown).outcome ==
          Outcome(Lost{"the host was restarted"}));
    CHECK(attached({"boot", "other"}, {}, AttachState::unknown).outcome ==
          Outcome(Lost{"the host has no receipt of it any more"}));
}

TEST_CASE("signals become cancellations, with the grace from TERM to KILL") {
    World().live(send_signals);
    World().live(cancel_attached);
}

TEST_CASE("output that nobody takes is held back, and its credit given when it is taken") {
    World().live(hold_output_back);
}

TEST_CASE("where the disk takes no receipts, what is to come goes without the shim") {
    World().live(run_out_of_room);
}

TEST_CASE("releases are gathered, and a question that is not answered has a deadline") {
    World().live(release_and_ask);
    World().live(ask_facts);
}

TEST_CASE("a host that lists receipts without end is told off") {
    World().live(list_without_end);
}

TEST_CASE("what is written goes within the window, and its end behind it") {
    World().live(write_input);
}

TEST_CASE("a shim that breaks the protocol is left, and another started") {
    World().live(break_the_protocol);
}

TEST_CASE("closing leaves what has a key to the host, and sends what was to be released") {
    CommandResult with_key;
    CommandResult without;
    World().live([&](World& world, ShimTransport& transport) {
        return leave_running(world, transport, with_key, without);
    });
    CHECK(with_key.detachment == "the connection was closed");
    CHECK(without.outcome == Outcome(Lost{"the connection was closed while it ran"}));
}
