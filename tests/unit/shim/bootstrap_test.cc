// SPDX-License-Identifier: MIT
//
// The bootstrap script, run by sh on this machine with a program that is itself a script.
#include "shim/bootstrap.h"

#include "remuda/base/fd.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/wait.h>

using namespace remuda::shim;
using remuda::test::Finished;
using remuda::test::run_program;
using remuda::test::start_program;
using remuda::test::TempDir;
using Kind = BootstrapWords::Word::Kind;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kServing = R"(#!/bin/sh
if [ "$1" = verify ]; then
  s=$(sha256sum <"$0")
  [ "${s%% *}" = "$2" ]
  exit
fi
echo served "$@"
exec cat
)";

std::string trimmed(std::string text) {
    while (text.ends_with('\n') || text.ends_with(' ') || text.ends_with('-'))
        text.pop_back();
    return text;
}

/// A host with a home of its own, and a program for it.
struct Host {
    Host() {
        std::ofstream(home.path("program")) << kServing;
        sha = trimmed(run_program({"sh", "-c", "sha256sum < " + home.path("program")}).output);
        machine = trimmed(run_program({"uname", "-m"}).output);
        programs = {{machine, std::as_bytes(std::span(kServing)), sha}};
    }

    [[nodiscard]] Finished boot(const std::string& input, const std::string& folder = {}) const {
        return run_program({"env", "-u", "XDG_CACHE_HOME", "HOME=" + home.path(), "sh", "-c",
                            bootstrap_script(programs, folder, "MARK", 5)},
                           input);
    }
    [[nodiscard]] std::string cache() const { return home.path(".cache/remuda"); }
    [[nodiscard]] std::string program() const { return cache() + "/shim-" + sha; }

    TempDir home;
    std::string sha;
    std::string machine;
    std::vector<Program> programs;
};

}  // namespace

TEST_CASE("a program that is missing is asked for, kept whole and served") {
    const Host host;
    const Finished first = host.boot("hello" + std::string(kServing) + "frames");
    CHECK(first.output == fmt::format("MARK need {}\nMARK ready\nserved serve --dir {}\nframes",
                                      host.machine, host.cache()));
    CHECK(remuda::load_file(host.program()).value() == kServing);
    CHECK(fs::status(host.program()).permissions() == fs::perms::owner_all);
    CHECK(fs::status(host.cache()).permissions() == fs::perms::owner_all);
    CHECK(std::distance(fs::directory_iterator(host.cache()), {}) == 1);

    // The second time it is there: what stands first on stdin is its own.
    const Finished second = host.boot("hello, frames");
    CHECK(second.output ==
          fmt::format("MARK ready\nserved serve --dir {}\nhello, frames", host.cache()));
}

TEST_CASE("a program that was cut is sent anew") {
    const Host host;
    (void)host.boot("hello" + std::string(kServing));
    fs::resize_file(host.program(), 10);
    const Finished again = host.boot("hello" + std::string(kServing));
    CHECK(again.output.starts_with("MARK need"));
    CHECK(again.output.find("MARK ready") != std::string::npos);
}

TEST_CASE("what comes cut or garbled is not kept") {
    const Host host;
    const std::string half(kServing.substr(0, kServing.size() / 2));
    CHECK(host.boot("hello" + half).output.find("MARK cannot write to") != std::string::npos);
    std::string garbled(kServing);
    garbled.replace(garbled.find("served"), 1, "S");
    CHECK(host.boot("hello" + garbled).output.find("MARK cannot keep the program") !=
          std::string::npos);
    CHECK(fs::is_empty(host.cache()));
}

TEST_CASE("a folder in which nothing can be executed is said to be one") {
    Host host;
    const std::string broken = "#!/no/such/interpreter\n";
    host.programs[0].bytes = std::as_bytes(std::span(broken));
    CHECK(host.boot("hello" + broken).output.find("MARK cannot run a program in") !=
          std::string::npos);
    CHECK(fs::is_empty(host.cache()));
}

TEST_CASE("another folder may be named, with anything in its name") {
    const Host host;
    const std::string folder = host.home.path("it's a folder");
    CHECK(host.boot("hello" + std::string(kServing), folder)
              .output.find("served serve --dir " + folder) != std::string::npos);
    CHECK(host.boot("hello", "~/it's a folder").output.starts_with("MARK ready\n"));
}

TEST_CASE("why there can be no shim is said, and nothing left behind") {
    Host host;
    host.programs[0].machine = "pdp11";
    CHECK(host.boot("hello").output ==
          fmt::format("MARK cannot serve Linux {}: there is no shim for it\n", host.machine));
    CHECK_FALSE(fs::exists(host.cache()));

    const Host other;
    std::ofstream(other.home.path(".cache")) << "no folder";
    CHECK(other.boot("hello").output.find("MARK cannot make the folder") != std::string::npos);
    CHECK(other.boot("hello", "/dev/full").output.find("MARK cannot make the folder") !=
          std::string::npos);
}

TEST_CASE("programs that nobody used for a month are removed when one is put there") {
    const Host host;
    fs::create_directories(host.cache());
    const std::string old = host.cache() + "/shim-old";
    const std::string recent = host.cache() + "/shim-recent";
    for (const std::string& path : {old, recent})
        std::ofstream(path) << "x";
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(24 * 40));
    (void)host.boot("hello" + std::string(kServing));
    CHECK_FALSE(fs::exists(old));
    CHECK(fs::exists(recent));
}

TEST_CASE("cleaning removes what is old and empty, and says of the rest why it is kept") {
    const Host host;
    const auto clean = [&] {
        return run_program({"env", "-u", "XDG_CACHE_HOME", "HOME=" + host.home.path(), "sh", "-c",
                            cleaning_script(host.programs, "")})
            .output;
    };
    CHECK(clean() == "");
    (void)host.boot("hello" + std::string(kServing));
    const std::string old = host.cache() + "/shim-old";
    const std::string recent = host.cache() + "/shim-recent";
    for (const std::string& path : {old, recent})
        std::ofstream(path) << "x";
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(48));
    const std::string own = host.cache() + "/" + trimmed(run_program({"uname", "-n"}).output);
    fs::create_directories(own + "/v1");
    std::ofstream(own + "/v1/journal") << "a receipt";
    CHECK(clean() ==
          fmt::format("kept {}: it is the one of this remuda\n"
                      "removed {}\nkept {}: it was used within a day\n"
                      "kept {}: it was used within 30 days, and may hold receipts of jobs\n",
                      host.program(), old, recent, own));
    fs::last_write_time(own + "/v1/journal",
                        fs::file_time_type::clock::now() - std::chrono::hours(24 * 40));
    CHECK(clean().find("removed " + own) != std::string::npos);
    CHECK(fs::exists(host.program()));
}

TEST_CASE("what runs is kept where the home or the folder is a symbolic link, and links are kept") {
    const Host host;
    const std::string real = host.home.path("disk/remuda");
    fs::create_directories(real);
    fs::create_directories(host.home.path("home/.cache"));
    fs::create_symlink(host.home.path("home"), host.home.path("link"));
    fs::create_symlink(real, host.home.path("home/.cache/remuda"));
    const std::string cache = host.home.path("link/.cache/remuda");
    fs::copy_file("/bin/sleep", real + "/shim-running");
    const std::string own = real + "/" + trimmed(run_program({"uname", "-n"}).output);
    fs::create_directories(own + "/v1");
    std::ofstream(own + "/v1/journal") << "a receipt";
    std::ofstream(real + "/shim-old") << "x";
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 40);
    for (const char* path : {"/shim-running", "/shim-old"})
        fs::last_write_time(real + path, long_ago);
    fs::last_write_time(own + "/v1/journal", long_ago);
    const auto clean = [&] {
        return run_program({"env", "-u", "XDG_CACHE_HOME", "HOME=" + host.home.path("link"), "sh",
                            "-c", cleaning_script(host.programs, "")})
            .output;
    };
    const pid_t running = start_program({cache + "/shim-running", "1000"}, {});
    CHECK(clean() == fmt::format("removed {0}/shim-old\nkept {0}/shim-running: it is running\n"
                                 "kept {1}: it is in use\n",
                                 real, own));
    ::kill(running, SIGKILL);
    ::waitpid(running, nullptr, 0);
    // Where it leads to is not ours to remove.
    fs::rename(own, real + "/elsewhere");
    fs::create_symlink(real + "/elsewhere", own);
    CHECK(clean() ==
          fmt::format("removed {}/shim-running\nkept {}: it is a symbolic link\n", real, own));
    CHECK(fs::exists(real + "/elsewhere/v1/journal"));
    // What nobody has used for long goes when the program is put there.
    std::ofstream(real + "/shim-old") << "x";
    fs::last_write_time(real + "/shim-old", long_ago);
    CHECK(run_program({"env", "-u", "XDG_CACHE_HOME", "HOME=" + host.home.path("link"), "sh", "-c",
                       bootstrap_script(host.programs, "", "MARK", 5)},
                      "hello" + std::string(kServing))
              .output.find("served serve --dir " + cache) != std::string::npos);
    CHECK(!fs::exists(real + "/shim-old"));
}

TEST_CASE("words are found behind what a login shell writes, cut anywhere") {
    const std::string all = "Welcome!\nMARK need x86_64\nMARK ready\nframes";
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        BootstrapWords words("MARK");
        std::vector<BootstrapWords::Word> heard;
        for (const std::string& piece : {all.substr(0, cut), all.substr(cut)}) {
            for (auto word = words.feed(piece); word; word = words.feed({})) {
                heard.push_back(*word);
                if (word->kind == Kind::ready) break;
            }
        }
        REQUIRE(heard.size() >= 2);
        CHECK(heard[0].kind == Kind::need);
        CHECK(heard[0].text == "x86_64");
        CHECK(heard[1].kind == Kind::ready);
    }
    BootstrapWords words("MARK");
    const BootstrapWords::Word none;
    CHECK(words.feed("MARK cannot do it\n").value_or(none).text == "do it");
    BootstrapWords others("MARK");
    CHECK(others.feed("MARK ready\nframes").value_or(none).kind == Kind::ready);
    CHECK(others.take_rest() == "frames");
}

TEST_CASE("of a host that says things without end, little is kept") {
    const BootstrapWords::Word none;
    for (const std::string& end : {std::string(), std::string("\n")}) {
        BootstrapWords words("MARK");
        const std::string line = "MARK cannot " + std::string(5000, 'x') + end;
        CHECK(words.feed(line).value_or(none).text == "say what it means in 4096 bytes");
        CHECK(words.take_rest().empty());
    }
    BootstrapWords noise("MARK");
    for (int i = 0; i < 100; ++i)
        CHECK(!noise.feed(std::string(65'536, 'x')));
    CHECK(noise.take_rest().size() <= 65'536);
    CHECK(noise.feed("MARK ready\n").value_or(none).kind == Kind::ready);
}
