// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

using remuda::load_file;
using remuda::replace_file;
using remuda::test::TempDir;
namespace fs = std::filesystem;

TEST_CASE("a replaced file holds the new content and leaves nothing beside it") {
    const TempDir dir;
    REQUIRE(replace_file(dir.path("a"), "one"));
    REQUIRE(replace_file(dir.path("a"), "two"));
    CHECK(load_file(dir.path("a")).value() == "two");
    CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a replaced file keeps its mode") {
    const TempDir dir;
    REQUIRE(replace_file(dir.path("a"), "one", 0600));
    REQUIRE(replace_file(dir.path("a"), "two", 0644));
    struct stat info{};
    REQUIRE(::stat(dir.path("a").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("replacing through a symbolic link keeps the link") {
    const TempDir dir;
    REQUIRE(replace_file(dir.path("real"), "one"));
    fs::create_symlink(dir.path("real"), dir.path("link"));
    REQUIRE(replace_file(dir.path("link"), "two"));
    CHECK(fs::is_symlink(dir.path("link")));
    CHECK(load_file(dir.path("real")).value() == "two");
}

TEST_CASE("a file that is not there is not_found, a folder is another error") {
    const TempDir dir;
    CHECK(load_file(dir.path("none")).error().code() == remuda::Code::not_found);
    CHECK(load_file(dir.path()).error().code() == remuda::Code::system);
}

TEST_CASE("a file that cannot be written leaves the old one") {
    const TempDir dir;
    REQUIRE(replace_file(dir.path("a"), "one"));
    CHECK_FALSE(replace_file(dir.path("none/a"), "two"));
    CHECK(load_file(dir.path("a")).value() == "one");
}
