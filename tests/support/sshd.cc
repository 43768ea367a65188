// SPDX-License-Identifier: MIT
#include "support/sshd.h"

#include "selftest/privsep_dir.h"
#include "support/program.h"
#include "support/text_of.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {
namespace {

constexpr int kStartTries = 5;
constexpr std::chrono::seconds kStartLimit{20};
constexpr std::chrono::seconds kEndLimit{5};

bool current_test_failed = false;

/// Tells whether the running test case has failed so far, which doctest itself does not.
struct FailureListener : doctest::IReporter {
    explicit FailureListener(const doctest::ContextOptions& /*options*/) {}
    void report_query(const doctest::QueryData& /*data*/) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
    void test_case_start(const doctest::TestCaseData& /*data*/) override {
        current_test_failed = false;
    }
    void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& /*stats*/) override {}
    void test_case_exception(const doctest::TestCaseException& /*error*/) override {}
    void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData& data) override {
        if (data.m_failed) current_test_failed = true;
    }
    void log_message(const doctest::MessageData& /*data*/) override {}
    void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}
};
REGISTER_LISTENER("sshd log", 1, FailureListener);

/// Absolute, as sshd must be started; empty if there is none.
std::string sshd_program() {
    for (const char* path :
         {"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd", "/usr/bin/sshd"}) {
        if (::access(path, X_OK) == 0) return path;
    }
    return {};
}

std::string type_name(KeyType type) {
    switch (type) {
        case KeyType::ed25519:
            return "ed25519";
        case KeyType::ecdsa:
            return "ecdsa";
        case KeyType::rsa:
            return "rsa";
    }
    return {};
}

/// An address that no other server of a test running now has, most likely.
std::string fresh_address() {
    static std::atomic<unsigned> counter{0};
    const unsigned number = static_cast<unsigned>(::getpid()) * 64 + counter++;
    return "127." + std::to_string(1 + (number >> 16) % 254) + "." +
           std::to_string((number >> 8) % 256) + "." + std::to_string(1 + number % 254);
}

std::uint16_t free_port(const std::string& address) {
    const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
    socklen_t size = sizeof(name);
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    if (::bind(probe.number(), generic, size) != 0 ||
        ::getsockname(probe.number(), generic, &size) != 0) {
        throw std::runtime_error("no free port on " + address);
    }
    return ntohs(name.sin_port);
}

}  // namespace

void require_sshd() {
    if (!sshd_program().empty()) return;
    std::cerr << "skipped: no sshd here (Debian: apt-get install openssh-server)\n";
    std::_Exit(77);
}

std::string free_address() {
    const std::string address = fresh_address();
    return address + ":" + std::to_string(free_port(address));
}

std::string current_user() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests have one thread.
    const passwd* entry = ::getpwuid(::geteuid());
    if (entry == nullptr) throw std::runtime_error("the current user has no name");
    return entry->pw_name;
}

SshKeys& SshKeys::shared() {
    static SshKeys keys;
    return keys;
}

std::string SshKeys::user_key(KeyType type) {
    const std::string path = folder_.path("user_" + type_name(type));
    if (!std::filesystem::exists(path)) {
        const std::string made = key("user", type);
        std::ofstream(authorized_keys(), std::ios::app) << text_of(made + ".pub");
    }
    return path;
}

std::string SshKeys::host_key(KeyType type) {
    return key("host", type);
}

std::string SshKeys::host_public_key(KeyType type) {
    const std::string text = text_of(key("host", type) + ".pub");
    return text.substr(0, text.find(' ', text.find(' ') + 1));
}

std::string SshKeys::authorized_keys() const {
    return folder_.path("authorized_keys");
}

std::string SshKeys::key(const std::string& owner, KeyType type) {
    const std::string path = folder_.path(owner + "_" + type_name(type));
    if (std::filesystem::exists(path)) return path;
    const Finished made =
        run_program({"ssh-keygen", "-q", "-t", type_name(type), "-N", "", "-C", owner, "-f", path});
    if (made.exit_status != 0) throw std::runtime_error("ssh-keygen: " + made.errors);
    return path;
}

void SshdProcess::write_config(const SshdOptions& options, const std::string& listen) {
    if (const auto usable = selftest::use_privsep_dir(); !usable) {
        throw std::runtime_error(usable.error().text());
    }
    environment_ = options.environment;
    SshKeys& keys = SshKeys::shared();
    (void)keys.user_key();
    // The environment of every session bears it, so that what it leaves behind can be found.
    marker_ = "REMUDA_TEST_SSHD=" + folder_.path();
    // An empty home: what the user's shell start-up does (and leaves running) is not under test.
    std::filesystem::create_directory(home());
    std::ostringstream text;
    text << options.config << '\n' << listen;
    for (const KeyType type : options.host_keys)
        text << "HostKey " << keys.host_key(type) << '\n';
    text << "AuthorizedKeysFile " << keys.authorized_keys() << '\n'
         << "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n"
         << "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
         << "AllowUsers " << current_user() << '\n'
         << "UseDNS no\nLogLevel VERBOSE\nSetEnv " << marker_ << " HOME=" << home() << '\n'
         << options.match << '\n';
    std::ofstream(folder_.path("config")) << text.str();
    const Finished checked = run_program({sshd_program(), "-t", "-f", folder_.path("config")});
    if (checked.exit_status != 0) throw std::runtime_error("sshd -t: " + checked.errors);
}

void SshdProcess::start(const std::vector<std::string>& options, int stdio) {
    // setpriv becomes the server and lets it end with us even if we crash.
    std::vector<std::string> words{"setpriv", "--pdeathsig",          "KILL", sshd_program(),
                                   "-f",      folder_.path("config"), "-E",   folder_.path("log")};
    words.insert(words.end(), options.begin(), options.end());
    pid_ = start_program(words, {.in = stdio, .out = stdio, .err = -1}, environment_);
}

bool SshdProcess::has_ended() const {
    return pid_ < 0 || wait_until_ended(pid_, {});
}

std::vector<pid_t> SshdProcess::session_processes() const {
    return pid_ < 0 ? std::vector<pid_t>{} : descendants(pid_);
}

std::string SshdProcess::home() const {
    return folder_.path("home");
}

std::string SshdProcess::log() const {
    return text_of(folder_.path("log"));
}

void SshdProcess::kill_now() {
    if (pid_ < 0) return;
    // A stopped server starts no further session while its sessions are being counted.
    ::kill(pid_, SIGSTOP);
    const std::vector<pid_t> sessions = session_processes();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    const auto end = [](const std::vector<pid_t>& processes) {
        for (const pid_t process : processes)
            ::kill(process, SIGKILL);
        for (const pid_t process : processes)
            (void)wait_until_ended(process, kEndLimit);
    };
    end(sessions);
    // Whatever a session left behind when it ended earlier.
    end(processes_with(marker_));
}

SshdProcess::~SshdProcess() {
    if (current_test_failed || std::uncaught_exceptions() > 0) {
        std::cerr << "--- sshd log ---\n" << log() << "--- end of sshd log ---\n";
    }
    kill_now();
}

Sshd::Sshd(const SshdOptions& options) : host_keys_(options.host_keys) {
    for (int i = 0; i < kStartTries; ++i) {
        address_ = fresh_address();
        port_ = free_port(address_);
        write_config(options,
                     "ListenAddress " + address_ + "\nPort " + std::to_string(port_) + "\n");
        start({"-D"}, -1);
        if (wait_until_listening()) return;
        kill_now();
    }
    throw std::runtime_error("sshd did not start: " + log());
}

bool Sshd::wait_until_listening() const {
    // Read from the log: a connection that says nothing would count as a failed login
    // (PerSourcePenalties) and against MaxStartups.
    const std::string sign =
        "Server listening on " + address_ + " port " + std::to_string(port_) + ".";
    const auto end = std::chrono::steady_clock::now() + kStartLimit;
    while (std::chrono::steady_clock::now() < end) {
        if (log().find(sign) != std::string::npos) return true;
        if (has_ended()) return false;
        ::poll(nullptr, 0, 2);
    }
    return false;
}

std::string Sshd::known_hosts() const {
    std::string text;
    for (const KeyType type : host_keys_) {
        text += "[" + address_ + "]:" + std::to_string(port_) + " " +
                SshKeys::shared().host_public_key(type) + "\n";
    }
    return text;
}

InetdSshd::InetdSshd(const SshdOptions& options) {
    write_config(options, "");
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::runtime_error("no socketpair");
    }
    socket_.reset(ends[0]);
    const Fd server(ends[1]);
    start({"-i"}, server.number());
}

}  // namespace remuda::test
