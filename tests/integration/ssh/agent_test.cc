// SPDX-License-Identifier: MIT
//
// Agent and Identities with a real ssh-agent.
#include "ssh/agent.h"

#include "remuda/base/fd.h"
#include "ssh/identities.h"
#include "ssh/key_text.h"
#include "ssh/known_hosts.h"
#include "ssh/signature.h"
#include "support/program.h"
#include "support/ssh_agent.h"
#include "support/temp_dir.h"

#include <chrono>
#include <functional>

#include <doctest/doctest.h>

using remuda::Code;
using remuda::kNever;
using remuda::load_file;
using remuda::ssh::Agent;
using remuda::ssh::Identities;
using remuda::ssh::parse_private_key;
using remuda::ssh::parse_public_half;
using remuda::test::run_program;
using remuda::test::SshAgent;
using remuda::test::TempDir;
namespace loop = remuda::loop;

namespace {

std::string make_key(const TempDir& dir, const std::string& name, const std::string& type,
                     const std::string& passphrase = "") {
    std::string path = dir.path(name);
    const auto made =
        run_program({"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", name, "-f", path});
    REQUIRE(made.exit_status == 0);
    return path;
}

std::string blob_of(const std::string& path) {
    return parse_public_half(load_file(path + ".pub").value());
}

void run(const std::function<loop::Task<>(loop::Loop&, loop::Stop&)>& body) {
    loop::Loop loop;
    loop::Stop stop;
    loop.run(body(loop, stop));
}

loop::Task<> sign_with_all(loop::Loop& on, loop::Stop& stop, const std::string& path,
                           const std::vector<std::string>& keys) {
    Agent agent(on, path);
    const auto identities = co_await agent.identities(kNever, stop);
    REQUIRE(identities);
    REQUIRE(identities->size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        CHECK(identities->at(i).public_blob == blob_of(keys[i]));
        const auto key = parse_private_key(load_file(keys[i]).value());
        REQUIRE(key);
        const std::string type = remuda::ssh::key_type(key->public_blob);
        const std::vector<std::string> algorithms =
            type == "ssh-rsa" ? std::vector<std::string>{"rsa-sha2-512", "rsa-sha2-256"}
                              : std::vector<std::string>{type};
        for (const std::string& algorithm : algorithms) {
            const auto signature =
                co_await agent.sign(key->public_blob, algorithm, "data", kNever, stop);
            REQUIRE(signature);
            CHECK(remuda::ssh::is_signature(key->key.get(), algorithm, "data",
                                            remuda::ssh::callback_signature(*signature)));
        }
    }
    const auto unknown = co_await agent.sign("blob", "ssh-ed25519", "data", kNever, stop);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code() == Code::not_authorised);
}

std::vector<std::string> names(const Identities::Offer& offer) {
    std::vector<std::string> all;
    all.reserve(offer.candidates.size());
    for (const Identities::Candidate& candidate : offer.candidates) {
        all.push_back((candidate.key == nullptr ? "agent " : "file ") + candidate.name);
    }
    return all;
}

}  // namespace

TEST_CASE("a real agent shows its keys and signs with each type") {
    const TempDir dir;
    const SshAgent agent(dir.path("agent"));
    std::vector<std::string> keys;
    for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
        keys.push_back(make_key(dir, type, type));
        REQUIRE(agent.run({"ssh-add", "-q", keys.back()}).exit_status == 0);
    }
    run([&](loop::Loop& on, loop::Stop& stop) {
        return sign_with_all(on, stop, agent.path(), keys);
    });
}

namespace {

loop::Task<> lose_agent(loop::Loop& on, loop::Stop& stop, SshAgent& process, std::string blob) {
    Agent agent(on, process.path());
    const auto signature = co_await agent.sign(blob, "ssh-ed25519", "data", kNever, stop);
    CHECK(signature);
    process.end();
    const auto gone = co_await agent.sign(blob, "ssh-ed25519", "data", kNever, stop);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code() == Code::not_found);
}

loop::Task<> compare_offers(loop::Loop& on, loop::Stop& stop, const TempDir& dir,
                            const std::string& socket) {
    Agent agent(on, socket);
    Identities identities(on, dir.path());
    Identities::Wanted files;
    files.identity_files = {"~/one", "~/locked", "~/held", dir.path("none")};
    const auto offer = co_await identities.offer(files, &agent, kNever, stop);
    CHECK(names(offer) ==
          std::vector<std::string>{"agent held", "agent other", "file " + dir.path("one")});
    REQUIRE(offer.notes.size() == 2);
    CHECK(offer.notes[0] == dir.path("locked") +
                                " needs a passphrase: add it to ssh-agent (ssh-add " +
                                dir.path("locked") + ")");
    CHECK(offer.notes[1].find("cannot open " + dir.path("none")) == 0);
    const auto again = co_await identities.offer(files, &agent, kNever, stop);
    CHECK(again.candidates.back().key == offer.candidates.back().key);
    files.identities_only = true;
    const auto only = co_await identities.offer(files, &agent, kNever, stop);
    CHECK(names(only) == std::vector<std::string>{"agent held", "file " + dir.path("one")});
}

loop::Task<> offer_usual(loop::Loop& on, loop::Stop& stop, const std::string& home) {
    Agent agent(on, "/nowhere/agent");
    Identities identities(on, home);
    const Identities::Wanted none;
    const auto offer = co_await identities.offer(none, &agent, kNever, stop);
    CHECK(names(offer) == std::vector<std::string>{"file " + home + "/.ssh/id_rsa",
                                                   "file " + home + "/.ssh/id_ed25519"});
    CHECK(offer.notes == std::vector<std::string>{"no ssh-agent at /nowhere/agent"});
}

}  // namespace

TEST_CASE("an agent that has been killed is gone") {
    const TempDir dir;
    SshAgent agent(dir.path("agent"));
    const std::string key = make_key(dir, "key", "ed25519");
    REQUIRE(agent.run({"ssh-add", "-q", key}).exit_status == 0);
    run([&](loop::Loop& on, loop::Stop& stop) {
        return lose_agent(on, stop, agent, blob_of(key));
    });
}

TEST_CASE("keys are offered in ssh's order: named ones of the agent, its others, files") {
    const TempDir dir;
    const SshAgent agent(dir.path("agent"));
    REQUIRE(agent.run({"ssh-add", "-q", make_key(dir, "other", "ed25519")}).exit_status == 0);
    REQUIRE(agent.run({"ssh-add", "-q", make_key(dir, "held", "ed25519")}).exit_status == 0);
    (void)make_key(dir, "one", "ed25519");
    (void)make_key(dir, "locked", "ed25519", "secret");
    run([&](loop::Loop& on, loop::Stop& stop) {
        return compare_offers(on, stop, dir, agent.path());
    });
}

TEST_CASE("the usual files are tried in ssh's order, those that are not there without a word") {
    const TempDir dir;
    REQUIRE(run_program({"mkdir", dir.path(".ssh")}).exit_status == 0);
    (void)make_key(dir, ".ssh/id_ed25519", "ed25519");
    (void)make_key(dir, ".ssh/id_rsa", "rsa");
    run([&](loop::Loop& on, loop::Stop& stop) { return offer_usual(on, stop, dir.path()); });
}

TEST_CASE("a leading ~/ stands for the home folder, nothing else does") {
    CHECK(remuda::ssh::expanded_home("~/.ssh/key", "/home/me") == "/home/me/.ssh/key");
    CHECK(remuda::ssh::expanded_home("~you/key", "/home/me") == "~you/key");
    CHECK(remuda::ssh::expanded_home("/a/~/key", "/home/me") == "/a/~/key");
    CHECK_FALSE(remuda::ssh::home_folder().empty());
}
