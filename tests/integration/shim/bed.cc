// SPDX-License-Identifier: MIT
#include "bed.h"

#include "support/program.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::test {

namespace {

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Bed::Bed() {
    options_.program = {SHIM_CHECKED};
    options_.folder = folder_.path("cache/remuda");
    // The supervisor has no stderr.
    options_.environment = {
        {"ASAN_OPTIONS", "detect_leaks=0:log_path=" + folder_.path("sanitizer")},
        {"UBSAN_OPTIONS", "print_stacktrace=1:log_path=" + folder_.path("sanitizer")},
        {"BED", folder_.path()}};
}

Bed::~Bed() {
    for (const pid_t pid : processes_with("BED=" + folder_.path()))
        ::kill(pid, SIGKILL);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        if (!entry.path().filename().string().starts_with("sanitizer")) continue;
        FAIL_CHECK("a sanitizer complained: " << content(entry.path()));
    }
}

std::unique_ptr<Channel> Bed::connect(const std::string& controller) {
    ChannelOptions options = options_;
    options.controller = controller;
    return std::make_unique<Channel>(options);
}

std::string Bed::shim_file(const std::string& end) const {
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(options_.folder, ignored)) {
        if (entry.path().string().ends_with(end)) return entry.path().string();
    }
    return {};
}

pid_t Bed::parent_of(pid_t pid) {
    const std::string stat = content("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream rest(stat.substr(stat.rfind(')') + 1));
    std::string state;
    pid_t parent = 0;
    rest >> state >> parent;
    return parent;
}

void Bed::kill_and_wait(pid_t pid) {
    ::kill(pid, SIGKILL);
    REQUIRE(wait_until_ended(pid, std::chrono::seconds(60)));
}

std::string Bed::own_key(const std::string& name) {
    return name + "." + std::to_string(::getpid());
}

void Bed::kill_keepers(pid_t supervisor) {
    kill_and_wait(parent_of(supervisor));
    kill_and_wait(supervisor);
}

void Bed::leave(std::unique_ptr<Channel>& channel) {
    const pid_t supervisor = channel->supervisor();
    channel.reset();
    REQUIRE(wait_until_ended(supervisor, std::chrono::seconds(60)));
}

Gate::Gate(const std::string& path) : path_(path) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
}

Gate::~Gate() {
    ::unlink(path_.c_str());
}

void Gate::pass() const {
    std::string line;
    std::ifstream file(path_);
    std::getline(file, line);
}

void Gate::open() const {
    std::ofstream(path_) << "go\n";
}

}  // namespace remuda::test
