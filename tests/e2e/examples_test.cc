// SPDX-License-Identifier: MIT
//
// What lies in examples/ works as it is described there.
#include "user.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::current_user;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::text_of;
using remuda::test::User;

namespace {

const std::filesystem::path kExamples = PROJECT_TREE "/examples";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

void copy_file(const User& user, const std::filesystem::path& from, const std::string& name) {
    user.write(name, text_of(from));
}

}  // namespace

TEST_CASE("the quiz has nine commands") {
    const User user;
    copy_file(user, kExamples / "quiz/hosts.yaml", "hosts.yaml");
    copy_file(user, kExamples / "quiz/queue.yaml", "queue.yaml");

    const Finished finished = user.run({"q"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(lines_of(finished.output).size() == 9);
    CHECK(contains(finished.errors, ": 9 ok\n"));
    CHECK(count_of(user.read("consumed.yaml"), "- command:") == 9);
}

TEST_CASE("the demo's nine jobs run on this machine and two servers") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    user.trust(first);
    user.trust(second);
    std::string hosts = text_of(kExamples / "demo/hosts.yaml.in");
    hosts = replaced(std::move(hosts), "@FIRST@", address_of(first));
    hosts = replaced(std::move(hosts), "@SECOND@", address_of(second));
    hosts = replaced(std::move(hosts), "@USER@", current_user());
    user.write("hosts.yaml", hosts);
    copy_file(user, kExamples / "demo/queue.yaml", "queue.yaml");

    const Finished finished = user.run({"q"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(count_of(finished.output, "trained ") == 8);
    CHECK(count_of(finished.output, "hi from ") == 1);
    CHECK(contains(finished.errors, ": 9 ok\n"));
}

TEST_CASE("every example can be tried dry, by queue and by broadcast") {
    int folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator(kExamples)) {
        if (!folder.is_directory()) continue;
        const std::filesystem::path& path = folder.path();
        // The demo's addresses are filled in above.
        if (!std::filesystem::exists(path / "hosts.yaml")) continue;
        ++folders;
        const User user;
        for (const char* command : {"q", "b"}) {
            const Finished finished = user.run(
                {command, "--dry-run", "-H", path / "hosts.yaml", "-Q", path / "queue.yaml"});
            INFO(path.string());
            INFO(finished.errors);
            CHECK(finished.exit_status == 0);
            CHECK(contains(finished.output, "jobs ("));
        }
    }
    CHECK(folders > 0);
}

TEST_CASE("the example files beside the README are without fault") {
    const User user;
    const std::string tree = PROJECT_TREE;
    const Finished finished = user.run(
        {"q", "--dry-run", "-H", tree + "/hosts.yaml.example", "-Q", tree + "/queue.yaml.example"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.output, "jobs ("));
}
