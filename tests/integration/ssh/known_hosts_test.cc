// SPDX-License-Identifier: MIT
//
// KnownHosts against ssh-keygen, on files made from a seed.
#include "ssh/known_hosts.h"

#include "remuda/base/fd.h"
#include "ssh/known_hosts_line.h"
#include "ssh/wire.h"
#include "support/program.h"
#include "support/temp_dir.h"

#include <array>
#include <random>
#include <set>

#include <doctest/doctest.h>

using remuda::load_file;
using remuda::replace_file;
using remuda::ssh::base64_decoded;
using remuda::ssh::KnownHosts;
using remuda::test::run_program;
using remuda::test::TempDir;

namespace {

constexpr std::array<std::uint16_t, 3> kPorts{22, 2222, 2223};

struct PublicKey {
    std::string text;
    std::string blob;
};

// "type base64" of what ssh-keygen made at `path`, and the blob itself.
PublicKey make_key(const std::string& path, const std::string& type) {
    const auto made = run_program({"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", path});
    REQUIRE(made.exit_status == 0);
    const std::string line = load_file(path + ".pub").value();
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find_first_of(" \n", first + 1);
    const std::string blob =
        base64_decoded(std::string_view(line).substr(first + 1, second - first - 1)).value_or("");
    REQUIRE_FALSE(blob.empty());
    return {line.substr(0, second), blob};
}

class Generator {
  public:
    Generator(unsigned seed, const std::vector<PublicKey>& keys) : random_(seed), keys_(keys) {}

    std::string line() {
        std::string text =
            std::array<std::string, 6>{"", "", "", "", "@revoked ", "@cert-authority "}[pick(6)];
        for (std::size_t left = pick(3) + 1; left > 0; --left) {
            text += pattern() + (left > 1 ? "," : "");
        }
        text += " " + keys_[pick(keys_.size())].text;
        return std::array<std::string, 8>{text + "\n",
                                          text + " comment\n",
                                          "  \t" + text + "\n",
                                          "# " + text + "\n",
                                          text.substr(0, text.size() / 2) + "\n",
                                          "\n",
                                          text + "\r\n",
                                          text + "\n"}[pick(8)];
    }

    std::size_t pick(std::size_t limit) { return random_() % limit; }

  private:
    std::string pattern() {
        static const std::array<std::string, 5> names{"alpha", "beta", "a.lab", "b.lab",
                                                      "10.0.0.7"};
        static const std::array<std::string, 5> globs{"*", "*.lab", "?.lab", "10.0.*", "!a.lab"};
        const bool is_glob = pick(4) == 0;
        std::string pattern = is_glob ? globs[pick(5)] : names[pick(5)];
        if (pattern[0] == '!' || pick(3) != 0) return pattern;
        return "[" + pattern + "]:" + std::to_string(pick(2) == 0 ? 2222 : 2223);
    }

    std::mt19937 random_;
    const std::vector<PublicKey>& keys_;
};

// Key types of the lines without a marker that ssh-keygen -F finds.
std::set<std::string> types_by_ssh_keygen(const std::string& path, const std::string& name) {
    const auto found = run_program({"ssh-keygen", "-F", name, "-f", path});
    std::set<std::string> types;
    std::string_view rest = found.output;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const auto parsed = remuda::ssh::parse_known_hosts_line(line);
        if (parsed && parsed->marker == remuda::ssh::KnownHostsLine::Marker::none) {
            types.insert(remuda::ssh::key_type(parsed->key));
        }
    }
    return types;
}

}  // namespace

TEST_CASE("the lines found for a host are those that ssh-keygen -F finds, hashed or not") {
    const TempDir dir;
    const std::vector<PublicKey> keys{make_key(dir.path("a"), "ed25519"),
                                      make_key(dir.path("b"), "ecdsa"),
                                      make_key(dir.path("c"), "rsa")};
    std::size_t found_some = 0;
    std::size_t hashed_files = 0;
    for (unsigned seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Generator generate(seed, keys);
        std::string content;
        for (std::size_t left = generate.pick(8) + 1; left > 0; --left) {
            content += generate.line();
        }
        const std::string path = dir.path("known_hosts");
        REQUIRE(replace_file(path, content));
        // ssh-keygen refuses to hash a file with bad lines; that is then compared as it stands.
        if (seed % 2 == 0) {
            const auto hashed = run_program({"ssh-keygen", "-q", "-H", "-f", path});
            if (hashed.exit_status == 0) ++hashed_files;
        }
        CAPTURE(load_file(path).value());
        const KnownHosts hosts = KnownHosts::load({path});
        for (const char* name : {"alpha", "b.lab", "a.lab", "10.0.0.7"}) {
            const std::uint16_t port = kPorts[generate.pick(kPorts.size())];
            const std::string asked = remuda::ssh::known_hosts_name(name, port);
            CAPTURE(asked);
            std::set<std::string> expected = types_by_ssh_keygen(path, asked);
            if (expected.empty()) expected = types_by_ssh_keygen(path, name);
            const std::vector<std::string> got = hosts.key_types(name, port);
            CHECK(std::set<std::string>(got.begin(), got.end()) == expected);
            if (!expected.empty()) ++found_some;
        }
    }
    CHECK(found_some > 40);
    CHECK(hashed_files > 3);
}

TEST_CASE("ssh-keygen finds what we added") {
    const TempDir dir;
    const PublicKey key = make_key(dir.path("a"), "ed25519");
    const std::string path = dir.path("known_hosts");
    KnownHosts hosts;
    REQUIRE(hosts.add(path, "Alpha", 22, key.blob));
    REQUIRE(hosts.add(path, "::1", 2222, key.blob));
    for (const char* name : {"alpha", "[::1]:2222"}) {
        const auto found = run_program({"ssh-keygen", "-F", name, "-f", path});
        CHECK(found.output.find(key.text) != std::string::npos);
    }
}

TEST_CASE("fingerprints are those of ssh-keygen -l") {
    const TempDir dir;
    for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
        const PublicKey key = make_key(dir.path(type), type);
        const auto shown = run_program({"ssh-keygen", "-l", "-f", dir.path(type)});
        CHECK(shown.output.find(" " + remuda::ssh::fingerprint(key.blob) + " ") !=
              std::string::npos);
    }
}
