// SPDX-License-Identifier: MIT
//
// Jobs on one connection, with the shim's program over pipes.
#include "bed.h"
#include "support/program.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace remuda::shim;
using namespace remuda::test;
using std::chrono::seconds;

TEST_CASE("a job runs, and its exit code, output and usage come back") {
    Bed bed;
    const auto channel = bed.connect();
    CHECK(channel->hello().number(Tag::version) == kVersion);
    CHECK(channel->hello().text(Tag::program).size() == 64);
    CHECK(channel->hello().text(Tag::epoch).size() == 32);
    for (const bool is_durable : {false, true}) {
        CAPTURE(is_durable);
        const auto id = channel->run(is_durable ? "a.1" : "a.2", "echo out; echo err >&2; exit 7",
                                     [&](Frame& frame) { frame.number(Tag::durable, is_durable); });
        CHECK(channel->begun(id).type == FrameType::started);
        const Ended ended = channel->ended(id);
        CHECK(ended.kind() == EndKind::exited);
        CHECK(ended.code() == 7);
        CHECK(ended.out == "out\n");
        CHECK(ended.err == "err\n");
        CHECK(ended.frame.number(Tag::length_out) == 4);
        CHECK(ended.frame.number(Tag::wall) > 0);
        CHECK(ended.frame.number(Tag::memory) > 0);
    }
}

TEST_CASE("a signal that ends a job is named") {
    Bed bed;
    const auto channel = bed.connect();
    const Ended ended = channel->ended(channel->run("a", "kill -SEGV $$"));
    CHECK(ended.kind() == EndKind::signalled);
    CHECK(ended.frame.text(Tag::signal) == "SEGV");
}

TEST_CASE("a job has the login's environment with its own added, its directory and its niceness") {
    Bed bed;
    bed.options().environment.emplace_back("FROM_LOGIN", "yes");
    bed.options().environment.emplace_back("BOTH", "login");
    const auto channel = bed.connect();
    const auto id =
        channel->run("k-1", "echo $FROM_LOGIN $BOTH $OWN $REMUDA_KEY $(pwd) $(nice); ulimit -n",
                     [&](Frame& frame) {
                         frame.text(Tag::environment, "BOTH=job")
                             .text(Tag::environment, "OWN=a b")
                             .text(Tag::directory, "/")
                             .number(Tag::nice, 5);
                     });
    const Ended ended = channel->ended(id);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    CHECK(ended.out == "yes job a b k-1 / " +
                           std::to_string(std::min(19, 5 + ::getpriority(PRIO_PROCESS, 0))) + "\n" +
                           std::to_string(files.rlim_cur) + "\n");
}

TEST_CASE("a job has the umask of the login") {
    const mode_t before = ::umask(027);
    Bed bed;
    const auto channel = bed.connect();
    ::umask(before);
    const auto other = bed.connect();
    CHECK(channel->ended(channel->run("a", "umask")).out == "0027\n");
    const std::string usual = other->ended(other->run("b", "umask")).out;
    CHECK(std::stoul(usual, nullptr, 8) == before);
}

TEST_CASE("what cannot start is refused, with the reason, and nothing of it ran") {
    Bed bed;
    const auto channel = bed.connect();
    const auto reason = [&](const std::string& key, const std::string& script, auto more) {
        const Got got = channel->begun(channel->run(key, script, more));
        CHECK(got.type == FrameType::refused);
        return got.text(Tag::reason);
    };
    const auto durable = [](Frame& frame) { frame.number(Tag::durable, 1); };
    CHECK(reason("a", "echo", [](Frame& frame) { frame.text(Tag::directory, "/none"); }) ==
          "directory /none: No such file or directory");
    CHECK(reason("b", "echo", [](Frame& frame) {
              frame.number(Tag::durable, 1);
              frame.text(Tag::environment, "LONG=" + std::string(200'000, 'x'));
          }) == "its environment is too long");
    CHECK(reason("../b", "echo", durable) == "its key is none");
    const auto id = channel->run_durable("c", "true");
    channel->ended(id);
    CHECK(reason("c", "true", durable) == "its key is known already");
    // What was refused left no receipt.
    CHECK(channel->attach("b").second.number(Tag::state) ==
          static_cast<std::uint64_t>(AttachState::unknown));
}

TEST_CASE("a script may be longer than an argument of a program") {
    Bed bed;
    const auto channel = bed.connect();
    // The last lengths of an argument, and well above them.
    for (const std::size_t length : std::vector<std::size_t>{131'071, 131'072, 131'073, 900'000}) {
        // In the midst of a word and of a comment, and with what a file as $0 would change.
        std::string script = "# a comment\nread line; echo \"$0 $# $line\" >&2; echo ";
        const std::string end = "; [ ! -e /proc/self/fd/9 ] || exit 8; echo end; exit 7";
        const std::string word(length - script.size() - end.size(), 'w');
        script += word + end;
        REQUIRE(script.size() == length);
        const Ended ended =
            channel->ended(channel->run("n" + std::to_string(length), script, [](Frame& frame) {
                frame.number(Tag::durable, 1).text(Tag::input, "input\n");
            }));
        CHECK(ended.code() == 7);
        CHECK((ended.out == word + "\nend\n"));
        CHECK(ended.err == "sh 0 input\n");
    }
}

TEST_CASE("input comes whole or in parts, small and large") {
    Bed bed;
    const auto channel = bed.connect();
    for (const bool is_durable : {false, true}) {
        CAPTURE(is_durable);
        const std::string key = is_durable ? "d" : "n";
        for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{700'000}}) {
            CAPTURE(size);
            const auto id = channel->run(key + std::to_string(size), "wc -c", [&](Frame& frame) {
                frame.text(Tag::input, std::string(size, 'x')).number(Tag::durable, is_durable);
            });
            CHECK(channel->ended(id).out == std::to_string(size) + "\n");
        }
        const auto id = channel->run(key, "cat", [&](Frame& frame) {
            frame.number(Tag::input_follows, 1).number(Tag::durable, is_durable);
        });
        const Got started = channel->begun(id);
        CHECK(started.number(Tag::window) == kDefaultWindow);
        std::string sent;
        for (int i = 0; i < 100; ++i) {
            const std::string part = std::string(1000, static_cast<char>('a' + i % 26));
            sent += part;
            Frame(channel->frames(), FrameType::input, id).raw(part);
        }
        {
            const Frame end(channel->frames(), FrameType::input_end, id);
        }
        channel->send();
        CHECK(channel->ended(id).out == sent);
    }
}

TEST_CASE("input that nobody reads harms nobody") {
    Bed bed;
    const auto channel = bed.connect();
    const auto id = channel->run("a", "exec <&-; echo closed; sleep 0.01",
                                 [](Frame& frame) { frame.number(Tag::input_follows, 1); });
    channel->begun(id);
    CHECK(channel->output(id, 7) == "closed\n");
    Frame(channel->frames(), FrameType::input, id).raw(std::string(200'000, 'x'));
    channel->send();
    CHECK(channel->ended(id).code() == 0);
}

TEST_CASE("no more output is sent than there is credit for") {
    Bed bed;
    const auto channel = bed.connect();
    for (const bool is_durable : {false, true}) {
        CAPTURE(is_durable);
        const auto id =
            channel->run(is_durable ? "d" : "n", "head -c 3000000 /dev/zero", [&](Frame& frame) {
                frame.number(Tag::window, 1000).number(Tag::durable, is_durable);
            });
        CHECK(channel->output(id, 1000).size() == 1000);
        // A pong would come after more of it.
        {
            const Frame ping(channel->frames(), FrameType::ping, 99);
        }
        channel->send();
        const Got next = channel->wait_for([](const Got& got) {
            return got.type == FrameType::pong || got.type == FrameType::output;
        });
        CHECK(next.type == FrameType::pong);
        Frame(channel->frames(), FrameType::credit, id).number(Tag::amount, 1 << 20);
        channel->send();
        const Ended ended = channel->ended(id);
        CHECK(ended.out.size() == 2'999'000);
        CHECK(ended.frame.number(Tag::length_out) == 3'000'000);
    }
}

TEST_CASE("a job ends when its output is closed by all who hold it") {
    Bed bed;
    const auto channel = bed.connect();
    const Gate gate(bed.path("gate"));
    const auto id = channel->run("a", "(" + gate.wait() + "; echo late) & echo early");
    CHECK(channel->output(id, 6) == "early\n");
    gate.open();
    CHECK(channel->ended(id).out == "late\n");
}

TEST_CASE("a job has lasted as long as anything of it did") {
    Bed bed;
    const auto channel = bed.connect();
    const auto id = channel->run(
        "a", "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 60; done' & wait",
        [](Frame& frame) { frame.number(Tag::time_limit, 200).number(Tag::grace, 300); });
    const Ended ended = channel->ended(id);
    CHECK(ended.kind() == EndKind::timed_out);
    CHECK(ended.frame.number(Tag::wall) >= 500'000);
}

TEST_CASE("a time limit reaches what a job has sent into the background") {
    Bed bed;
    const auto channel = bed.connect();
    for (const bool is_durable : {false, true}) {
        CAPTURE(is_durable);
        const auto id = channel->run(
            is_durable ? "d" : "n",
            "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 60; done' & "
            "(env -i setsid sleep 1000 & echo $!) & wait",
            [&](Frame& frame) {
                frame.number(Tag::time_limit, 300)
                    .number(Tag::grace, 1)
                    .number(Tag::durable, is_durable);
            });
        const Ended ended = channel->ended(id);
        CHECK(ended.kind() == EndKind::timed_out);
        std::istringstream pids(ended.out);
        pid_t pid = 0;
        int count = 0;
        while (pids >> pid) {
            ++count;
            CHECK(wait_until_ended(pid, seconds(60)));
        }
        CHECK(count == 2);
    }
}

TEST_CASE("a job that is cancelled says so, unless it ended well by itself") {
    Bed bed;
    const auto channel = bed.connect();
    const auto cancel = [&](std::uint64_t id, std::string_view signal, bool has_grace) {
        {
            Frame frame(channel->frames(), FrameType::cancel, id);
            if (!signal.empty()) frame.text(Tag::signal, signal);
            if (has_grace) frame.number(Tag::grace, 0);
        }
        channel->send();
    };
    auto id = channel->run("a", "echo up; exec sleep 1000");
    channel->output(id, 3);
    cancel(id, "", false);
    Ended ended = channel->ended(id);
    CHECK(ended.kind() == EndKind::cancelled);
    CHECK(ended.frame.text(Tag::signal) == "TERM");

    id = channel->run("b", "trap '' TERM; echo up; while :; do sleep 1000; done");
    channel->output(id, 3);
    cancel(id, "", true);
    ended = channel->ended(id);
    CHECK(ended.kind() == EndKind::cancelled);
    CHECK(ended.frame.text(Tag::signal) == "KILL");

    id = channel->run("c", "trap 'exit 0' INT; sleep 1000 >&- 2>&- & echo up; wait");
    channel->output(id, 3);
    cancel(id, "INT", false);
    ended = channel->ended(id);
    CHECK(ended.kind() == EndKind::exited);
    CHECK(ended.code() == 0);
}

TEST_CASE("TERM is for what lives, not for what it starts to clean up") {
    Bed bed;
    const auto channel = bed.connect();
    std::vector<std::uint64_t> ids;
    // Many at once, so that looking for their processes takes as long as it takes them to answer.
    for (int i = 0; i < 20; ++i) {
        ids.push_back(channel->run(
            std::to_string(i),
            "trap 'sleep 0.3; echo one $?; sleep 0.1; echo two $?; exit 3' TERM; sleep 50 & wait",
            [](Frame& frame) {
                frame.number(Tag::time_limit, 1500).number(Tag::grace, 20'000);
                frame.number(Tag::durable, 1);
            }));
    }
    for (const auto id : ids)
        CHECK(channel->ended(id).out == "one 0\ntwo 0\n");
}

TEST_CASE("what is to end has ended when nothing of it lives, also of what is silent") {
    Bed bed;
    const auto channel = bed.connect();
    for (const bool is_durable : {false, true}) {
        CAPTURE(is_durable);
        const std::string name = is_durable ? "durable" : "other";
        const std::string mark = bed.path(name);
        const auto cleans_up =
            channel->run("cleans." + name,
                         "sh -c 'trap \"sleep 0.3; echo >" + mark +
                             "; exit\" TERM; sleep 1000 & wait' >/dev/null 2>&1 & wait",
                         [&](Frame& frame) {
                             frame.number(Tag::time_limit, 300).number(Tag::grace, 60'000);
                             frame.number(Tag::durable, is_durable);
                         });
        CHECK(channel->ended(cleans_up).kind() == EndKind::timed_out);
        CHECK(std::filesystem::exists(mark));

        const auto ignores = channel->run(
            "ignores." + name,
            "sh -c 'trap \"\" TERM; echo $$; exec >/dev/null 2>&1; while :; do sleep 60; done' &"
            "wait",
            [&](Frame& frame) {
                frame.number(Tag::time_limit, 300).number(Tag::grace, 200);
                frame.number(Tag::durable, is_durable);
            });
        const Ended ended = channel->ended(ignores);
        CHECK(ended.kind() == EndKind::timed_out);
        CHECK(ended.frame.number(Tag::wall) >= 500'000);
        CHECK(wait_until_ended(static_cast<pid_t>(std::stol(ended.out)), seconds(60)));
    }
}

TEST_CASE("what a job forks while it is sent TERM is sent it too") {
    Bed bed;
    const auto channel = bed.connect();
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(channel->run(
            std::to_string(i), "i=0; while [ $i -lt 100 ]; do i=$((i+1)); sleep 1000 & done; wait",
            [&](Frame& frame) {
                frame.number(Tag::time_limit, 20 + 10 * static_cast<std::uint64_t>(i));
                frame.number(Tag::grace, 600'000);
            }));
    }
    // Within what a channel waits for a frame, which is less than the grace.
    for (const auto id : ids)
        CHECK(channel->ended(id).kind() == EndKind::timed_out);
}

TEST_CASE("a job that starts its successor again and again has ended when the last one has") {
    Bed bed;
    const auto channel = bed.connect();
    const std::string script = bed.path("successor");
    std::ofstream(script) << "trap '' TERM; sleep 0.0$2; echo >>$1; setsid sh $0 $1 $2"
                             " >/dev/null 2>&1 </dev/null &\n";
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 4; ++i) {
        ids.push_back(channel->run(
            std::to_string(i),
            "sh " + script + " " + bed.path("mark" + std::to_string(i)) + " " +
                std::to_string(2 + 2 * i) + "; exec sleep 1000",
            [&](Frame& frame) { frame.number(Tag::time_limit, 300).number(Tag::grace, 500); }));
    }
    for (int i = 0; i < 4; ++i) {
        const Ended ended = channel->ended(ids[static_cast<std::size_t>(i)]);
        CHECK(ended.frame.number(Tag::wall) >= 800'000);
        const std::string mark = bed.path("mark" + std::to_string(i));
        const auto size = std::filesystem::file_size(mark);
        // Several generations later.
        channel->ended(channel->run("wait" + std::to_string(i), "sleep 0.5"));
        CHECK(std::filesystem::file_size(mark) == size);
    }
}

TEST_CASE("jobs that are not durable end with their connection") {
    Bed bed;
    auto first = bed.connect();
    const auto other = bed.connect();
    const auto id = first->run("a", "setsid sleep 1000 & echo $!; exec sleep 1000");
    const pid_t background = std::stoi(first->output(id, 1));
    first.reset();
    CHECK(wait_until_ended(background, seconds(60)));
    // And leave nothing behind.
    CHECK(other->attach("a").second.number(Tag::state) ==
          static_cast<std::uint64_t>(AttachState::unknown));
}

TEST_CASE("a malformed frame ends its connection with a fault, and no other") {
    Bed bed;
    const auto other = bed.connect();
    std::string bytes;
    const auto check_fault = [&](std::string_view raw) {
        const auto channel = bed.connect();
        channel->send_bytes(raw);
        CHECK(channel->wait_for(FrameType::fault, 0).type == FrameType::fault);
        CHECK(channel->is_closed_by_shim());
    };
    put_number(bytes, kMostPayload + 1, 4);
    put_number(bytes, static_cast<std::uint64_t>(FrameType::ping), 4);
    put_number(bytes, 0, 8);
    check_fault(bytes);
    for (const FrameType type :
         {FrameType::hello, FrameType::run, FrameType::cancel, FrameType::attach, FrameType::list,
          FrameType::release, FrameType::credit}) {
        bytes.clear();
        Frame(bytes, type, 1).raw("\x03\xff\xff\xff\xff");
        check_fault(bytes);
    }
    // Unknown types and tags are passed over.
    Frame(other->frames(), static_cast<FrameType>(50), 1).raw("anything");
    {
        const Frame ping(other->frames(), FrameType::ping, 5);
    }
    other->send();
    CHECK(other->wait_for(FrameType::pong, 5).id == 5);
}

TEST_CASE("a probe is answered without a process") {
    Bed bed;
    const auto channel = bed.connect();
    constexpr std::uint64_t count = 2000;
    for (std::uint64_t i = 0; i < count; ++i) {
        Frame(channel->frames(), FrameType::run, i + 10).number(Tag::probe, 1);
    }
    channel->send();
    CHECK(channel->ended(count + 9).code() == 0);
}

TEST_CASE("facts tell of the host") {
    Bed bed;
    const auto channel = bed.connect();
    {
        const Frame facts(channel->frames(), FrameType::facts, 3);
    }
    channel->send();
    const std::string json = channel->wait_for(FrameType::shim_facts, 3).text(Tag::text);
    CAPTURE(json);
    for (const char* name : {"cpus", "memory_total", "memory_available", "load", "disk_free",
                             "boot", "kernel", "host_name", "gpus"}) {
        CHECK(json.find('"' + std::string(name) + "\":") != std::string::npos);
    }
}

TEST_CASE("the supervisor ends when nobody needs it, and the next connection starts another") {
    Bed bed;
    auto channel = bed.connect();
    const pid_t first = channel->supervisor();
    const pid_t nanny = Bed::parent_of(first);
    const std::string epoch = channel->hello().text(Tag::epoch);
    channel.reset();
    CHECK(wait_until_ended(first, seconds(60)));
    CHECK(wait_until_ended(nanny, seconds(60)));
    channel = bed.connect();
    CHECK(channel->supervisor() != first);
    CHECK(channel->hello().text(Tag::epoch) == epoch);
}

TEST_CASE("many fronts at once find one supervisor") {
    Bed bed;
    // Started side by side, before there is one.
    std::array<std::future<std::unique_ptr<Channel>>, 8> fronts;
    for (auto& front : fronts) {
        front = std::async(std::launch::async, [&] { return bed.connect(); });
    }
    std::array<std::unique_ptr<Channel>, 8> channels;
    for (std::size_t i = 0; i < channels.size(); ++i)
        channels.at(i) = fronts.at(i).get();
    for (const auto& channel : channels) {
        CHECK(channel->supervisor() == channels.front()->supervisor());
        CHECK(channel->ended(channel->run("k" + std::to_string(channel->front()), "echo hi")).out ==
              "hi\n");
    }
}

TEST_CASE("a folder that others can write, or that cannot be made, is refused") {
    Bed bed;
    std::filesystem::create_directories(bed.options().folder);
    std::filesystem::permissions(bed.options().folder, std::filesystem::perms::all);
    std::vector<std::string> argv = bed.options().program;
    for (const std::string& word : {std::string("serve"), std::string("--dir")})
        argv.push_back(word);
    argv.push_back(bed.options().folder);
    Finished finished =
        run_program({"sh", "-c", "true | \"$@\" | cat", "sh", argv[0], argv[1], argv[2], argv[3]});
    CHECK(finished.errors.find("can be written by others") != std::string::npos);
    finished = run_program(
        {"sh", "-c", "true | \"$@\" | cat", "sh", argv[0], argv[1], argv[2], "/proc/none"});
    CHECK(finished.errors.find("/proc/none: ") != std::string::npos);
}

TEST_CASE("a folder whose path is longer than a socket's may be serves too") {
    Bed bed;
    bed.options().folder += "/" + std::string(150, 'x') + "/" + std::string(100, 'y');
    const auto channel = bed.connect();
    CHECK(channel->ended(channel->run("a", "echo hi")).out == "hi\n");
}

TEST_CASE("whoever asks for a key that is not known cuts the controller that gave it") {
    Bed bed;
    const std::string run(32, 'a');
    const auto giver = bed.connect(run);
    const auto id = giver->run_durable("a-1", "sleep 1000");
    giver->begun(id);
    const auto successor = bed.connect(std::string(32, 'b'));
    const auto attach = [&](std::uint64_t number, const std::string& key) {
        Frame(successor->frames(), FrameType::attach, number)
            .text(Tag::key, key)
            .text(Tag::controller, run);
        successor->send();
        return static_cast<AttachState>(
            successor->wait_for(FrameType::attached, number).number(Tag::state));
    };
    // Both see a job that is known.
    CHECK(attach(50, "a-1") == AttachState::running);
    {
        const Frame ping(giver->frames(), FrameType::ping, 5);
    }
    giver->send();
    CHECK(giver->wait_for(FrameType::pong, 5).id == 5);
    CHECK(attach(51, "a-2") == AttachState::unknown);
    CHECK(giver->is_closed_by_shim());
    CHECK(attach(52, "a-1") == AttachState::running);
}

TEST_CASE("an older connection of the same controller is cut, with what it sent and was not read") {
    Bed bed;
    const std::string store(32, 'a');
    const auto first = bed.connect(store);
    const auto stranger = bed.connect(std::string(32, 'b'));
    const auto second = bed.connect(store);
    CHECK(first->is_closed_by_shim());
    {
        const Frame ping(stranger->frames(), FrameType::ping, 5);
    }
    stranger->send();
    CHECK(stranger->wait_for(FrameType::pong, 5).id == 5);
}

TEST_CASE("ending a job does not reach one that is being started in a directory") {
    Bed bed;
    const auto channel = bed.connect();
    for (int round = 0; round < 50; ++round) {
        const std::string number = std::to_string(round);
        const auto old = channel->run("old" + number, "exec sleep 1000");
        channel->wait_for(FrameType::started, old);
        // Both at once: what is started has copies of all pipes for a moment.
        Frame(channel->frames(), FrameType::cancel, old).text(Tag::signal, "TERM");
        const auto fresh = channel->run("new" + number, "echo hi",
                                        [](Frame& frame) { frame.text(Tag::directory, "/tmp"); });
        const Ended ended = channel->ended(fresh);
        CHECK(ended.kind() == EndKind::exited);
        CHECK(ended.out == "hi\n");
        channel->ended(old);
    }
}
