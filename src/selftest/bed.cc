// SPDX-License-Identifier: MIT
#include "selftest/bed.h"

#include "selftest/plan.h"
#include "selftest/privsep_dir.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::selftest {

namespace fs = std::filesystem;

Result<Bed> Bed::make(std::size_t hosts, bool with_disks) {
    std::error_code error;
    std::string pattern = fs::temp_directory_path(error).string();
    if (error) pattern = "/tmp";
    pattern += "/remuda-selftest.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return sys_error("cannot make " + pattern);
    Bed bed;
    bed.folder_ = pattern;
    auto filled = bed.fill(hosts, with_disks);
    if (!filled) return filled.error();
    return bed;
}

Result<void> Bed::fill(std::size_t hosts, bool with_disks) {
    if (auto usable = use_privsep_dir(); !usable) return usable;
    const auto sshd = find_sshd();
    if (!sshd) return sshd.error();
    const auto keys = make_keys(folder_);
    if (!keys) return keys.error();
    for (const char* name : {"/home", "/records", "/here"})
        fs::create_directory(folder_ + name);
    std::string known;
    for (std::size_t host = 0; host < hosts; ++host) {
        const std::string folder = fmt::format("{}/host-{}", folder_, host + 1);
        fs::create_directories(folder + "/disk");
        auto server = Server::start(*sshd, *keys, folder, static_cast<int>(host));
        if (!server) return server.error();
        known += server->known_hosts_line();
        servers_.push_back(std::move(*server));
    }
    if (with_disks) {
        auto here = Disk::mount(folder_ + "/here");
        if (!here) return here.error();
        here_.emplace(std::move(*here));
        for (std::size_t host = 0; host < hosts; ++host) {
            auto disk = Disk::mount(there(host));
            if (!disk) return disk.error();
            there_.push_back(std::move(*disk));
        }
    }
    std::ofstream(folder_ + "/known_hosts") << known;
    std::ofstream(ssh_config()) << fmt::format(
        "Host *\n  IdentityFile {0}/user_key\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        "  UserKnownHostsFile {0}/known_hosts\n  GlobalKnownHostsFile none\n"
        "  ServerAliveInterval 1\n  ServerAliveCountMax 1\n",
        folder_);
    std::ofstream(script()) << job_script(records());
    return {};
}

Bed::~Bed() {
    if (folder_.empty()) return;
    servers_.clear();
    here_.reset();
    there_.clear();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

Bed::Bed(Bed&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      servers_(std::move(other.servers_)),
      here_(std::move(other.here_)),
      there_(std::move(other.there_)) {}

std::string Bed::there(std::size_t host) const {
    return fmt::format("{}/host-{}/disk", folder_, host + 1);
}

Result<void> Bed::clear(std::size_t hosts) {
    std::error_code error;
    if (here_) here_->free();
    for (std::size_t host = 0; host < hosts; ++host) {
        if (auto restarted = servers_[host].restart(); !restarted) return restarted;
        if (!there_.empty()) there_[host].free();
        fs::remove_all(there(host) + "/shim", error);
    }
    for (const std::string& path : {project(), records(), console(), diary()})
        fs::remove_all(path, error);
    for (const std::string& path : {project(), records()}) {
        if (!fs::create_directory(path, error)) return sys_error("cannot make " + path);
    }
    return {};
}

void Bed::keep(const std::string& folder, const std::vector<std::string>& faults) const {
    std::error_code error;
    fs::create_directories(folder, error);
    const auto copy = [&](const std::string& from, const std::string& name) {
        fs::copy(from, folder + "/" + name, fs::copy_options::recursive, error);
    };
    std::ofstream(folder + "/faults") << fmt::format("{}\n", fmt::join(faults, "\n"));
    copy(project(), "project");
    copy(records(), "records");
    copy(console(), "console");
    copy(diary(), "diary");
    for (std::size_t host = 0; host < servers_.size(); ++host) {
        copy(fmt::format("{}/host-{}/sshd.log", folder_, host + 1),
             fmt::format("sshd-{}.log", host + 1));
        copy(there(host) + "/shim", fmt::format("shim-{}", host + 1));
    }
}

std::vector<std::pair<std::string, std::string>> Bed::environment() const {
    // What the user has set must not decide the drill.
    constexpr std::array<std::string_view, 12> left_out{"HOME",
                                                        "SSH_AUTH_SOCK",
                                                        "SSH_ASKPASS",
                                                        "XDG_CACHE_HOME",
                                                        "XDG_CONFIG_HOME",
                                                        "NO_COLOR",
                                                        "FORCE_COLOR",
                                                        "CLICOLOR_FORCE",
                                                        "CI",
                                                        "PWD",
                                                        "XDG_RUNTIME_DIR",
                                                        "REMUDA_KEY"};
    std::vector<std::pair<std::string, std::string>> all{{"HOME", folder_ + "/home"}};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::size_t at = text.find('=');
        if (at == std::string_view::npos) continue;
        const std::string_view name = text.substr(0, at);
        if (std::ranges::find(left_out, name) != left_out.end()) continue;
        all.emplace_back(name, text.substr(at + 1));
    }
    return all;
}

std::string Bed::hosts_text(std::size_t hosts, int slots) const {
    std::string text;
    for (std::size_t host = 0; host < hosts; ++host) {
        text += fmt::format("- hostname: \"{}\"\n  slots: {}\n  host: {{shim_dir: {}/shim}}\n",
                            servers_[host].address(), slots, there(host));
    }
    return text;
}

}  // namespace remuda::selftest
