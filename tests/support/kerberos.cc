// SPDX-License-Identifier: MIT
#include "support/kerberos.h"

#include "support/text_of.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {
namespace {

constexpr const char* kRealm = "REMUDA.TEST";
constexpr int kStartTries = 5;
constexpr std::chrono::seconds kStartLimit{20};

/// Absolute: /usr/sbin is not in everybody's PATH.
std::string program(const std::string& name) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
        if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
    }
    return {};
}

}  // namespace

void require_kerberos() {
    for (const char* name : {"krb5kdc", "kdb5_util", "kadmin.local", "kinit"}) {
        if (!program(name).empty()) continue;
        std::cerr << "skipped: no " << name
                  << " here (Debian: apt-get install krb5-kdc krb5-admin-server krb5-user)\n";
        std::_Exit(77);
    }
}

Kerberos::Kerberos() {
    start();
    const std::string user = current_user();
    const std::string keytab = folder_.path("user.keytab");
    run({program("kadmin.local"), "addprinc", "-randkey", user});
    run({program("kadmin.local"), "ktadd", "-k", keytab, user});
    run({program("kinit"), "-k", "-t", keytab, user});
}

Kerberos::~Kerberos() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

SshdOptions Kerberos::server() const {
    SshdOptions options;
    // Not strict: the server's name is its address, and not that of this machine.
    options.config =
        "GSSAPIAuthentication yes\nGSSAPIStrictAcceptorCheck no\nPubkeyAuthentication no\n";
    options.environment = environment();
    options.environment.emplace_back("KRB5_KTNAME", folder_.path("hosts.keytab"));
    return options;
}

void Kerberos::add(const Sshd& server) {
    const std::string name = "host/" + server.address();
    run({program("kadmin.local"), "addprinc", "-randkey", name});
    run({program("kadmin.local"), "ktadd", "-k", folder_.path("hosts.keytab"), name});
}

Environment Kerberos::ticket_holder() const {
    return environment();
}

Environment Kerberos::stranger() const {
    Environment without = environment();
    for (auto& [name, value] : without) {
        if (name == "KRB5CCNAME") value = "FILE:" + folder_.path("no-tickets");
    }
    return without;
}

void Kerberos::run(const std::vector<std::string>& words) const {
    const Finished finished = run_program(words, {}, environment());
    // kadmin.local tells of most failures by its words alone.
    const bool has_failed = finished.errors.find("while ") != std::string::npos;
    if (finished.exit_status == 0 && !has_failed) return;
    throw std::runtime_error(words.front() + ": " + finished.errors);
}

void Kerberos::write_configuration() const {
    std::ofstream(folder_.path("krb5.conf"))
        << "[libdefaults]\n default_realm = " << kRealm
        << "\n dns_canonicalize_hostname = false\n rdns = false\n dns_lookup_kdc = false\n"
        << " dns_lookup_realm = false\n udp_preference_limit = 1\n"
        // Nobody's own list of who may log in counts.
        << " k5login_directory = " << folder_.path("k5login") << "\n[realms]\n " << kRealm
        << " = {\n  kdc = " << address_ << "\n }\n";
    std::ofstream(folder_.path("kdc.conf"))
        << "[kdcdefaults]\n kdc_listen = \"\"\n kdc_tcp_listen = " << address_ << "\n[realms]\n "
        << kRealm << " = {\n  database_name = " << folder_.path("principal")
        << "\n  key_stash_file = " << folder_.path("stash")
        << "\n  acl_file = " << folder_.path("acl")
        << "\n  max_life = 1h\n }\n[logging]\n kdc = FILE:" << folder_.path("log") << "\n";
}

void Kerberos::start() {
    for (int i = 0; i < kStartTries; ++i) {
        address_ = free_address();
        write_configuration();
        if (i == 0) run({program("kdb5_util"), "create", "-s", "-r", kRealm, "-P", "of no use"});
        // setpriv becomes the server and lets it end with us even if we crash.
        pid_ = start_program({"setpriv", "--pdeathsig", "KILL", program("krb5kdc"), "-n"}, {},
                             environment());
        const auto end = std::chrono::steady_clock::now() + kStartLimit;
        while (std::chrono::steady_clock::now() < end) {
            const std::string log = folder_.path("log");
            const bool is_ready = std::filesystem::exists(log) &&
                                  text_of(log).find("commencing operation") != std::string::npos;
            if (is_ready) return;
            if (wait_until_ended(pid_, std::chrono::milliseconds(2))) break;
        }
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    throw std::runtime_error("krb5kdc did not start: " + text_of(folder_.path("log")));
}

Environment Kerberos::environment() const {
    return {{"KRB5_CONFIG", folder_.path("krb5.conf")},
            {"KRB5_KDC_PROFILE", folder_.path("kdc.conf")},
            {"KRB5CCNAME", "FILE:" + folder_.path("tickets")},
            {"KRB5RCACHETYPE", "none"}};
}

}  // namespace remuda::test
