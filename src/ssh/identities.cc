// SPDX-License-Identifier: MIT
#include "ssh/identities.h"

#include "remuda/base/fd.h"
#include "ssh/key_text.h"
#include "ssh/secret.h"

#include <array>
#include <cstdlib>
#include <set>
#include <unordered_map>
#include <utility>

#include <pwd.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

// In the order in which ssh tries them.
constexpr std::array<const char*, 5> kUsualFiles{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519",
                                                 "id_ed25519_sk"};

struct KeyFile {
    Result<PrivateKey> key;
    // Known for many a file that cannot be used itself: encrypted, of a security key, or ".pub".
    std::string public_blob;
};

// As ssh does: the public half beside the file, or else in the file.
std::string public_half(const std::string& path) {
    for (const std::string& candidate : {path + ".pub", path}) {
        auto text = load_file(candidate);
        if (!text) continue;
        const Secret secret(std::move(*text));
        std::string blob = parse_public_half(secret.view());
        if (!blob.empty()) return blob;
    }
    return {};
}

KeyFile load_key_file(const std::string& path) {
    KeyFile file{PrivateKey::load(path), {}};
    file.public_blob = file.key ? file.key->public_blob() : public_half(path);
    return file;
}

}  // namespace

struct Identities::Impl {
    std::string home;
    // By path; never removed, candidates point into it.
    std::unordered_map<std::string, std::unique_ptr<KeyFile>> files;

    const KeyFile& file(const std::string& path) {
        std::unique_ptr<KeyFile>& slot = files[path];
        if (!slot) slot = std::make_unique<KeyFile>(load_key_file(path));
        return *slot;
    }

    [[nodiscard]] std::vector<std::string> paths(const std::vector<std::string>& named) const {
        std::vector<std::string> all;
        if (named.empty()) {
            for (const char* name : kUsualFiles) {
                all.push_back(home + "/.ssh/" + name);
            }
        }
        for (const std::string& path : named) {
            all.push_back(expanded_home(path, home));
        }
        return all;
    }
};

Identities::Identities(std::string home)
    : impl_(std::make_unique<Impl>(Impl{std::move(home), {}})) {}
Identities::~Identities() = default;

loop::Task<Identities::Offer> Identities::offer(const Wanted& wanted, Agent* agent, Time deadline,
                                                loop::Stop& stop) {
    Offer offer;
    std::vector<Agent::Identity> held;
    if (agent != nullptr) {
        auto answer = co_await agent->identities(deadline, stop);
        if (answer) {
            held = std::move(*answer);
        } else {
            offer.notes.push_back(answer.error().text());
        }
    }
    const std::vector<std::string> paths = impl_->paths(wanted.identity_files);
    std::set<std::string> named;
    for (const std::string& path : paths) {
        named.insert(impl_->file(path).public_blob);
    }
    std::set<std::string> offered;
    for (const bool is_named : {true, false}) {
        if (!is_named && wanted.identities_only) continue;
        for (const Agent::Identity& identity : held) {
            if (named.contains(identity.public_blob) != is_named) continue;
            if (!offered.insert(identity.public_blob).second) continue;
            offer.candidates.push_back({identity.public_blob, identity.comment, nullptr});
        }
    }
    for (const std::string& path : paths) {
        const KeyFile& file = impl_->file(path);
        if (offered.contains(file.public_blob)) continue;
        if (file.key) {
            offered.insert(file.public_blob);
            offer.candidates.push_back({file.public_blob, path, &file.key.value()});
        } else if (!wanted.identity_files.empty() || file.key.error().code() != Code::not_found) {
            // Nobody counts on a usual file that is not there.
            offer.notes.push_back(file.key.error().text());
        }
    }
    co_return offer;
}

std::string home_folder() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of ours changes the environment.
    if (const char* const home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return {};
    }
    return found->pw_dir;
}

std::string expanded_home(const std::string& path, const std::string& home) {
    return path.starts_with("~/") ? home + path.substr(1) : path;
}

}  // namespace remuda::ssh
