// SPDX-License-Identifier: MIT
#include "cli/password.h"

#include "remuda/base/fd.h"
#include "support/temp_dir.h"

#include <string>

#include <doctest/doctest.h>

#include <sys/stat.h>

using remuda::Code;
using remuda::cli::load_password;
using remuda::test::TempDir;

namespace {

remuda::Result<std::string> loaded(const std::string& text, mode_t mode) {
    const TempDir dir;
    const std::string path = dir.path("secret");
    REQUIRE(remuda::replace_file(path, text));
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    auto password = load_password(path);
    if (!password) return password.error();
    return std::string(password->view());
}

}  // namespace

TEST_CASE("a password is the first line of its file, whatever is in it") {
    CHECK(loaded("s3cret\nmore\n", 0600).value() == "s3cret");
    CHECK(loaded("no line break", 0400).value() == "no line break");
    CHECK(loaded("  blanks \\ $x\t\n", 0600).value() == "  blanks \\ $x\t");
}

TEST_CASE("a password file that is empty, too long or open to others is refused") {
    for (const char* text : {"", "\n", "\nsecond\n"})
        CHECK(loaded(text, 0600).error().code() == Code::invalid_input);
    CHECK_FALSE(loaded(std::string(5000, 'x'), 0600));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0644U}) {
        const auto refused = loaded("s3cret\n", mode);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text().find("can be read by others: chmod 600 ") !=
              std::string::npos);
    }
    CHECK(load_password("/nowhere/secret").error().code() == Code::not_found);
}
