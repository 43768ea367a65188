// SPDX-License-Identifier: MIT
//
// What is installed is whole.
#include "remuda/base/fd.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fs = std::filesystem;

namespace {

// The files of this machine that a text in Markdown links to.
std::vector<std::string> links_in(const std::string& text) {
    std::vector<std::string> links;
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) {
        const std::string link = text.substr(at + 2, text.find_first_of(")#", at) - at - 2);
        if (!link.empty() && link.find(':') == std::string::npos) links.push_back(link);
    }
    return links;
}

}  // namespace

TEST_CASE("the program, its manual page and all that its documents link to are installed") {
    const remuda::test::TempDir dir;
    const std::string build = fs::path(REMUDA_BINARY).parent_path();
    const auto finished =
        remuda::test::run_program({"cmake", "--install", build, "--prefix", dir.path()});
    INFO(finished.errors);
    REQUIRE(finished.exit_status == 0);
    CHECK(remuda::test::run_program({dir.path("bin/remuda"), "version"}).exit_status == 0);
    CHECK(fs::exists(dir.path("share/man/man1/remuda.1")));
    std::size_t links = 0;
    for (const auto& entry : fs::recursive_directory_iterator(dir.path("share/doc"))) {
        if (entry.path().extension() != ".md") continue;
        const auto text = remuda::load_file(entry.path());
        REQUIRE(text);
        for (const std::string& link : links_in(*text)) {
            CAPTURE(entry.path().string());
            CAPTURE(link);
            ++links;
            CHECK(fs::exists(entry.path().parent_path() / link));
        }
    }
    CHECK(links > 10);
}
