// SPDX-License-Identifier: MIT
//
// How many jobs a second the shim's program runs, beside what this machine can do at all:
//
//     shim_rates PROGRAM [JOBS [AT_ONCE]]
//
// prints lines of `name rate`: `floor` (posix_spawn of `sh -c true` with two pipes, in this
// process), `jobs` and `durable` (the same through the shim), `probes` (answered without a
// process).
#include "remuda/shim/wire.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace remuda::shim;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::_Exit(1);
}

double rate(std::uint64_t count, Clock::time_point begun) {
    return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - begun).count();
}

struct Child {
    int out = -1;
    int err = -1;
};

Child start_one(pid_t& pid) {
    int out[2];
    int err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) fail("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::string words[] = {"sh", "-c", "true"};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    if (::posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, environ) != 0) fail("spawn");
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    ::close(out[1]);
    ::close(err[1]);
    return {out[0], err[0]};
}

double floor_rate(std::uint64_t jobs, std::uint64_t at_once) {
    const auto begun = Clock::now();
    std::unordered_map<pid_t, Child> running;
    for (std::uint64_t started = 0, ended = 0; ended < jobs;) {
        while (started < jobs && running.size() < at_once) {
            pid_t pid = 0;
            const Child child = start_one(pid);
            running.emplace(pid, child);
            ++started;
        }
        int status = 0;
        const pid_t pid = ::wait(&status);
        if (pid < 0) fail("wait");
        const Child child = running[pid];
        running.erase(pid);
        char byte = 0;
        for (const int fd : {child.out, child.err}) {
            if (::read(fd, &byte, 1) != 0) fail("read");
            ::close(fd);
        }
        ++ended;
    }
    return rate(jobs, begun);
}

class Shim {
  public:
    Shim(const std::string& program, const std::string& folder) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
        front_ = ::fork();
        if (front_ == 0) {
            ::dup2(ends[1], 0);
            ::dup2(ends[1], 1);
            ::execl(program.c_str(), "shim", "serve", "--dir", folder.c_str(), "--linger", "0",
                    nullptr);
            ::_exit(1);
        }
        ::close(ends[1]);
        socket_ = ends[0];
        Frame(output_, FrameType::hello, 0).number(Tag::version, kVersion);
        next_ended(FrameType::shim_hello);
    }
    ~Shim() {
        ::close(socket_);
        int status = 0;
        ::waitpid(front_, &status, 0);
    }
    Shim(const Shim&) = delete;
    Shim& operator=(const Shim&) = delete;

    enum class Kind : std::uint8_t { plain, durable, probe };

    double run(Kind kind, std::uint64_t jobs, std::uint64_t at_once) {
        const auto begun = Clock::now();
        std::unordered_map<std::uint64_t, std::string> keys;
        for (std::uint64_t started = 0, ended = 0; ended < jobs;) {
            for (; started < jobs && started - ended < at_once; ++started) {
                const std::uint64_t id = next_id_++;
                Frame frame(output_, FrameType::run, id);
                if (kind == Kind::probe) {
                    frame.number(Tag::probe, 1);
                    continue;
                }
                std::string key = "bench." + std::to_string(id);
                frame.text(Tag::key, key).text(Tag::script, "true");
                if (kind != Kind::durable) continue;
                frame.number(Tag::durable, 1);
                keys.emplace(id, std::move(key));
            }
            do {
                const std::uint64_t id = next_ended(FrameType::ended);
                if (kind == Kind::durable) {
                    Frame(output_, FrameType::release, 0).text(Tag::key, keys[id]);
                    keys.erase(id);
                }
                ++ended;
            } while (ended < jobs && whole_frame());
        }
        return rate(jobs, begun);
    }

  private:
    /// The header of the next frame, if all of it is there.
    [[nodiscard]] std::optional<Header> whole_frame() const {
        const auto rest = std::string_view(input_).substr(used_);
        const auto header = read_header(rest);
        if (!header || rest.size() < kHeaderSize + header->length) return std::nullopt;
        return header;
    }

    /// The id of the next frame of that type; sends what there is to send first.
    std::uint64_t next_ended(FrameType wanted) {
        for (;;) {
            while (const auto header = whole_frame()) {
                used_ += kHeaderSize + header->length;
                if (header->type == FrameType::refused || header->type == FrameType::fault) {
                    std::fputs("the shim refuses\n", stderr);
                    std::_Exit(1);
                }
                if (header->type == wanted) return header->id;
            }
            input_.erase(0, used_);
            used_ = 0;
            for (std::size_t at = 0; at < output_.size();) {
                const ssize_t count = ::write(socket_, &output_[at], output_.size() - at);
                if (count <= 0) fail("write");
                at += static_cast<std::size_t>(count);
            }
            output_.clear();
            constexpr std::size_t step = std::size_t{256} << 10;
            const std::size_t before = input_.size();
            input_.resize(before + step);
            const ssize_t count = ::read(socket_, &input_[before], step);
            if (count <= 0) fail("read");
            input_.resize(before + static_cast<std::size_t>(count));
        }
    }

    pid_t front_ = -1;
    int socket_ = -1;
    std::uint64_t next_id_ = 1;
    std::string output_;
    std::string input_;
    std::size_t used_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: shim_rates PROGRAM [JOBS [AT_ONCE]]\n", stderr);
        return 2;
    }
    const std::uint64_t jobs = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4000;
    const std::uint64_t at_once = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 8;
    constexpr std::uint64_t probes_per_job = 50;
    constexpr std::uint64_t probes_at_once = 256;
    std::string folder = (std::filesystem::temp_directory_path() / "shim-rates.XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) fail("mkdtemp");
    {
        Shim shim(argv[1], folder + "/remuda");
        // In turn, and twice: a machine is not equally fast all the time.
        for (int round = 0; round < 2; ++round) {
            std::printf("floor %.0f\n", floor_rate(jobs, at_once));
            std::printf("jobs %.0f\n", shim.run(Shim::Kind::plain, jobs, at_once));
            std::printf("durable %.0f\n", shim.run(Shim::Kind::durable, jobs, at_once));
            std::printf("probes %.0f\n",
                        shim.run(Shim::Kind::probe, jobs * probes_per_job, probes_at_once));
        }
    }
    std::filesystem::remove_all(folder);
    return 0;
}
