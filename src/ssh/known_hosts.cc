// SPDX-License-Identifier: MIT
#include "ssh/known_hosts.h"

#include "remuda/base/fd.h"
#include "ssh/known_hosts_add.h"
#include "ssh/known_hosts_line.h"
#include "ssh/openssl_types.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace remuda::ssh {

namespace {

using Marker = KnownHostsLine::Marker;

constexpr std::size_t kSaltBytes = 20;

struct Entry {
    KnownHostsLine line;
    std::size_t file = 0;
    std::size_t number = 0;
};

// HMAC-SHA1 of one name under many salts; the algorithms are looked up once.
class NameHasher {
  public:
    NameHasher() {
        const MacPtr mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        if (!mac) return;
        context_.reset(EVP_MAC_CTX_new(mac.get()));
        std::string digest = "SHA1";
        const std::array<OSSL_PARAM, 2> parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        if (context_ && EVP_MAC_CTX_set_params(context_.get(), parameters.data()) != 1) {
            context_.reset();
        }
    }

    [[nodiscard]] bool is_match(const KnownHostsLine& line, std::string_view name) {
        return line.hash == hash(line.salt, name);
    }

    // Empty if the library declines.
    [[nodiscard]] std::string hash(std::string_view salt, std::string_view name) {
        std::array<char, EVP_MAX_MD_SIZE> digest{};
        std::size_t length = 0;
        const bool is_done =
            context_ && EVP_MAC_init(context_.get(), as_bytes(salt), salt.size(), nullptr) == 1 &&
            EVP_MAC_update(context_.get(), as_bytes(name), name.size()) == 1 &&
            EVP_MAC_final(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &length,
                          digest.size()) == 1;
        return is_done ? std::string(digest.data(), length) : std::string();
    }

  private:
    MacContextPtr context_;
};

// A name that would read as something else in a file: a pattern, a list, a marker, two words.
bool is_writable_name(std::string_view name) {
    return !name.empty() && name[0] != '|' && name[0] != '@' && name[0] != '#' &&
           std::none_of(name.begin(), name.end(), [](char c) {
               return c <= ' ' || c == '\x7f' || c == ',' || c == '*' || c == '?' || c == '!';
           });
}

}  // namespace

struct KnownHosts::Impl {
    std::vector<std::string> files;
    std::vector<Entry> entries;
    // Indices of `entries`: by name, with hashed names, and with patterns.
    std::unordered_map<std::string, std::vector<std::size_t>> plain;
    std::vector<std::size_t> hashed;
    std::vector<std::size_t> patterned;
    // What `lines_for` found among `hashed`: several questions are asked about each host.
    std::unordered_map<std::string, std::vector<std::size_t>> hashed_found;
    NameHasher hasher;

    void insert(KnownHostsLine line, std::size_t file, std::size_t number) {
        const std::size_t index = entries.size();
        if (line.is_hashed()) {
            hashed.push_back(index);
        } else if (line.is_plain()) {
            for (const std::string& name : line.patterns) {
                std::vector<std::size_t>& indices = plain[name];
                if (indices.empty() || indices.back() != index) indices.push_back(index);
            }
        } else {
            patterned.push_back(index);
        }
        entries.push_back({std::move(line), file, number});
    }

    // Indices of the lines that name `name` (as known_hosts_name gives it), in the files' order.
    std::vector<std::size_t> lines_for(const std::string& name) {
        std::vector<std::size_t> found;
        if (const auto it = plain.find(name); it != plain.end()) found = it->second;
        for (const std::size_t index : patterned) {
            if (entries[index].line.names(name)) found.push_back(index);
        }
        const auto [remembered, is_new] = hashed_found.try_emplace(name);
        if (is_new) {
            for (const std::size_t index : hashed) {
                if (hasher.is_match(entries[index].line, name)) remembered->second.push_back(index);
            }
        }
        found.insert(found.end(), remembered->second.begin(), remembered->second.end());
        std::sort(found.begin(), found.end());
        return found;
    }

    Answer check(const std::string& name, std::string_view key) {
        const Entry* same = nullptr;
        const Entry* other = nullptr;
        const Entry* revoked = nullptr;
        bool has_authority = false;
        const std::string type = key_type(key);
        for (const std::size_t index : lines_for(name)) {
            const Entry& entry = entries[index];
            switch (entry.line.marker) {
                case Marker::revoked:
                    if (revoked == nullptr && entry.line.key == key) revoked = &entry;
                    break;
                case Marker::cert_authority:
                    has_authority = true;
                    break;
                case Marker::none:
                    if (entry.line.key == key) {
                        same = &entry;
                    } else if (other == nullptr || (key_type(other->line.key) != type &&
                                                    key_type(entry.line.key) == type)) {
                        // A key of the same type says most about what changed.
                        other = &entry;
                    }
                    break;
            }
        }
        if (revoked != nullptr) return at(Verdict::revoked, *revoked);
        Answer answer;
        answer.verdict = has_authority ? Verdict::certificate_only : Verdict::unknown;
        if (same != nullptr) {
            answer.verdict = Verdict::trusted;
        } else if (other != nullptr) {
            answer = at(Verdict::changed, *other);
            answer.expected_fingerprint = fingerprint(other->line.key);
        }
        return answer;
    }

    [[nodiscard]] Answer at(Verdict verdict, const Entry& entry) const {
        Answer answer;
        answer.verdict = verdict;
        answer.file = files[entry.file];
        answer.line = entry.number;
        return answer;
    }

    std::vector<std::string> key_types(const std::string& name) {
        std::vector<std::string> types;
        for (const std::size_t index : lines_for(name)) {
            const KnownHostsLine& line = entries[index].line;
            if (line.marker != Marker::none) continue;
            std::string type = key_type(line.key);
            if (std::find(types.begin(), types.end(), type) == types.end()) {
                types.push_back(std::move(type));
            }
        }
        return types;
    }
};

KnownHosts::KnownHosts() : impl_(std::make_unique<Impl>()) {}
KnownHosts::~KnownHosts() = default;
KnownHosts::KnownHosts(KnownHosts&&) noexcept = default;
KnownHosts& KnownHosts::operator=(KnownHosts&&) noexcept = default;

KnownHosts KnownHosts::load(const std::vector<std::string>& paths) {
    KnownHosts known;
    for (const std::string& path : paths) {
        const auto content = load_file(path);
        if (!content) continue;
        const std::size_t file = known.impl_->files.size();
        known.impl_->files.push_back(path);
        std::string_view rest = *content;
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (auto parsed = parse_known_hosts_line(line)) {
                known.impl_->insert(std::move(*parsed), file, number);
            }
        }
    }
    return known;
}

KnownHosts::Answer KnownHosts::check(std::string_view name, std::uint16_t port,
                                     std::string_view key) const {
    Answer answer = impl_->check(known_hosts_name(name, port), key);
    if (answer.verdict == Verdict::unknown && port != 22) {
        // As ssh does: the key that the host is known by on port 22 is good for its other ports
        // too, but a different one there says nothing.
        Answer borrowed = impl_->check(known_hosts_name(name, 22), key);
        const bool counts =
            borrowed.verdict == Verdict::trusted || borrowed.verdict == Verdict::revoked;
        if (counts) answer = std::move(borrowed);
    }
    return answer;
}

std::vector<std::string> KnownHosts::key_types(std::string_view name, std::uint16_t port) const {
    std::vector<std::string> types = impl_->key_types(known_hosts_name(name, port));
    if (types.empty() && port != 22) types = impl_->key_types(known_hosts_name(name, 22));
    return types;
}

bool KnownHosts::is_certificate_only(std::string_view name, std::uint16_t port) const {
    bool has_authority = false;
    for (const std::size_t index : impl_->lines_for(known_hosts_name(name, port))) {
        const Marker marker = impl_->entries[index].line.marker;
        if (marker == Marker::none) return false;
        has_authority = has_authority || marker == Marker::cert_authority;
    }
    return has_authority;
}

Result<void> KnownHosts::add(const std::string& path, std::string_view name, std::uint16_t port,
                             std::string_view key, bool is_hashed) {
    const std::string type = key_type(key);
    if (type.empty()) return Error(Code::invalid_input, "cannot remember a malformed host key");
    if (!is_writable_name(name)) {
        return Error(Code::invalid_input,
                     "cannot write the host name '" + std::string(name) + "' to " + path);
    }
    const std::string as_written = known_hosts_name(name, port);
    if (impl_->check(as_written, key).verdict == Verdict::trusted) return {};
    KnownHostsLine line;
    line.patterns.push_back(as_written);
    line.key = key;
    auto file = std::find(impl_->files.begin(), impl_->files.end(), path);
    if (file == impl_->files.end()) file = impl_->files.insert(file, path);
    // Line 0: its place in the file is not known, others may have written there.
    impl_->insert(std::move(line), static_cast<std::size_t>(file - impl_->files.begin()), 0);
    if (path.empty()) return {};
    std::string first = as_written;
    if (is_hashed) {
        std::string salt(kSaltBytes, '\0');
        const bool is_random = RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()),
                                          static_cast<int>(salt.size())) == 1;
        const std::string hash = is_random ? impl_->hasher.hash(salt, as_written) : "";
        if (hash.empty()) return Error(Code::system, "cannot hash a host name");
        first = "|1|" + base64_encoded(salt) + "|" + base64_encoded(hash);
    }
    return append_known_hosts_line(path, first + " " + type + " " + base64_encoded(key));
}

}  // namespace remuda::ssh
