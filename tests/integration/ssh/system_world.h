// SPDX-License-Identifier: MIT
//
// What the tests of the system's ssh share: a user whose ssh_config is a file of the test, and
// hosts that are opened, used and closed.
#pragma once

#include "ssh/system_transport.h"
#include "ssh_world.h"
#include "support/program.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace remuda::test {

using remuda::ssh::SystemSsh;

/// An ssh_config that names the server "box", with keys and known_hosts of the test.
class SystemUser {
  public:
    explicit SystemUser(const Sshd& server, const std::string& more = {}) {
        std::ofstream(known_hosts()) << server.known_hosts();
        std::ofstream(folder_.path("config"))
            << more << "\nHost box\n  HostName " << server.address() << "\n  Port " << server.port()
            << "\n  User " << current_user() << "\n  IdentityFile " << SshKeys::shared().user_key()
            << "\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            << "  UserKnownHostsFile " << known_hosts()
            << "\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n";
        ssh.options = {"-F", folder_.path("config")};
        ssh.name = "box";
        sockets_ = folder_.path("run");
        std::filesystem::create_directory(sockets_);
        // NOLINTNEXTLINE(concurrency-mt-unsafe): tests have one thread.
        ::setenv("XDG_RUNTIME_DIR", sockets_.c_str(), 1);
    }

    [[nodiscard]] std::string known_hosts() const { return folder_.path("known_hosts"); }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
    /// The folder that holds the folders of masters.
    [[nodiscard]] const std::string& sockets() const { return sockets_; }
    [[nodiscard]] bool left_nothing() const { return std::filesystem::is_empty(sockets_); }

    SystemSsh ssh;

  private:
    TempDir folder_;
    std::string sockets_;
};

/// Processes with `text` in their arguments: with the folder of sockets, masters and their jobs.
[[nodiscard]] inline std::vector<pid_t> processes_naming(const std::string& text) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        // It may be gone meanwhile.
        const auto line = remuda::load_file("/proc/" + name + "/cmdline");
        if (line && line->find(text) != std::string::npos) found.push_back(std::stoi(name));
    }
    return found;
}

/// Whether nobody names `text` any more. What was killed takes a moment to be gone.
[[nodiscard]] inline bool nobody_names(const std::string& text) {
    for (int tries = 0; tries < 6000; ++tries) {
        if (processes_naming(text).empty()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// Opens the host, lets the story happen, closes it.
inline Opened with_system(Loop& loop, const SystemUser& user, const Story& story = nullptr) {
    Opened opened;
    const Log log(LogLevel::protocol, [&](LogLevel, std::string_view text) {
        opened.notes += std::string(text) + "\n";
    });
    const auto transport = remuda::ssh::make_system_transport(loop, user.ssh, log);
    loop.run(open_and_run(loop, *transport, story, opened));
    return opened;
}

inline CommandResult run_by_system(const SystemUser& user, const std::string& script) {
    Loop loop;
    CommandResult result;
    const Opened opened = with_system(
        loop, user, [&](Transport& transport) { return run_command(transport, script, result); });
    INFO((opened.result ? "" : opened.result.error().text()));
    REQUIRE(opened.result);
    return result;
}

}  // namespace remuda::test
