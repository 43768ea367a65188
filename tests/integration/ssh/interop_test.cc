// SPDX-License-Identifier: MIT
//
// The ssh room against servers that are not OpenSSH: dropbear and tinysshd on loopback.
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/ssh/client.h"
#include "ssh/system_transport.h"
#include "support/execution.h"
#include "support/program.h"
#include "support/sshd.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using remuda::Code;
using remuda::Error;
using remuda::Fd;
using remuda::Log;
using remuda::LogLevel;
using remuda::Result;
using remuda::loop::Loop;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Host;
using remuda::ssh::Client;
using remuda::ssh::Settings;
using remuda::ssh::SystemSsh;
using remuda::test::CommandResult;
using remuda::test::current_user;
using remuda::test::Environment;
using remuda::test::run_program;
using remuda::test::SshKeys;
using remuda::test::start_program;
using remuda::test::TempDir;
using remuda::transport::Transport;

namespace {

std::string program_or_skip(const std::string& name) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
        if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
    }
    std::cerr << "skipped: no " << name << " here\n";
    std::_Exit(77);
}

// A socket that listens on loopback, at a port of its own.
Fd listening_socket(std::uint16_t& port) {
    Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    if (::bind(listener.number(), generic, size) != 0 || ::listen(listener.number(), 16) != 0 ||
        ::getsockname(listener.number(), generic, &size) != 0) {
        throw std::runtime_error("no listening socket");
    }
    port = ntohs(name.sin_port);
    return listener;
}

// A server started anew for each connection, with the connection as its stdin and stdout. Both
// servers can be run so, and both look for authorized_keys in the user's home, which is made one of
// ours by a preloaded library.
class InetdServer {
  public:
    InetdServer() : listener_(listening_socket(port_)) {
        const std::string ssh = home_.path(".ssh");
        std::filesystem::create_directory(ssh);
        std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
        const std::string key = SshKeys::shared().user_key() + ".pub";
        std::filesystem::copy_file(key, ssh + "/authorized_keys");
        std::filesystem::permissions(
            ssh + "/authorized_keys",
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    ~InetdServer() {
        is_over_ = true;
        // Wakes accept().
        ::shutdown(listener_.number(), SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        for (const pid_t pid : servers_) {
            std::vector<pid_t> processes = remuda::test::descendants(pid);
            processes.push_back(pid);
            for (const pid_t process : processes)
                ::kill(process, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
    }
    InetdServer(const InetdServer&) = delete;
    InetdServer& operator=(const InetdServer&) = delete;

    void serve(std::vector<std::string> command, std::string public_host_key) {
        command_ = std::move(command);
        host_key_ = std::move(public_host_key);
        thread_ = std::thread([this] { accept_all(); });
    }

    [[nodiscard]] Host host() const {
        Host host;
        host.name = "127.0.0.1";
        host.port = port_;
        host.identity_files = {SshKeys::shared().user_key()};
        return host;
    }
    [[nodiscard]] std::string known_hosts() const {
        return "[127.0.0.1]:" + std::to_string(port_) + " " + host_key_ + "\n";
    }
    [[nodiscard]] std::string path(const std::string& name) const { return home_.path(name); }

  private:
    void accept_all() {
        const Environment environment{{"LD_PRELOAD", HOME_OVERRIDE},
                                      {"REMUDA_TEST_HOME", home_.path()}};
        while (!is_over_) {
            const Fd connection(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!connection) continue;
            servers_.push_back(start_program(
                command_, {.in = connection.number(), .out = connection.number(), .err = -1},
                environment));
        }
    }

    TempDir home_;
    std::uint16_t port_ = 0;
    Fd listener_;
    std::string host_key_;
    std::vector<std::string> command_;
    std::atomic<bool> is_over_ = false;
    // The thread's until it has been joined.
    std::vector<pid_t> servers_;
    std::thread thread_;
};

Task<> run_side_by_side(Loop& loop, Transport& transport, std::vector<CommandResult>& results,
                        Result<void>& opened) {
    Stop stop;
    opened = co_await transport.open(stop);
    if (opened) {
        Scope scope(loop);
        int number = 0;
        for (CommandResult& result : results) {
            std::string script = "echo out " + std::to_string(number) + "; echo err >&2; exit " +
                                 std::to_string(number);
            ++number;
            scope.spawn(remuda::test::run_command(transport, std::move(script), result));
        }
        co_await scope.join();
    }
    co_await transport.close(loop.now() + 2s);
}

struct Story {
    Result<void> opened = Error(Code::stopped, "not tried");
    std::string notes;
    std::vector<CommandResult> results;
};

// Opens the server's host and runs that many commands at once.
Story run_commands(const InetdServer& server, std::size_t count) {
    const TempDir home;
    Settings settings;
    settings.home = home.path();
    settings.user = current_user();
    settings.known_hosts = {home.path("known_hosts")};
    REQUIRE(remuda::replace_file(home.path("known_hosts"), server.known_hosts()));
    Story story;
    story.results.resize(count);
    const Log log(LogLevel::protocol, [&](LogLevel, std::string_view text) {
        story.notes += std::string(text) + "\n";
    });
    Loop loop;
    Client client(loop, settings, log);
    const auto transport = client.transport(server.host());
    loop.run(run_side_by_side(loop, *transport, story.results, story.opened));
    return story;
}

// The same by the system's ssh.
Story run_commands_by_system(const InetdServer& server, std::size_t count) {
    const TempDir home;
    REQUIRE(remuda::replace_file(home.path("known_hosts"), server.known_hosts()));
    SystemSsh ssh;
    ssh.options = {"-F", "/dev/null",
                   "-o", "Port=" + std::to_string(server.host().port.value_or(0)),
                   "-o", "User=" + current_user(),
                   "-o", "IdentityFile=" + SshKeys::shared().user_key(),
                   "-o", "UserKnownHostsFile=" + home.path("known_hosts"),
                   "-o", "StrictHostKeyChecking=yes"};
    ssh.name = "127.0.0.1";
    Story story;
    story.results.resize(count);
    const Log log(LogLevel::protocol, [&](LogLevel, std::string_view text) {
        story.notes += std::string(text) + "\n";
    });
    Loop loop;
    const auto transport = remuda::ssh::make_system_transport(loop, std::move(ssh), log);
    loop.run(run_side_by_side(loop, *transport, story.results, story.opened));
    return story;
}

// The public key line that a key program printed.
std::string public_key_in(const std::string& shown) {
    const std::size_t begin = shown.find("ssh-ed25519 ");
    REQUIRE(begin != std::string::npos);
    return shown.substr(begin, shown.find('\n', begin) - begin);
}

void check_twenty_commands(const Story& story) {
    INFO(story.notes);
    INFO((story.opened ? "" : story.opened.error().text()));
    REQUIRE(story.opened);
    for (std::size_t i = 0; i < story.results.size(); ++i) {
        const CommandResult& result = story.results[i];
        INFO(i);
        CHECK(result.refusal.empty());
        CHECK(result.out == "out " + std::to_string(i) + "\n");
        CHECK(result.err == "err\n");
        const auto* exited = std::get_if<Exited>(&result.outcome);
        REQUIRE(exited != nullptr);
        CHECK(exited->code == static_cast<int>(i));
    }
}

}  // namespace

TEST_CASE("20 commands on dropbear each give their outcome") {
    const std::string dropbear = program_or_skip("dropbear");
    const std::string dropbearkey = program_or_skip("dropbearkey");
    InetdServer server;
    const std::string key = server.path("host_key");
    REQUIRE(run_program({dropbearkey, "-t", "ed25519", "-f", key}).exit_status == 0);
    server.serve({dropbear, "-i", "-m", "-s", "-r", key},
                 public_key_in(run_program({dropbearkey, "-y", "-f", key}).output));
    check_twenty_commands(run_commands(server, 20));
    check_twenty_commands(run_commands_by_system(server, 20));
}

// It has chacha20-poly1305 alone, and serves one command a connection.
TEST_CASE("20 commands on tinysshd each give their outcome") {
    const std::string tinysshd = program_or_skip("tinysshd");
    const std::string makekey = program_or_skip("tinysshd-makekey");
    const std::string printkey = program_or_skip("tinysshd-printkey");
    InetdServer server;
    const std::string keys = server.path("keys");
    REQUIRE(run_program({makekey, keys}).exit_status == 0);
    server.serve({tinysshd, keys}, public_key_in(run_program({printkey, keys}).output));
    check_twenty_commands(run_commands(server, 20));
}
