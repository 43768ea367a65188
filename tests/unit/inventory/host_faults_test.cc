// SPDX-License-Identifier: MIT
#include "unit/inventory/hosts.h"

#include <doctest/doctest.h>

using remuda::test::Hosts;

namespace {

std::string errors_of(const std::string& text) {
    const Hosts hosts(text);
    CHECK(hosts.diagnostics.has_errors());
    return hosts.errors();
}

}  // namespace

TEST_CASE("a file without hosts is an error") {
    CHECK(errors_of("") == R"(error: the file names no host
 --> hosts.yaml:1:1
  |
1 |
  | ^
  = help: write one: - localhost
)");
    CHECK(errors_of("# nothing\n") == R"(error: the file names no host
 --> hosts.yaml:1:1
  |
1 | # nothing
  | ^
  = help: write one: - localhost
)");
    CHECK(errors_of("[]\n") == R"(error: the file names no host
 --> hosts.yaml:1:1
  |
1 | []
  | ^^
  = help: write one: - localhost
)");
}

TEST_CASE("a file that is no list is an error") {
    CHECK(errors_of("hostname: a\n") == R"(error: the file must be a list of hosts
 --> hosts.yaml:1:1
  |
1 | hostname: a
  | ^^^^^^^^^^^
  = help: begin each item with '- ': - hostname: a
)");
    CHECK(errors_of("-a\n-b\n") == R"(error: the file must be a list of hosts
 --> hosts.yaml:1:1
  |
1 | -a
  | ^^
  = help: a list item needs a space behind its '-': - a
)");
}

TEST_CASE("a mapping without hostname is an error, with the name that was probably meant") {
    CHECK(errors_of("- a\n-\n  hostnames: [node-1, node-2]\n") ==
          R"(error: unknown key 'hostnames' in a host entry
 --> hosts.yaml:3:3
  |
3 |   hostnames: [node-1, node-2]
  |   ^^^^^^^^^ did you mean 'hostname'?
  = help: every mapping needs 'hostname'; other keys are parameters
)");
    CHECK(errors_of("- slots: 2\n  gpu: [1]\n") == R"(error: this host entry has no 'hostname'
 --> hosts.yaml:1:3
  |
1 | - slots: 2
  |   ^^^^^
  = help: every mapping needs 'hostname'; other keys are parameters
)");
}

TEST_CASE("an item that is neither text nor a host entry is an error") {
    CHECK(errors_of("- node 1: x\n") ==
          R"(error: this host is read as a mapping, because of the ': ' in it
 --> hosts.yaml:1:3
  |
1 | - node 1: x
  |   ^^^^^^ read as a key
  = help: quote the host: - 'node 1: x'
)");
    CHECK(errors_of("- [a, b]\n") == R"(error: a list stands where a host is expected
 --> hosts.yaml:1:3
  |
1 | - [a, b]
  |   ^^^^^^ '[' begins a list
  = help: put each host into an item of its own, or quote it: - '[a, b]'
)");
    CHECK(errors_of("- {}\n") == R"(error: an empty mapping stands where a host is expected
 --> hosts.yaml:1:3
  |
1 | - {}
  |   ^^
)");
    CHECK(errors_of("-\n- a\n") == R"(error: this host is empty
 --> hosts.yaml:1:2
  |
1 | -
  |  ^
)");
}

TEST_CASE("values that are missing, empty lists or nested are errors, all in one run") {
    CHECK(errors_of(
              "- hostname:\n- hostname: []\n- hostname: a\n  p:\n  q: []\n  r: [[1]]\n  s: {t: 1}\n"
              "  u: [1, ]\n  v:\n    -\n  labels: []\n") == R"(error: 'hostname' has no value
 --> hosts.yaml:1:3
  |
1 | - hostname:
  |   ^^^^^^^^
  = help: give it a value, or remove the key
error: the list of 'hostname' is empty
 --> hosts.yaml:2:13
  |
2 | - hostname: []
  |             ^^
  = help: give it a value, or remove the key
error: 'p' has no value
 --> hosts.yaml:4:3
  |
4 |   p:
  |   ^
  = help: give it a value, or remove the key
error: the list of 'q' is empty
 --> hosts.yaml:5:6
  |
5 |   q: []
  |      ^^
  = help: give it a value, or remove the key
error: 'r' takes a text or a list of texts
 --> hosts.yaml:6:7
  |
6 |   r: [[1]]
  |       ^^^
error: 's' takes a text or a list of texts
 --> hosts.yaml:7:6
  |
7 |   s: {t: 1}
  |      ^^^^^^
  = help: quote it if it is meant as text
error: 'v' has no value
 --> hosts.yaml:9:3
  |
9 |   v:
  |   ^
  = help: give it a value, or remove the key
error: the list of 'labels' is empty
  --> hosts.yaml:11:11
   |
11 |   labels: []
   |           ^^
   = help: give it a value, or remove the key
)");
}

TEST_CASE("slots take a number from 1 to 100000") {
    for (const char* slots :
         {"0", "-1", "100001", "two", "1.5", "[1]", "''", "99999999999", "+1"}) {
        CHECK(errors_of("- hostname: a\n  slots: " + std::string(slots) + "\n")
                  .starts_with(
                      "error: 'slots' takes a number from 1 to 100000\n --> hosts.yaml:2:10\n"));
    }
    CHECK(errors_of("- hostname: a\n  slots:\n").starts_with("error: 'slots' takes a number"));
}

TEST_CASE("unknown and wrong options of host are errors") {
    CHECK(errors_of(
              "- hostname: a\n  host:\n    prot: 22\n    colour: red\n    port: 0\n    user: -x\n"
              "    identity_file: ['', []]\n") == R"(error: unknown option 'prot' in 'host'
 --> hosts.yaml:3:5
  |
3 |     prot: 22
  |     ^^^^ did you mean 'port'?
  = help: 'host' takes user, port, identity_file and shim_dir
error: unknown option 'colour' in 'host'
 --> hosts.yaml:4:5
  |
4 |     colour: red
  |     ^^^^^^
  = help: 'host' takes user, port, identity_file and shim_dir
error: a port is a number from 1 to 65535
 --> hosts.yaml:5:11
  |
5 |     port: 0
  |           ^
error: the user begins with '-', as an option of ssh does
 --> hosts.yaml:6:11
  |
6 |     user: -x
  |           ^^
error: the name of a key file is empty
 --> hosts.yaml:7:21
  |
7 |     identity_file: ['', []]
  |                     ^^
error: 'identity_file' takes a text or a list of texts
 --> hosts.yaml:7:25
  |
7 |     identity_file: ['', []]
  |                         ^^
)");
    CHECK(errors_of("- hostname: a\n  host: {user: [a], port: }\n") ==
          R"(error: 'user' takes one value
 --> hosts.yaml:2:16
  |
2 |   host: {user: [a], port: }
  |                ^^^
error: 'port' has no value
 --> hosts.yaml:2:21
  |
2 |   host: {user: [a], port: }
  |                     ^^^^
  = help: give it a value, or remove the key
)");
}

TEST_CASE("bad addresses and ranges are shown with the name in question") {
    CHECK(errors_of("- a:99999\n- -x\n- b[3-1]\n- hostname: [ok, c d]\n") ==
          R"(error: bad host 'a:99999': a port is a number from 1 to 65535
 --> hosts.yaml:1:3
  |
1 | - a:99999
  |   ^^^^^^^
error: bad host '-x': the host name begins with '-', as an option of ssh does
 --> hosts.yaml:2:3
  |
2 | - -x
  |   ^^
error: bad host 'b[3-1]': the range 3-1 ends before it begins
 --> hosts.yaml:3:3
  |
3 | - b[3-1]
  |   ^^^^^^
error: bad host 'c d': the host name holds a blank or a control character
 --> hosts.yaml:4:18
  |
4 | - hostname: [ok, c d]
  |                  ^^^
)");
}

TEST_CASE("a bad name in a product is reported once") {
    CHECK(errors_of("- hostname: 'n[1-100]:0'\n  p: [1, 2, 3]\n") ==
          R"(error: bad host 'n1:0': a port is a number from 1 to 65535
 --> hosts.yaml:1:13
  |
1 | - hostname: 'n[1-100]:0'
  |             ^^^^^^^^^^^^
)");
}

TEST_CASE("hosts that fold into one are explained") {
    CHECK(errors_of("- a\n - b\n") ==
          R"(error: bad host 'a - b': the host name holds a blank or a control character
 --> hosts.yaml:1:3
  |
1 | - a
  |   ^
warning: several lines are folded into one host
 --> hosts.yaml:2:2
  |
2 |  - b
  |  ^^^ part of the host above
  = help: it reads: a - b
          to make it an item of its own, begin it in the column of the '-' above
)");
}

TEST_CASE("faults of a hostname's template are shown where they stand") {
    CHECK(errors_of("- hostname: \"n{{ sit }}\"\n  site: a\n") == R"(error: unknown variable 'sit'
 --> hosts.yaml:1:18
  |
1 | - hostname: "n{{ sit }}"
  |                  ^^^
  = help: did you mean 'site'?
)");
    CHECK(errors_of("- node-{{ x }}\n") == R"(error: unknown variable 'x'
 --> hosts.yaml:1:11
  |
1 | - node-{{ x }}
  |           ^
  = help: no variables are known here; for a literal `{{` write `\{{`
)");
    CHECK(errors_of("- hostname: [a, 'n{{ x']\n  x: 1\n") == R"(error: this tag is never closed
 --> hosts.yaml:1:19
  |
1 | - hostname: [a, 'n{{ x']
  |                   ^^
  = help: close it with `}}`; for a literal `{{` write `\{{`
)");
}

TEST_CASE("a template that begins a value is told to be quoted") {
    CHECK(errors_of("- hostname: {{ x }}\n  x: a\n") ==
          R"(error: '{{' at the beginning makes this a YAML mapping, not text
 --> hosts.yaml:1:13
  |
1 | - hostname: {{ x }}
  |             ^^^^^^^
  = help: quote it: '{{ x }}'
)");
}

TEST_CASE("more nodes than the limit are an error, reported once") {
    CHECK(errors_of("- n[1-100000]\n- a\n- b\n") == R"(error: the file gives more than 100000 nodes
 --> hosts.yaml:2:3
  |
2 | - a
  |   ^
)");
    CHECK(errors_of("- n[1-100001]\n") ==
          R"(error: bad host 'n[1-100001]': the ranges give more than 100000 names
 --> hosts.yaml:1:3
  |
1 | - n[1-100001]
  |   ^^^^^^^^^^^
)");
    std::string many = "- hostname: a\n";
    for (int key = 0; key < 70; ++key)
        many += "  k" + std::to_string(key) + ": [0, 1]\n";
    CHECK(errors_of(many) == R"(error: the file gives more than 100000 nodes
 --> hosts.yaml:1:13
  |
1 | - hostname: a
  |             ^
)");
    CHECK(errors_of("- hostname: 'n[1-100000]'\n  k: [0, 1]\n") ==
          R"(error: the file gives more than 100000 nodes
 --> hosts.yaml:1:13
  |
1 | - hostname: 'n[1-100000]'
  |             ^^^^^^^^^^^^^
)");
}

TEST_CASE("duplicate keys and syntax errors are those of the YAML room") {
    CHECK(errors_of("- hostname: a\n  x: 1\n  x: 2\n") == R"(error: the key 'x' is given twice
 --> hosts.yaml:3:3
  |
3 |   x: 2
  |   ^ first given in line 2
)");
    CHECK(errors_of("- 'a\n") == R"(error: this quote is never closed
 --> hosts.yaml:1:3
  |
1 | - 'a
  |   ^
)");
}

TEST_CASE("a parameter that nothing uses and that looks like one of our keys is a warning") {
    const auto found = [](const std::string& text, const std::string& used = "") {
        const Hosts hosts(text, [&](const std::string& name) { return name == used; });
        CHECK_FALSE(hosts.diagnostics.has_errors());
        return hosts.errors();
    };
    CHECK(found("- hostname: big\n  slot: 8\n") == R"(warning: no command uses the parameter 'slot'
 --> hosts.yaml:2:3
  |
2 |   slot: 8
  |   ^^^^ did you mean 'slots'?
)");
    CHECK(found("- hostname: big\n  slot: 8\n", "slot").empty());
    CHECK(found("- hostname: big\n  lables: x\n").find("did you mean 'labels'?") !=
          std::string::npos);
    CHECK(found("- hostname: big\n  hostnames: x\n").find("did you mean 'hostname'?") !=
          std::string::npos);
    CHECK(found("- hostname: big\n  host: x\n").find("names stand under `hostname:`") !=
          std::string::npos);
    CHECK(found("- hostname: big\n  port: 22\n").find("as in `host: {port: ...}`") !=
          std::string::npos);
    // A host with several nodes.
    CHECK(found("- hostname: big\n  copy: [1, 2]\n").empty());
    CHECK(found("- hostname: '{{ host }}.lab'\n  host: [a, b]\n").empty());
}

TEST_CASE("where the commands are not known no parameter is suspect") {
    CHECK(Hosts("- hostname: big\n  slot: 8\n").errors().empty());
}
