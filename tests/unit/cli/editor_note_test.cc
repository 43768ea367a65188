// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "remuda/base/clock.h"
#include "remuda/base/fd.h"
#include "support/temp_dir.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace remuda::cli;
using remuda::Fd;
using remuda::test::TempDir;

namespace {

// Each look at it is so much later than the one before.
class TickingClock final : public remuda::Clock {
  public:
    explicit TickingClock(remuda::Duration tick) : tick_(tick) {}
    [[nodiscard]] remuda::Time now() const override { return now_ += tick_; }

  private:
    remuda::Duration tick_;
    mutable remuda::Time now_;
};

// What `act` writes to stderr.
template <class Act>
std::string said_by(const TempDir& dir, const Act& act) {
    const std::string path = dir.path("stderr");
    const Fd old(::dup(STDERR_FILENO));
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    REQUIRE(::dup2(file.number(), STDERR_FILENO) >= 0);
    const int code = act();
    REQUIRE(::dup2(old.number(), STDERR_FILENO) >= 0);
    CHECK(code == 0);
    return remuda::load_file(path).value();
}

// Copies that are kept are made there, and removed with it.
class TemporaryFilesIn {
  public:
    explicit TemporaryFilesIn(const std::string& folder) {
        if (const char* old = std::getenv("TMPDIR")) old_ = old;
        ::setenv("TMPDIR", folder.c_str(), 1);
    }
    ~TemporaryFilesIn() {
        if (old_) {
            ::setenv("TMPDIR", old_->c_str(), 1);
        } else {
            ::unsetenv("TMPDIR");
        }
    }
    TemporaryFilesIn(const TemporaryFilesIn&) = delete;
    TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;

  private:
    std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("only an editor that comes back within a second is said not to wait") {
    const TempDir dir;
    const TemporaryFilesIn there(dir.path());
    Options options;
    options.queue_file = dir.path("queue.yaml");
    options.hosts_file = dir.path("hosts.yaml");
    options.state_dir = dir.path("state");
    options.editor = "true";
    REQUIRE(remuda::replace_file(options.queue_file, "- a\n"));
    for (const auto command : {&edit_queue, &lock_queue}) {
        const auto said_after = [&](remuda::Duration time) {
            return said_by(dir, [&] { return command(options, TickingClock(time)); });
        };
        CHECK(said_after(std::chrono::milliseconds(999)).find("came back at once") !=
              std::string::npos);
        const std::string said = said_after(std::chrono::milliseconds(1000));
        CHECK(said.find("no changes") != std::string::npos);
        CHECK(said.find("came back at once") == std::string::npos);
    }
}
