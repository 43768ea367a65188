// SPDX-License-Identifier: MIT
#include "selftest/server.h"

#include "remuda/base/clock.h"
#include "remuda/base/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::selftest {

namespace {

constexpr std::chrono::seconds kStartLimit{20};
constexpr const char* kShimName = "remuda-shim";

const std::vector<std::pair<std::string, std::string>> kPlainEnvironment{
    {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};

std::string first_program(const std::vector<std::string>& paths) {
    const auto found = std::ranges::find_if(
        paths, [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; });
    return found == paths.end() ? "" : *found;
}

/// Other drills at the same time have other ones, most likely.
std::string address_for(int number) {
    const auto mixed = static_cast<unsigned>(::getpid()) * 16 + static_cast<unsigned>(number);
    return fmt::format("127.{}.{}.{}", 1 + (mixed >> 16) % 254, (mixed >> 8) % 256,
                       1 + mixed % 254);
}

Result<std::uint16_t> free_port(const std::string& address) {
    const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
    socklen_t size = sizeof name;
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    if (::bind(probe.number(), generic, size) != 0 ||
        ::getsockname(probe.number(), generic, &size) != 0) {
        return sys_error("no free port on " + address);
    }
    return ntohs(name.sin_port);
}

Result<std::string> user_name() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return Error(Code::not_found,
                     "you have no entry in the password file, so that sshd lets "
                     "you in nowhere");
    }
    const std::string_view shell = entry.pw_shell;
    if (shell.ends_with("/nologin") || shell.ends_with("/false")) {
        return Error(
            Code::not_authorised,
            fmt::format("your login shell is {}, so that sshd runs nothing for you: try it "
                        "as another user",
                        shell));
    }
    return std::string(entry.pw_name);
}

bool signal_all(const std::vector<Process>& to, int signal) {
    for (const Process& process : to)
        ::kill(process.pid, signal);
    return !to.empty();
}

bool is_sshd(const Process& process) {
    return process.name.starts_with("sshd");
}

bool is_supervisor_or_nanny(const Process& process) {
    return process.is_marked && !process.is_job && process.name == kShimName;
}

/// It alone has a thread; a job that is being started looks like it otherwise.
bool is_supervisor(const Process& process) {
    return is_supervisor_or_nanny(process) && process.threads > 1;
}

bool is_nanny(const std::vector<Process>& all, const Process& process) {
    return is_supervisor_or_nanny(process) && process.threads == 1 &&
           std::ranges::none_of(all, [&](const Process& other) {
               return other.pid == process.parent && is_supervisor_or_nanny(other);
           });
}

}  // namespace

Result<std::string> find_sshd() {
    std::string path = first_program({"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd",
                                      "/usr/bin/sshd", "/usr/local/bin/sshd"});
    if (path.empty()) {
        return Error(Code::not_found,
                     "no sshd here: install OpenSSH's server (Debian, Ubuntu: apt-get install "
                     "openssh-server; Fedora: dnf install openssh-server); it need not be running");
    }
    return path;
}

Result<Keys> make_keys(const std::string& folder) {
    const std::string program =
        first_program({"/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/bin/ssh-keygen"});
    if (program.empty()) {
        return Error(Code::not_found,
                     "no ssh-keygen here: install OpenSSH's client (Debian, "
                     "Ubuntu: apt-get install openssh-client)");
    }
    Keys keys{.user = folder + "/user_key", .host = folder + "/host_key", .host_public = ""};
    for (const std::string& path : {keys.user, keys.host}) {
        ProcessSpec spec;
        spec.arguments = {program, "-q", "-t", "ed25519", "-N", "", "-C", "drill", "-f", path};
        spec.environment = kPlainEnvironment;
        const auto made = run_process(std::move(spec), folder + "/keygen.log");
        if (!made) return made.error();
    }
    const auto text = load_file(keys.host + ".pub");
    if (!text) return text.error();
    keys.host_public = text->substr(0, text->find(' ', text->find(' ') + 1));
    return keys;
}

Result<Server> Server::start(const std::string& sshd, const Keys& keys, const std::string& folder,
                             int number) {
    Server server;
    server.sshd_ = sshd;
    server.folder_ = folder;
    server.address_ = address_for(number);
    server.mark_ = "REMUDA_SELFTEST_HOST=" + folder;
    server.host_key_ = keys.host_public;
    const auto port = free_port(server.address_);
    if (!port) return port.error();
    server.port_ = *port;
    server.give_boot_id();
    const auto written = server.write_config(keys);
    if (!written) return written.error();
    const auto heard = server.listen();
    if (!heard) return heard.error();
    return server;
}

Server::~Server() {
    if (!folder_.empty()) kill_all();
}

Server::Server(Server&& other) noexcept
    : sshd_(std::move(other.sshd_)),
      folder_(std::exchange(other.folder_, {})),
      address_(std::move(other.address_)),
      port_(other.port_),
      host_key_(std::move(other.host_key_)),
      mark_(std::move(other.mark_)),
      pid_(std::exchange(other.pid_, -1)),
      stopped_(std::move(other.stopped_)) {}

Result<void> Server::write_config(const Keys& keys) {
    const auto user = user_name();
    if (!user) return user.error();
    std::filesystem::create_directories(folder_ + "/home");
    const std::string config = fmt::format(
        "ListenAddress {}\nPort {}\nHostKey {}\nAuthorizedKeysFile {}.pub\n"
        "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nAllowUsers {}\n"
        "UseDNS no\nMaxStartups 100\nLogLevel VERBOSE\n"
        "SetEnv {} HOME={}/home REMUDA_SHIM_BOOT_FILE={}/boot\n",
        address_, port_, keys.host, keys.user, *user, mark_, folder_, folder_);
    const std::string path = folder_ + "/sshd_config";
    const auto check = [&](const std::string& text) {
        std::ofstream(path) << text;
        ProcessSpec spec;
        spec.arguments = {sshd_, "-t", "-f", path};
        spec.environment = kPlainEnvironment;
        return run_process(std::move(spec), folder_ + "/check.log");
    };
    // Connections that break off are what the drill is about. Older servers do not know it.
    if (check(config + "PerSourcePenalties no\n")) return {};
    std::filesystem::remove(folder_ + "/check.log");
    return check(config);
}

Result<void> Server::listen() {
    const std::string log = folder_ + "/sshd.log";
    std::filesystem::remove(log);
    ProcessSpec spec;
    spec.arguments = {sshd_, "-D", "-f", folder_ + "/sshd_config", "-E", log};
    spec.environment = kPlainEnvironment;
    const auto pid = start_process(spec);
    if (!pid) return pid.error();
    pid_ = *pid;
    // A connection that says nothing would count as a failed login, so its log is read.
    const std::string sign = fmt::format("Server listening on {} port {}.", address_, port_);
    const Time end = SteadyClock().now() + kStartLimit;
    while (SteadyClock().now() < end) {
        const auto said = load_file(log);
        if (said && said->find(sign) != std::string::npos) return {};
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            return Error(Code::system, "sshd does not start: " + (said ? *said : ""));
        }
        ::poll(nullptr, 0, 1);
    }
    return Error(Code::timed_out, "sshd does not say that it listens; see " + log);
}

void Server::give_boot_id() const {
    std::random_device random;
    std::ofstream(folder_ + "/boot")
        << fmt::format("{:08x}-0000-4000-8000-{:012x}", random(), random());
}

std::vector<Process> Server::sessions() const {
    if (pid_ < 0) return {};
    std::vector<Process> found = descendants(processes(mark_), pid_);
    std::erase_if(found, [](const Process& process) { return !is_sshd(process); });
    return found;
}

std::vector<Process> Server::own_processes() const {
    const std::vector<Process> all = processes(mark_);
    std::vector<Process> found = pid_ < 0 ? std::vector<Process>() : descendants(all, pid_);
    for (const Process& process : all) {
        const bool is_known = std::ranges::any_of(
            found, [&](const Process& other) { return other.pid == process.pid; });
        if (process.is_marked && !is_known) found.push_back(process);
    }
    return found;
}

bool Server::kill_sessions() {
    return signal_all(sessions(), SIGKILL);
}

bool Server::kill_server() {
    if (pid_ < 0) return false;
    // A stopped one takes no further connection meanwhile.
    ::kill(pid_, SIGSTOP);
    signal_all(sessions(), SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    return true;
}

Result<void> Server::start_again() {
    return pid_ < 0 ? listen() : Result<void>();
}

Result<void> Server::restart() {
    kill_all();
    give_boot_id();
    return listen();
}

bool Server::stop_sessions() {
    for (const Process& process : sessions()) {
        if (::kill(process.pid, SIGSTOP) == 0) stopped_.push_back(process.pid);
    }
    return !stopped_.empty();
}

void Server::resume_sessions() {
    // Of those that have ended meanwhile the numbers may be others'.
    const std::vector<Process> here = sessions();
    for (const Process& process : here) {
        if (std::ranges::find(stopped_, process.pid) != stopped_.end()) {
            ::kill(process.pid, SIGCONT);
        }
    }
    stopped_.clear();
}

bool Server::reboot() {
    if (pid_ < 0) return false;
    ::kill(pid_, SIGSTOP);
    // At once, as when the power goes: nobody sees another end. Keepers first, so that nothing is
    // started while the rest is looked for.
    std::vector<Process> keepers = own_processes();
    std::erase_if(keepers, [](const Process& one) { return !is_supervisor_or_nanny(one); });
    signal_all(keepers, SIGSTOP);
    signal_all(own_processes(), SIGSTOP);
    give_boot_id();
    kill_all();
    return true;
}

void Server::kill_all() {
    kill_server();
    stopped_.clear();
    for (;;) {
        const std::vector<Process> left = own_processes();
        if (!signal_all(left, SIGKILL)) return;
        ::poll(nullptr, 0, 1);
    }
}

bool Server::kill_shim() {
    std::vector<Process> fronts = own_processes();
    std::erase_if(fronts,
                  [](const Process& process) { return !process.name.starts_with("shim-"); });
    return signal_all(fronts, SIGKILL);
}

bool Server::kill_supervisor() {
    std::vector<Process> all = processes(mark_);
    std::erase_if(all, [](const Process& process) { return !is_supervisor(process); });
    return signal_all(all, SIGKILL);
}

bool Server::kill_nanny() {
    std::vector<Process> all = processes(mark_);
    const std::vector<Process> others = all;
    std::erase_if(all, [&](const Process& process) { return !is_nanny(others, process); });
    return signal_all(all, SIGKILL);
}

bool Server::kill_keepers() {
    std::vector<Process> all = processes(mark_);
    const std::vector<Process> others = all;
    std::erase_if(all, [&](const Process& process) {
        return !is_nanny(others, process) && !is_supervisor(process);
    });
    signal_all(all, SIGSTOP);
    return signal_all(all, SIGKILL);
}

bool Server::has_jobs() const {
    return std::ranges::any_of(own_processes(), [](const Process& process) {
        return process.is_job || process.name == "sh" || process.name == "sleep";
    });
}

std::string Server::address() const {
    return fmt::format("{}:{}", address_, port_);
}

std::string Server::known_hosts_line() const {
    return fmt::format("[{}]:{} {}\n", address_, port_, host_key_);
}

}  // namespace remuda::selftest
