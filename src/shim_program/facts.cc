// SPDX-License-Identifier: MIT
#include "shim_program/facts.h"

#include "shim_program/spawn.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

namespace remuda::shim::program {

namespace {

constexpr std::uint64_t kPatienceUs = 5'000'000;
constexpr std::size_t kMostText = std::size_t{64} << 10;
constexpr std::uint64_t kMebi = std::uint64_t{1} << 20;

void put_text(std::string& to, std::string_view text) {
    to += '"';
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '"' || byte == '\\') {
            to += '\\';
            to += byte;
        } else if (code >= 0x20 && code < 0x7f) {
            to += byte;
        } else {
            to += '?';
        }
    }
    to += '"';
}

void put_pair(std::string& to, std::string_view name, std::string_view text) {
    to += to.back() == '{' ? "" : ",";
    put_text(to, name);
    to += ':';
    put_text(to, text);
}

void put_pair(std::string& to, std::string_view name, std::uint64_t number) {
    to += to.back() == '{' ? "" : ",";
    put_text(to, name);
    to += ':' + std::to_string(number);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// Takes what stands before `end` from the front of `rest`.
std::string_view cut_at(std::string_view& rest, char end) {
    const std::string_view part = rest.substr(0, rest.find(end));
    rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
    return part;
}

/// Lines of `index, name, MiB in all, MiB in use, percent`.
void put_gpus(std::string& to, std::string_view lines) {
    to += ",\"gpus\":[";
    while (!lines.empty()) {
        std::string_view line = cut_at(lines, '\n');
        std::string_view cells[5];
        for (std::string_view& cell : cells)
            cell = trimmed(cut_at(line, ','));
        if (cells[1].empty()) continue;
        if (to.back() != '[') to += ',';
        to += '{';
        put_pair(to, "index", to_number(cells[0]));
        put_pair(to, "name", cells[1]);
        put_pair(to, "memory_total", to_number(cells[2]) * kMebi);
        put_pair(to, "memory_used", to_number(cells[3]) * kMebi);
        put_pair(to, "busy_percent", to_number(cells[4]));
        to += '}';
    }
    to += ']';
}

/// A line of /proc/meminfo in bytes.
std::uint64_t memory_line(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    return at == std::string_view::npos ? 0
                                        : to_number(trimmed(text.substr(at + name.size()))) * 1024;
}

}  // namespace

std::string facts_as_json(const std::string& boot, std::string_view gpus) {
    std::string json = "{";
    utsname names{};
    ::uname(&names);
    put_pair(json, "host_name", names.nodename);
    put_pair(json, "system", names.sysname);
    put_pair(json, "kernel", names.release);
    put_pair(json, "machine", names.machine);
    put_pair(json, "boot", boot);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    const bool has_cpus = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0;
    put_pair(
        json, "cpus",
        static_cast<std::uint64_t>(has_cpus ? CPU_COUNT(&cpus) : ::sysconf(_SC_NPROCESSORS_ONLN)));
    const std::string memory = read_file("/proc/meminfo", kMostText);
    put_pair(json, "memory_total", memory_line(memory, "MemTotal:"));
    put_pair(json, "memory_available", memory_line(memory, "MemAvailable:"));
    const char* home = ::secure_getenv("HOME");
    struct statvfs disk{};
    if (::statvfs(home == nullptr ? "/" : home, &disk) == 0) {
        put_pair(json, "disk_total", std::uint64_t{disk.f_blocks} * disk.f_frsize);
        put_pair(json, "disk_free", std::uint64_t{disk.f_bavail} * disk.f_frsize);
    }
    struct sysinfo system{};
    if (::sysinfo(&system) == 0) {
        put_pair(json, "uptime", static_cast<std::uint64_t>(system.uptime));
    }
    constexpr std::size_t most_load = 64;
    const std::string load = read_file("/proc/loadavg", most_load);
    std::string_view rest = load;
    json += ",\"load\":[";
    for (int i = 0; i < 3; ++i) {
        const std::string_view number = cut_at(rest, ' ');
        json += i == 0 ? "" : ",";
        json += number.empty() ? "0" : number;
    }
    json += ']';
    put_gpus(json, gpus);
    return json + "}";
}

bool Facts::start(const rlimit& files) {
    const char* path = nullptr;
    for (const char* candidate :
         {"/usr/bin/nvidia-smi", "/usr/local/bin/nvidia-smi", "/opt/bin/nvidia-smi"}) {
        if (::access(candidate, X_OK) == 0) {
            path = candidate;
            break;
        }
    }
    int ends[2];
    if (path == nullptr || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    Fd ours(ends[0]);
    const Fd theirs(ends[1]);
    const char* const argv[] = {path,
                                "--query-gpu=index,name,memory.total,memory.used,utilization.gpu",
                                "--format=csv,noheader,nounits", nullptr};
    Command command;
    command.path = path;
    command.argv = argv;
    command.environment = environ;
    command.directory = "/";
    command.out = theirs.number();
    command.files = files;
    pid_ = spawn(command).pid;
    if (pid_ < 0) return false;
    pipe_ = std::move(ours);
    text_.clear();
    deadline_us_ = now_us() + kPatienceUs;
    return true;
}

bool Facts::read() {
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(pipe_.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return false;
        if (count <= 0) break;
        if (text_.size() < kMostText) text_.append(buffer, static_cast<std::size_t>(count));
    }
    pipe_.reset();
    return true;
}

void Facts::stop() {
    ::kill(-pid_, SIGKILL);
    pipe_.reset();
}

}  // namespace remuda::shim::program
