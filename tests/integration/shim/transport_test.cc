// SPDX-License-Identifier: MIT
//
// ShimTransport with the program as it is pushed, by processes of this machine and over sshd.
#include "remuda/local/local.h"
#include "remuda/shim/programs.h"
#include "remuda/shim/shim_transport.h"
#include "remuda/ssh/client.h"
#include "support/execution.h"
#include "support/program.h"
#include "support/sshd.h"
#include "support/temp_dir.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace remuda;
using loop::Loop;
using loop::Scope;
using loop::Stop;
using loop::Task;
using model::Exited;
using model::Lost;
using model::Outcome;
using shim::ShimSettings;
using shim::ShimTransport;
using test::collect;
using test::CommandResult;
using transport::Command;
using transport::Execution;
using transport::Keeper;

namespace {

namespace fs = std::filesystem;

/// Living processes that run a program below `folder`.
std::vector<pid_t> running_from(const std::string& folder) {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code gone;
        const std::string program = fs::read_symlink(entry.path() / "exe", gone);
        if (!gone && program.starts_with(folder)) found.push_back(std::stoi(name));
    }
    return found;
}

/// A host whose shim has a folder of its own; by processes of this machine unless `plain` is set.
struct Bed {
    Bed() {
        settings.use = ShimSettings::Use::always;
        settings.durable = true;
        settings.controller = "0123456789abcdef";
        settings.dir = folder.path("cache/remuda");
        settings.notice = [this](const std::string& name, const std::string& text) {
            notices += name + " " + text + "\n";
        };
        machine.name = "box";
        machine.is_local = true;
    }
    ~Bed() {
        for (const pid_t pid : running_from(folder.path()))
            ::kill(pid, SIGKILL);
    }
    Bed(const Bed&) = delete;
    Bed& operator=(const Bed&) = delete;

    [[nodiscard]] std::unique_ptr<ShimTransport> make() {
        return shim::make_shim_transport(loop, plain ? plain() : local::make_local_transport(loop),
                                         machine, settings);
    }
    /// Opens, lets the story happen, closes.
    using Story = std::function<Task<>(Bed&, ShimTransport&)>;
    void live(const Story& story) {
        if (shim::programs().empty()) {
            MESSAGE("built without the shim's program");
            return;
        }
        const auto made = make();
        loop.run(open_and_live(*made, story));
        INFO((opened ? "" : opened.error().text()));
        CHECK(opened);
    }
    Task<> open_and_live(ShimTransport& transport, Story story) {
        Stop stop;
        opened = co_await transport.open(stop);
        if (opened && story) co_await story(*this, transport);
        co_await transport.close(loop.now() + 2s);
    }
    CommandResult run(const Command& command) {
        CommandResult result;
        live([&](Bed&, ShimTransport& transport) {
            return test::run_whole_command(transport, command, result);
        });
        return result;
    }

    test::TempDir folder;
    Loop loop;
    model::Host machine;
    ShimSettings settings;
    std::function<std::unique_ptr<transport::Transport>()> plain;
    std::string notices;
    Result<void> opened = Error(Code::stopped, "not tried");
};

/// A pipe by name at which a job waits.
class Gate {
  public:
    explicit Gate(std::string path) : path_(std::move(path)) {
        REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    }
    [[nodiscard]] std::string wait() const { return "read line < " + path_; }
    void open() const { std::ofstream(path_) << "go\n"; }

  private:
    std::string path_;
};

Command keyed(std::string script, std::string key) {
    Command command{std::move(script)};
    command.key = std::move(key);
    return command;
}

Task<> take_output(Execution& execution, std::size_t at_least, std::string& bytes) {
    while (bytes.size() < at_least) {
        auto happening = co_await execution.next();
        REQUIRE(std::holds_alternative<transport::Output>(happening));
        bytes += std::get<transport::Output>(happening).bytes;
    }
}

// --- Stories.

Task<> run_many(Bed& bed, ShimTransport& transport, std::vector<CommandResult>& results) {
    Scope scope(bed.loop);
    for (std::size_t i = 0; i < results.size(); ++i) {
        scope.spawn(
            test::run_command(transport, fmt::format("echo {}; exit {}", i, i % 7), results[i]));
    }
    co_await scope.join();
}

Task<> begin_and_leave(Bed& bed, ShimTransport& transport, const Gate& gate, Keeper& keeper) {
    REQUIRE(transport.keeper());
    keeper = transport.keeper().value_or(Keeper());
    const auto execution = transport.start(
        keyed(fmt::format("echo before; {}; echo behind; exit 4", gate.wait()), "run-1"));
    std::string bytes;
    co_await take_output(*execution, 7, bytes);
    CHECK(bytes == "before\n");
    co_await transport.close(bed.loop.now() + 2s);
    CommandResult left;
    co_await collect(*execution, left);
    CHECK(left.detachment == "the connection was closed");
}

Task<> come_back(Bed& bed, ShimTransport& transport, const Gate& gate, const Keeper& keeper) {
    Stop never;
    CHECK(transport.keeper() == keeper);
    auto kept = co_await transport.list("run-", bed.loop.now() + 10s, never);
    REQUIRE(kept);
    REQUIRE(kept->size() == 1);
    CHECK(kept->front().key == "run-1");
    CHECK_FALSE(kept->front().outcome);

    const auto execution = transport.attach("run-1", {7, 0}, keeper, std::chrono::seconds(10));
    gate.open();
    CommandResult result;
    co_await collect(*execution, result);
    CHECK(result.out == "behind\n");
    CHECK(result.outcome == Outcome(Exited{4}));
    CHECK(result.usage.value_or(model::Usage()).wall > 0us);

    const auto unknown = transport.attach("run-2", {}, keeper, std::chrono::seconds(10));
    CommandResult never_there;
    co_await collect(*unknown, never_there);
    CHECK(never_there.refusal == "it was never started");

    transport.release("run-1");
    kept = co_await transport.list("run-", bed.loop.now() + 10s, never);
    REQUIRE(kept);
    CHECK(kept->empty());
}

// What reaches the shim is cut by `cut` while two jobs run.
Task<> be_cut(Bed& bed, ShimTransport& transport, const Gate& gate, std::function<void()> cut) {
    const auto with_key = transport.start(
        keyed(fmt::format("echo before; {}; echo behind; exit 5", gate.wait()), "run-7"));
    const auto without = transport.start(Command{"echo up; sleep 1000"});
    std::string bytes;
    co_await take_output(*with_key, 7, bytes);
    std::string other;
    co_await take_output(*without, 3, other);
    cut();
    CommandResult lost;
    co_await collect(*without, lost);
    CHECK(std::holds_alternative<Lost>(lost.outcome));
    gate.open();
    CommandResult whole;
    co_await collect(*with_key, whole);
    CHECK(whole.out == "behind\n");
    CHECK(whole.outcome == Outcome(Exited{5}));
    static_cast<void>(bed);
}

Task<> cancel(ShimTransport& transport, CommandResult& result) {
    Command command{"setsid sleep 1000 & echo $!; sleep 1000; echo not reached"};
    command.grace = 1s;
    const auto execution = transport.start(std::move(command));
    std::string bytes;
    co_await take_output(*execution, 2, bytes);
    execution->signal("TERM");
    co_await collect(*execution, result);
    CHECK(test::wait_until_ended(std::stoi(bytes), 10s));
}

// A shell that sees the child end that it waits for goes on to its next command.
Task<> cancel_many(ShimTransport& transport, std::vector<CommandResult>& results) {
    std::vector<std::unique_ptr<Execution>> executions;
    for (std::size_t i = 0; i < results.size(); ++i) {
        executions.push_back(transport.start(
            Command{"sh -c 'echo up; sleep 1000; echo not reached'; echo nor this"}));
    }
    for (const auto& execution : executions) {
        std::string bytes;
        co_await take_output(*execution, 3, bytes);
        execution->signal("TERM");
    }
    for (std::size_t i = 0; i < results.size(); ++i)
        co_await collect(*executions[i], results[i]);
}

Task<> count_input(ShimTransport& transport, CommandResult& result) {
    Command command{"wc -c"};
    command.input_follows = true;
    const auto execution = transport.start(std::move(command));
    for (int i = 0; i < 50; ++i)
        execution->write(std::string(100'000, 'x'));
    execution->end_input();
    co_await collect(*execution, result);
}

Task<> open_one(Bed& bed, ShimTransport& transport, Result<void>& opened) {
    Stop never;
    opened = co_await transport.open(never);
    CommandResult result;
    co_await test::run_command(transport, "echo there", result);
    CHECK(result.out == "there\n");
    co_await transport.close(bed.loop.now() + 2s);
}

Task<> open_at_once(Bed& bed, std::vector<std::unique_ptr<ShimTransport>>& transports) {
    std::vector<Result<void>> opened(transports.size(), Error(Code::stopped, "not tried"));
    Scope scope(bed.loop);
    for (std::size_t i = 0; i < transports.size(); ++i)
        scope.spawn(open_one(bed, *transports[i], opened[i]));
    co_await scope.join();
    for (const auto& each : opened)
        CHECK(each);
}

/// A user with keys, a server, and the way to it.
struct OverSsh {
    OverSsh() {
        bed.settings.dir.clear();
        bed.machine.name = server.address();
        bed.machine.port = server.port();
        bed.machine.is_local = false;
        bed.machine.identity_files = {test::SshKeys::shared().user_key()};
        ssh::Settings settings;
        settings.home = bed.folder.path();
        settings.user = test::current_user();
        settings.known_hosts = {bed.folder.path("known_hosts")};
        std::ofstream(settings.known_hosts.front()) << server.known_hosts();
        client = std::make_unique<ssh::Client>(bed.loop, settings, Log());
        bed.plain = [this] { return client->transport(bed.machine); };
    }
    /// Ends the server's sessions, but nothing that runs in them.
    void cut() const {
        for (const pid_t pid : test::descendants(server.pid())) {
            std::ifstream file(fmt::format("/proc/{}/comm", pid));
            std::string name;
            file >> name;
            if (name.starts_with("sshd")) ::kill(pid, SIGKILL);
        }
    }

    test::Sshd server;
    Bed bed;
    std::unique_ptr<ssh::Client> client;
};

}  // namespace

TEST_CASE("the program is pushed once, and runs commands with all that belongs to them") {
    Bed bed;
    Command command{"printf '%s\\n' \"$GREETING\"; pwd; cat; echo wrong >&2; exit 3"};
    command.environment = {{"GREETING", test::awkward_text()}};
    command.directory = "/";
    command.input = "input\n";
    for (int i = 0; i < 2; ++i) {
        const CommandResult result = bed.run(command);
        CHECK(result.out == test::awkward_text() + "\n/\ninput\n");
        CHECK(result.err == "wrong\n");
        CHECK(result.outcome == Outcome(Exited{3}));
        CHECK(result.usage.value_or(model::Usage()).memory > 0);
    }
    std::size_t programs = 0;
    for (const auto& entry : fs::directory_iterator(bed.settings.dir))
        programs += entry.is_regular_file() ? 1 : 0;
    CHECK(programs == 1);
    CHECK(bed.notices.empty());
}

TEST_CASE("hundreds of commands at a time keep their output and codes apart") {
    Bed bed;
    std::vector<CommandResult> results(300);
    bed.live([&](Bed& of, ShimTransport& transport) { return run_many(of, transport, results); });
    for (std::size_t i = 0; i < results.size(); ++i) {
        CHECK(results[i].out == fmt::format("{}\n", i));
        CHECK(results[i].outcome == Outcome(Exited{static_cast<int>(i % 7)}));
    }
}

TEST_CASE("several controllers may push and begin at the same moment") {
    Bed bed;
    if (shim::programs().empty()) return;
    bed.settings.controller.clear();
    std::vector<std::unique_ptr<ShimTransport>> transports(6);
    std::ranges::generate(transports, [&] { return bed.make(); });
    bed.loop.run(open_at_once(bed, transports));
}

TEST_CASE("a command with a key outlives the connection, and its output goes on where it was") {
    Bed bed;
    const Gate gate(bed.folder.path("gate"));
    Keeper keeper;
    bed.live([&](Bed& of, ShimTransport& transport) {
        return begin_and_leave(of, transport, gate, keeper);
    });
    bed.live(
        [&](Bed& of, ShimTransport& transport) { return come_back(of, transport, gate, keeper); });
}

TEST_CASE("a front that is killed is replaced, and nobody notices") {
    Bed bed;
    const Gate gate(bed.folder.path("gate"));
    bed.live([&](Bed& of, ShimTransport& transport) {
        return be_cut(of, transport, gate, [] {
            // The only child of ours that lives is the front.
            for (const pid_t pid : test::descendants(::getpid())) {
                std::error_code gone;
                const std::string program =
                    fs::read_symlink(fmt::format("/proc/{}/exe", pid), gone);
                if (program.find("/shim-") != std::string::npos) ::kill(pid, SIGKILL);
            }
        });
    });
}

TEST_CASE("a command and its descendants end when it is told to, and its limit is kept there") {
    Bed bed;
    CommandResult result;
    bed.live([&](Bed&, ShimTransport& transport) { return cancel(transport, result); });
    CHECK(result.outcome == Outcome(model::Cancelled{}));

    Command limited{"sleep 1000"};
    limited.time_limit = 100ms;
    CHECK(bed.run(limited).outcome == Outcome(model::TimedOut{}));
}

TEST_CASE("of a command that is told to end, nothing goes on to its next step") {
    Bed bed;
    std::vector<CommandResult> results(60);
    bed.live([&](Bed&, ShimTransport& transport) { return cancel_many(transport, results); });
    for (const CommandResult& result : results) {
        CHECK(result.out.empty());
        CHECK(result.outcome == Outcome(model::Cancelled{}));
    }
}

TEST_CASE("megabytes go in and out within the windows") {
    Bed bed;
    CommandResult counted;
    bed.live([&](Bed&, ShimTransport& transport) { return count_input(transport, counted); });
    CHECK(counted.out == "5000000\n");
    const CommandResult much = bed.run(Command{"head -c 20000000 /dev/zero"});
    CHECK(much.out.size() == 20'000'000);
    CHECK(much.outcome == Outcome(Exited{0}));
}

TEST_CASE("facts are JSON, and tell the processors") {
    Bed bed;
    std::string facts;
    bed.live([&](Bed& of, ShimTransport& transport) -> Task<> {
        const auto ask = [](Bed& here, ShimTransport& by, std::string& to) -> Task<> {
            Stop never;
            auto told = co_await by.facts(here.loop.now() + 10s, never);
            REQUIRE(told);
            to = *told;
        };
        return ask(of, transport, facts);
    });
    CHECK(facts.starts_with("{"));
    CHECK(facts.find("\"cpus\":") != std::string::npos);
}

TEST_CASE("where no folder can be made, commands go without the shim") {
    Bed bed;
    if (shim::programs().empty()) return;
    bed.settings.use = ShimSettings::Use::automatic;
    bed.machine.is_local = false;
    bed.settings.dir = "/proc/none/remuda";
    CHECK(bed.run(keyed("echo plain", "run-1")).out == "plain\n");
    CHECK(bed.notices.find("cannot make the folder /proc/none/remuda") != std::string::npos);
}

TEST_CASE("over sshd the program is pushed, and a connection that is cut is noticed by nobody") {
    test::require_sshd();
    OverSsh world;
    const Gate gate(world.bed.folder.path("gate"));
    world.bed.live([&](Bed& of, ShimTransport& transport) {
        return be_cut(of, transport, gate, [&] { world.cut(); });
    });
    std::vector<CommandResult> results(200);
    world.bed.live(
        [&](Bed& of, ShimTransport& transport) { return run_many(of, transport, results); });
    for (std::size_t i = 0; i < results.size(); ++i)
        CHECK(results[i].out == fmt::format("{}\n", i));
    CHECK(fs::exists(world.server.home() + "/.cache/remuda"));
}
