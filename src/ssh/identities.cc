// SPDX-License-Identifier: MIT
#include "ssh/identities.h"

#include "remuda/base/fd.h"
#include "remuda/base/secret.h"
#include "remuda/base/text.h"
#include "ssh/certificate.h"
#include "ssh/key_text.h"
#include "ssh/known_hosts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

#include <pwd.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

// In the order in which ssh tries them.
constexpr std::array<const char*, 5> kUsualFiles{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519",
                                                 "id_ed25519_sk"};
constexpr int kMostTries = 3;

struct KeyFile {
    // Before the key, which sets it.
    bool is_locked = false;
    Result<PrivateKey> key;
    // Somebody is asking for its passphrase.
    bool is_asking = false;
    loop::Notice answered;
    // Known for many a file that cannot be used itself: encrypted, of a security key, or ".pub".
    std::string public_blob;

    explicit KeyFile(const std::string& path) : key(PrivateKey::load(path, {}, &is_locked)) {}

    // With its file there, not the public half alone.
    [[nodiscard]] bool is_of_security_key() const {
        return key_type(public_blob).starts_with("sk-") && !key &&
               (is_locked || key.error().code() == Code::invalid_input);
    }
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

Result<Certificate> load_certificate(const std::string& path) {
    const auto text = load_file(path);
    if (!text) return text.error();
    auto certificate = parse_certificate(parse_public_half(*text));
    if (!certificate) return Error(Code::invalid_input, path + " is not a user's certificate");
    return std::move(*certificate);
}

}  // namespace

struct Identities::Impl {
    loop::Loop& loop;
    std::string home;
    AskSecret ask;
    // By path; never removed, candidates point into it.
    std::unordered_map<std::string, std::unique_ptr<KeyFile>> files;
    std::map<std::string, Result<Certificate>> certificates;

    KeyFile& file(const std::string& path) {
        std::unique_ptr<KeyFile>& slot = files[path];
        if (!slot) {
            slot = std::make_unique<KeyFile>(path);
            slot->public_blob = slot->key ? slot->key->public_blob() : public_half(path);
        }
        return *slot;
    }

    const Result<Certificate>& certificate(const std::string& path) {
        const auto it = certificates.find(path);
        if (it != certificates.end()) return it->second;
        return certificates.emplace(path, load_certificate(path)).first->second;
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

    loop::Task<> ask_for(KeyFile& locked, std::string path, loop::Stop& stop);
};

namespace {

Identities::Candidate candidate_of(const std::string& public_blob, const std::string& name) {
    Identities::Candidate candidate;
    candidate.public_blob = public_blob;
    candidate.name = name;
    return candidate;
}

// Puts one offer together.
class Offering {
  public:
    using Candidate = Identities::Candidate;

    Offering(Identities::Offer& offer, const std::vector<Agent::Identity>& held)
        : offer_(offer), held_(held) {}

    void add(Candidate candidate) {
        const bool is_known = !candidate.public_blob.empty();
        if (is_known && !offered_.insert(candidate.public_blob).second) return;
        offer_.candidates.push_back(std::move(candidate));
    }

    void add_held(const Agent::Identity& identity) {
        Candidate candidate = candidate_of(identity.public_blob, identity.comment);
        candidate.agent_blob = identity.public_blob;
        add(std::move(candidate));
    }

    // Signed for by the agent if that holds the key, else by the file.
    bool add_certificate(const Certificate& certificate, const std::string& path,
                         const std::string& key_path, const KeyFile* file, bool can_unlock) {
        Candidate candidate = candidate_of(certificate.blob, path);
        const auto held =
            std::ranges::find(held_, certificate.key_blob, &Agent::Identity::public_blob);
        if (held != held_.end()) {
            candidate.agent_blob = certificate.key_blob;
        } else if (file != nullptr && file->key) {
            candidate.key = &file->key.value();
        } else if (file != nullptr && file->is_locked && can_unlock) {
            candidate.locked_file = key_path;
        } else {
            return false;
        }
        add(std::move(candidate));
        return true;
    }

    [[nodiscard]] bool has(const std::string& blob) const { return offered_.contains(blob); }

  private:
    Identities::Offer& offer_;
    const std::vector<Agent::Identity>& held_;
    std::set<std::string> offered_;
};

}  // namespace

Identities::Identities(loop::Loop& loop, std::string home, AskSecret ask)
    : impl_(std::make_unique<Impl>(Impl{loop, std::move(home), std::move(ask), {}, {}})) {}
Identities::~Identities() = default;

loop::Task<Identities::Offer> Identities::offer(Wanted wanted, Agent* agent, Time deadline,
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
    const bool can_unlock = impl_->ask != nullptr && wanted.may_ask;
    const std::vector<std::string> paths = impl_->paths(wanted.identity_files);
    Offering offering(offer, held);

    for (const std::string& named : wanted.certificate_files) {
        const std::string path = expanded_home(named, impl_->home);
        const auto& certificate = impl_->certificate(path);
        if (!certificate) {
            offer.notes.push_back(certificate.error().text());
            continue;
        }
        const auto key_path = std::ranges::find_if(paths, [&](const std::string& each) {
            return impl_->file(each).public_blob == certificate->key_blob;
        });
        const KeyFile* const file = key_path == paths.end() ? nullptr : &impl_->file(*key_path);
        const bool is_usable = offering.add_certificate(
            *certificate, path, file == nullptr ? "" : *key_path, file, can_unlock);
        if (!is_usable)
            offer.notes.push_back(path + ": its key is neither in a file nor in the agent");
    }

    // As ssh does, only where none are named.
    const auto beside = [&](const std::string& path) -> const Certificate* {
        if (!wanted.certificate_files.empty()) return nullptr;
        const auto& certificate = impl_->certificate(path + "-cert.pub");
        return certificate ? &certificate.value() : nullptr;
    };
    std::set<std::string> named;
    for (const std::string& path : paths) {
        named.insert(impl_->file(path).public_blob);
        if (const Certificate* certificate = beside(path)) named.insert(certificate->blob);
    }
    for (const bool is_named : {true, false}) {
        if (!is_named && wanted.identities_only) continue;
        for (const Agent::Identity& identity : held) {
            if (named.contains(identity.public_blob) == is_named) offering.add_held(identity);
        }
    }
    for (const std::string& path : paths) {
        const KeyFile& file = impl_->file(path);
        Candidate candidate = candidate_of(file.public_blob, path);
        if (file.key) {
            candidate.key = &file.key.value();
            offering.add(std::move(candidate));
        } else if (wanted.with_security_keys && file.is_of_security_key()) {
            candidate.security_key_file = path;
            offering.add(std::move(candidate));
        } else if (file.is_locked && can_unlock) {
            candidate.locked_file = path;
            offering.add(std::move(candidate));
        } else if (!offering.has(file.public_blob) &&
                   (!wanted.identity_files.empty() || file.key.error().code() != Code::not_found)) {
            // Nobody counts on a usual file that is not there.
            offer.notes.push_back(file.key.error().text());
        }
        if (const Certificate* certificate = beside(path)) {
            (void)offering.add_certificate(*certificate, path + "-cert.pub", path, &file,
                                           can_unlock);
        }
    }
    co_return offer;
}

loop::Task<> Identities::unlock(std::string path, loop::Stop& stop) {
    KeyFile& locked = impl_->file(path);
    while (locked.is_locked && !stop.is_requested()) {
        if (locked.is_asking) {
            co_await impl_->loop.wait(locked.answered, kNever, stop);
            continue;
        }
        locked.is_asking = true;
        co_await impl_->ask_for(locked, path, stop);
        locked.is_asking = false;
        locked.answered.notify();
    }
}

loop::Task<> Identities::Impl::ask_for(KeyFile& locked, std::string path, loop::Stop& stop) {
    const std::string shown = sanitised(path, false);
    std::string question = fmt::format("Enter passphrase for key '{}': ", shown);
    std::string reason = "no passphrase was given";
    for (int tries = 0; tries < kMostTries; ++tries) {
        const std::optional<Secret> passphrase = co_await ask(question, stop);
        // Whoever was stopped leaves the question to the others.
        if (stop.is_requested()) co_return;
        const std::string_view given = passphrase ? passphrase->view() : std::string_view();
        if (given.empty()) break;
        Result<PrivateKey> key = locked.key.error();
        bool is_locked = false;
        co_await loop.run_blocking([&] { key = PrivateKey::load(path, given, &is_locked); });
        locked.key = std::move(key);
        if (!is_locked) {
            locked.is_locked = false;
            if (locked.key) locked.public_blob = locked.key->public_blob();
            co_return;
        }
        reason = "the passphrase was wrong";
        question =
            fmt::format("That is not its passphrase. Enter passphrase for key '{}': ", shown);
    }
    locked.is_locked = false;
    locked.key = Error(Code::not_authorised, fmt::format("{}: {}", path, reason));
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
