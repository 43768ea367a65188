// SPDX-License-Identifier: MIT
//
// The self-test as people run it.
#include "json_text.h"
#include "user.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::User;

namespace {

/// Where it makes its private folder.
std::string temp_folder(const User& user) {
    std::filesystem::create_directory(user.path("tmp"));
    return user.path("tmp");
}

bool is_empty(const std::string& folder) {
    return std::filesystem::directory_iterator(folder) == std::filesystem::directory_iterator();
}

}  // namespace

TEST_CASE("the self-test passes on this machine and leaves nothing behind") {
    remuda::test::require_sshd();
    const User user;
    const std::string temp = temp_folder(user);
    const Finished finished = user.run({"selftest"}, {{"TMPDIR", temp}});
    INFO(finished.output, finished.errors);
    CHECK(finished.exit_status == 0);
    const auto lines = lines_of(finished.output);
    REQUIRE(lines.size() == 3);
    // As docs/selftest.md shows it, but for the time.
    const std::string shown = remuda::test::text_of(PROJECT_TREE "/docs/selftest.md");
    for (const std::string& line : lines)
        CHECK(contains(shown, "\n" + line.substr(0, line.rfind('('))));
    CHECK(is_empty(temp));
}

TEST_CASE("no verdict is wrong while what works a queue off is killed, cut off and filled") {
    remuda::test::require_sshd();
    const User user;
    const std::string temp = temp_folder(user);
    const Finished finished =
        user.run({"selftest", "--chaos", "--runs", "3", "--seed", "11"}, {{"TMPDIR", temp}});
    INFO(finished.output, finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.output, "3 runs with "));
    CHECK(contains(finished.output, "jobs: 0 lost, 0 twice, 0 wrong, 0 needlessly lost\npassed\n"));
    CHECK(finished.errors.empty());
    CHECK(is_empty(temp));
}

TEST_CASE("a scorecard as data is one object") {
    remuda::test::require_sshd();
    const User user;
    const Finished finished =
        user.run({"selftest", "--chaos", "--runs", "2", "--seed", "21", "--json"});
    INFO(finished.output, finished.errors);
    CHECK(finished.exit_status == 0);
    REQUIRE(lines_of(finished.output).size() == 1);
    CHECK(remuda::test::is_json(lines_of(finished.output)[0]));
    CHECK(contains(finished.output,
                   R"("type":"scorecard","passed":true,"seed":21,"runs":2,"wanted":2,)"));
}
