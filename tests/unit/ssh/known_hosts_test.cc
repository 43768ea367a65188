// SPDX-License-Identifier: MIT
#include "ssh/known_hosts.h"

#include "remuda/base/fd.h"
#include "remuda/ssh_config/pattern.h"
#include "ssh/known_hosts_line.h"
#include "ssh/wire.h"
#include "support/temp_dir.h"

#include <filesystem>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

using remuda::load_file;
using remuda::replace_file;
using remuda::ssh::base64_encoded;
using remuda::ssh::KnownHosts;
using remuda::ssh::parse_known_hosts_line;
namespace ssh_config = remuda::ssh_config;
using remuda::ssh::WireWriter;
using remuda::test::TempDir;
using Verdict = KnownHosts::Verdict;

namespace {

std::string make_key(const std::string& type, char fill) {
    return WireWriter().string(type).string(std::string(32, fill)).take();
}

const std::string kOne = make_key("ssh-ed25519", '1');
const std::string kTwo = make_key("ssh-ed25519", '2');
const std::string kRsa = make_key("ssh-rsa", '3');

std::string text_of(const std::string& key) {
    return remuda::ssh::key_type(key) + " " + base64_encoded(key);
}

KnownHosts known(const TempDir& dir, const std::string& content) {
    REQUIRE(replace_file(dir.path("known_hosts"), content));
    return KnownHosts::load({dir.path("missing"), dir.path("known_hosts")});
}

Verdict verdict(const KnownHosts& hosts, const std::string& name, std::uint16_t port,
                const std::string& key) {
    return hosts.check(name, port, key).verdict;
}

mode_t mode_of(const std::string& path) {
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("a host is trusted by any of its keys, in any case of its name") {
    const TempDir dir;
    const KnownHosts hosts =
        known(dir, "alpha,Beta " + text_of(kOne) + " a comment\nalpha " + text_of(kRsa) + "\r\n");
    CHECK(verdict(hosts, "alpha", 22, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "ALPHA", 22, kRsa) == Verdict::trusted);
    CHECK(verdict(hosts, "beta", 22, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "beta", 22, kRsa) == Verdict::changed);
    CHECK(verdict(hosts, "gamma", 22, kOne) == Verdict::unknown);
    CHECK(hosts.key_types("alpha", 22) == std::vector<std::string>{"ssh-ed25519", "ssh-rsa"});
    CHECK(hosts.key_types("gamma", 22).empty());
}

TEST_CASE("a changed key is told with the line at fault and the expected fingerprint") {
    const TempDir dir;
    const KnownHosts hosts =
        known(dir, "# first\n\nalpha " + text_of(kRsa) + "\nalpha " + text_of(kOne) + "\n");
    const KnownHosts::Answer answer = hosts.check("alpha", 22, kTwo);
    CHECK(answer.verdict == Verdict::changed);
    CHECK(answer.file == dir.path("known_hosts"));
    CHECK(answer.line == 4);
    CHECK(answer.expected_fingerprint == remuda::ssh::fingerprint(kOne));
}

TEST_CASE("a port other than 22 has lines of its own, and borrows the trust of port 22") {
    const TempDir dir;
    const KnownHosts hosts =
        known(dir, "[alpha]:2222 " + text_of(kOne) + "\nbeta " + text_of(kTwo) + "\n[gamma]:22 " +
                       text_of(kOne) + "\n[::1]:2222 " + text_of(kOne) + "\n");
    CHECK(verdict(hosts, "alpha", 2222, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "alpha", 2222, kTwo) == Verdict::changed);
    CHECK(verdict(hosts, "alpha", 22, kOne) == Verdict::unknown);
    CHECK(verdict(hosts, "beta", 2222, kTwo) == Verdict::trusted);
    CHECK(verdict(hosts, "beta", 2222, kOne) == Verdict::unknown);
    CHECK(verdict(hosts, "gamma", 22, kOne) == Verdict::unknown);
    CHECK(verdict(hosts, "::1", 2222, kOne) == Verdict::trusted);
    CHECK(hosts.key_types("beta", 2222) == std::vector<std::string>{"ssh-ed25519"});
}

TEST_CASE("patterns match with wildcards, and a negated one excludes") {
    const TempDir dir;
    const KnownHosts hosts = known(dir, "*.example.com,!bad?.example.com " + text_of(kOne) +
                                            "\n[10.0.?.*]:2222 " + text_of(kTwo) + "\n");
    CHECK(verdict(hosts, "a.Example.com", 22, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "bad1.example.com", 22, kOne) == Verdict::unknown);
    CHECK(verdict(hosts, "bad12.example.com", 22, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "example.com", 22, kOne) == Verdict::unknown);
    CHECK(verdict(hosts, "10.0.7.120", 2222, kTwo) == Verdict::trusted);
    CHECK(verdict(hosts, "10.0.77.120", 2222, kTwo) == Verdict::unknown);
}

TEST_CASE("a glob is matched whole and in reasonable time") {
    CHECK(ssh_config::matches("", "*"));
    CHECK(ssh_config::matches("a1b2b3c", "a*b*c"));
    CHECK_FALSE(ssh_config::matches("a1b2", "a*b"));
    CHECK_FALSE(ssh_config::matches("", "?"));
    std::string stars;
    for (int i = 0; i < 200; ++i) {
        stars += "*a";
    }
    CHECK_FALSE(ssh_config::matches(std::string(1000, 'a'), stars + "b"));
}

TEST_CASE("a revoked key is refused, wherever else it is trusted") {
    const TempDir dir;
    const KnownHosts hosts = known(dir, "alpha " + text_of(kOne) + "\nbeta " + text_of(kTwo) +
                                            "\n@revoked * " + text_of(kOne) + "\n");
    const KnownHosts::Answer answer = hosts.check("alpha", 22, kOne);
    CHECK(answer.verdict == Verdict::revoked);
    CHECK(answer.line == 3);
    CHECK(verdict(hosts, "new", 2222, kOne) == Verdict::revoked);
    CHECK(verdict(hosts, "beta", 22, kTwo) == Verdict::trusted);
    CHECK(hosts.key_types("new", 22).empty());
}

TEST_CASE("a host known by its authority alone is told apart") {
    const TempDir dir;
    const KnownHosts hosts =
        known(dir, "@cert-authority *.lab " + text_of(kOne) + "\nb.lab " + text_of(kTwo) + "\n");
    CHECK(verdict(hosts, "a.lab", 22, kOne) == Verdict::certificate_only);
    CHECK(verdict(hosts, "b.lab", 22, kTwo) == Verdict::trusted);
    CHECK(verdict(hosts, "b.lab", 22, kOne) == Verdict::changed);
    CHECK(hosts.key_types("a.lab", 22).empty());
}

TEST_CASE("what is no line of known_hosts is skipped, the others count") {
    const std::string good = text_of(kOne);
    const std::vector<std::string> bad{
        "",
        "   \t",
        "# alpha " + good,
        "alpha",
        "alpha ssh-ed25519",
        "alpha ssh-ed25519 !!!",
        "alpha ssh-rsa " + base64_encoded(kOne),
        "alpha ssh-ed25519 AAAA",
        "@unknown alpha " + good,
        "@revoked",
        "@revoked @cert-authority alpha " + good,
        ", " + good,
        "|1|short|hash " + good,
        "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA= " + good,
        std::string("al\0pha ", 7) + good,
    };
    std::string content;
    for (const std::string& line : bad) {
        CAPTURE(line);
        CHECK_FALSE(parse_known_hosts_line(line));
        content += line + "\n";
    }
    const TempDir dir;
    CHECK(verdict(known(dir, content + "  alpha \t " + good), "alpha", 22, kOne) ==
          Verdict::trusted);
}

TEST_CASE("a hashed line names one host") {
    // Made by ssh-keygen -H from "alpha.example ssh-ed25519 ...".
    const TempDir dir;
    const std::string made =
        "|1|1JmRKr3bhK6uyXzVR+Kc8nSYizQ=|1HC+9/uAbE/Jl01txHReTVAOwOo= " + text_of(kOne);
    const KnownHosts hosts = known(dir, made + "\nbeta " + text_of(kTwo) + "\n");
    CHECK(verdict(hosts, "Alpha.example", 22, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "alpha.example", 22, kTwo) == Verdict::changed);
    CHECK(verdict(hosts, "beta", 22, kOne) == Verdict::changed);
    CHECK(verdict(hosts, "alpha", 22, kOne) == Verdict::unknown);
    const auto line = parse_known_hosts_line(made).value_or(remuda::ssh::KnownHostsLine());
    CHECK(line.is_hashed());
    CHECK_FALSE(line.is_plain());
    CHECK_FALSE(line.names("alpha.example"));
}

TEST_CASE("an added key is trusted at once and in the next run") {
    const TempDir dir;
    const std::string path = dir.path("home/known_hosts");
    KnownHosts hosts = KnownHosts::load({path});
    REQUIRE(hosts.add(path, "Alpha", 22, kOne));
    REQUIRE(hosts.add(path, "beta", 2222, kTwo));
    REQUIRE(hosts.add(path, "alpha", 22, kOne));
    CHECK(verdict(hosts, "alpha", 22, kOne) == Verdict::trusted);
    CHECK(load_file(path).value() ==
          "alpha " + text_of(kOne) + "\n[beta]:2222 " + text_of(kTwo) + "\n");
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(dir.path("home")) == 0700);
    const KnownHosts again = KnownHosts::load({path});
    CHECK(verdict(again, "alpha", 22, kOne) == Verdict::trusted);
    CHECK(verdict(again, "beta", 2222, kTwo) == Verdict::trusted);
}

TEST_CASE("an added key may be hashed, or not written at all") {
    const TempDir dir;
    const std::string path = dir.path("known_hosts");
    KnownHosts hosts = KnownHosts::load({path});
    REQUIRE(hosts.add(path, "alpha", 2222, kOne, true));
    REQUIRE(hosts.add("", "beta", 22, kOne));
    CHECK(verdict(hosts, "alpha", 2222, kOne) == Verdict::trusted);
    CHECK(verdict(hosts, "beta", 22, kOne) == Verdict::trusted);
    const std::string written = load_file(path).value();
    CHECK(written.starts_with("|1|"));
    CHECK(written.find("alpha") == std::string::npos);
    const KnownHosts again = KnownHosts::load({path});
    CHECK(verdict(again, "alpha", 2222, kOne) == Verdict::trusted);
    CHECK(verdict(again, "alpha", 2222, kTwo) == Verdict::changed);
    CHECK(verdict(again, "beta", 22, kOne) == Verdict::unknown);
}

TEST_CASE("adding ends an unfinished line first and keeps the file's mode") {
    const TempDir dir;
    const std::string path = dir.path("known_hosts");
    REQUIRE(replace_file(path, "# unfinished", 0644));
    KnownHosts hosts = KnownHosts::load({path});
    REQUIRE(hosts.add(path, "alpha", 22, kOne));
    CHECK(load_file(path).value() == "# unfinished\nalpha " + text_of(kOne) + "\n");
    CHECK(mode_of(path) == 0644);
}

TEST_CASE("a name that would read as something else is never written") {
    const TempDir dir;
    const std::string path = dir.path("known_hosts");
    KnownHosts hosts;
    for (const char* name : {"", "*", "a,b", "a b", "a\nb", "#a", "@revoked", "|1|x", "!a", "a?"}) {
        CAPTURE(name);
        CHECK(hosts.add(path, name, 22, kOne).error().code() == remuda::Code::invalid_input);
    }
    CHECK(hosts.add(path, "alpha", 22, "garbage").error().code() == remuda::Code::invalid_input);
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a key that cannot be written is remembered for this run") {
    const TempDir dir;
    KnownHosts hosts;
    CHECK_FALSE(hosts.add(dir.path("missing/folder/known_hosts"), "alpha", 22, kOne));
    CHECK(verdict(hosts, "alpha", 22, kOne) == Verdict::trusted);
}

TEST_CASE("a lock that another process keeps is reported, and nothing is written") {
    const TempDir dir;
    const std::string path = dir.path("known_hosts");
    REQUIRE(replace_file(path, ""));
    const remuda::Fd holder(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(holder.number(), LOCK_EX) == 0);
    KnownHosts hosts;
    CHECK(hosts.add(path, "alpha", 22, kOne).error().code() == remuda::Code::locked);
    CHECK(load_file(path).value().empty());
}

TEST_CASE("the type of a key is the name at its head, if that is one") {
    CHECK(remuda::ssh::key_type(kRsa) == "ssh-rsa");
    CHECK(remuda::ssh::key_type("").empty());
    CHECK(remuda::ssh::key_type("abc").empty());
    CHECK(remuda::ssh::key_type(WireWriter().string("two words").take()).empty());
    CHECK(remuda::ssh::key_type(WireWriter().string(std::string(65, 'a')).take()).empty());
}
