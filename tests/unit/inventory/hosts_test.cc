// SPDX-License-Identifier: MIT
#include "unit/inventory/hosts.h"

#include <doctest/doctest.h>

using remuda::model::Node;
using remuda::model::Parameters;
using remuda::test::Hosts;
using Labels = std::vector<std::string>;

TEST_CASE("strings are hosts, in file order") {
    const Hosts hosts("- node-1 # the first\n- ml@node-2:2222\n- 'node-3'\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"node-1", "ml@node-2:2222", "node-3"});
    CHECK(hosts.host_of(1).user == "ml");
    CHECK(hosts.host_of(1).name == "node-2");
    CHECK(hosts.host_of(1).port == 2222);
    CHECK(hosts.fleet.nodes[1].hostname == "ml@node-2:2222");
    CHECK_FALSE(hosts.host_of(0).port.has_value());
    CHECK(hosts.fleet.nodes[0].slots == 1);
}

TEST_CASE("ids are indices") {
    const Hosts hosts("- a[1-3]\n- b\n");
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(hosts.fleet.nodes[i].id.value == i);
        CHECK(hosts.fleet.hosts[i].id.value == i);
    }
}

TEST_CASE("ranges are expanded in strings and in the hostnames of mappings") {
    const Hosts hosts("- node[03-05,12]\n- hostname: [gpu[1-2], x]\n");
    CHECK_FALSE(hosts.errors().empty());
    const Hosts quoted("- node[03-05,12]\n- hostname: ['gpu[1-2]', x]\n- hostname: y[1-2]\n");
    REQUIRE(quoted.errors().empty());
    CHECK(quoted.labels() ==
          Labels{"node03", "node04", "node05", "node12", "gpu1", "gpu2", "x", "y1", "y2"});
}

TEST_CASE("parameters multiply: hostnames outermost, the last parameter fastest") {
    const Hosts hosts("- hostname: [a, b]\n  z: [1, 2]\n  c: [3, 4]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a (z=1,c=3)", "a (z=1,c=4)", "a (z=2,c=3)", "a (z=2,c=4)",
                                   "b (z=1,c=3)", "b (z=1,c=4)", "b (z=2,c=3)", "b (z=2,c=4)"});
    CHECK(hosts.fleet.nodes[1].parameters == Parameters{{"z", "1"}, {"c", "4"}});
    CHECK(hosts.fleet.nodes[1].hostname == "a");
}

TEST_CASE("the names of a range are hostnames, so they vary slower than parameters") {
    const Hosts hosts("- c: [x, y]\n  hostname: n[1-2]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"n1 (c=x)", "n1 (c=y)", "n2 (c=x)", "n2 (c=y)"});
}

TEST_CASE("values are raw text") {
    const Hosts hosts("- hostname: a\n  v: [0.10, true, ~, 0x1F, '', \"q\"]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() ==
          Labels{"a (v=0.10)", "a (v=true)", "a (v=~)", "a (v=0x1F)", "a (v=)", "a (v=q)"});
}

TEST_CASE("the hostname is a template over the parameters") {
    const Hosts hosts("- hostname: 'n{{ i }}.{{ site }}'\n  i: [1, 2]\n  site: lab\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"n1.lab (i=1,site=lab)", "n2.lab (i=2,site=lab)"});
    CHECK(hosts.fleet.nodes[1].hostname == "n2.lab");
    CHECK(hosts.host_of(1).name == "n2.lab");
}

TEST_CASE("ranges are expanded after the template, so parameters may give their bounds") {
    const Hosts hosts("- hostname: 'n[1-{{ last }}]'\n  last: [1, 2]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"n1 (last=1)", "n1 (last=2)", "n2 (last=2)"});
}

TEST_CASE("slots and labels belong to every node of the item") {
    const Hosts hosts(
        "- hostname: [a, b]\n  slots: 8\n  labels: [a100, rack2]\n- hostname: c\n  labels: x\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a", "b", "c"});
    CHECK(hosts.fleet.nodes[1].slots == 8);
    CHECK(hosts.fleet.nodes[1].labels == Labels{"a100", "rack2"});
    CHECK(hosts.fleet.nodes[2].labels == Labels{"x"});
    CHECK(hosts.fleet.nodes[1].parameters.empty());
    CHECK(Hosts("- hostname: a\n  slots: 100000\n").fleet.nodes[0].slots == 100'000);
}

TEST_CASE("host as a mapping gives the connection's settings") {
    const Hosts hosts(
        "- hostname: [a, root@b:22]\n  host: {user: ml, port: 2222, identity_file: ~/.ssh/lab}\n"
        "- hostname: c\n  host:\n    identity_file: [k1, k2]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.host_of(0).user == "ml");
    CHECK(hosts.host_of(0).port == 2222);
    CHECK(hosts.host_of(0).identity_files == Labels{"~/.ssh/lab"});
    CHECK(hosts.host_of(2).identity_files == Labels{"k1", "k2"});
    CHECK(hosts.fleet.nodes[0].hostname == "a");
}

TEST_CASE("user and port within a hostname win over those of host") {
    const Hosts hosts("- hostname: root@b:22\n  host: {user: ml, port: 2222}\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.host_of(0).user == "root");
    CHECK(hosts.host_of(0).port == 22);
}

TEST_CASE("host as a text or a list is a parameter") {
    const Hosts hosts("- hostname: a\n  host: [x, y]\n- hostname: b\n  host: z\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a (host=x)", "a (host=y)", "b (host=z)"});
}

TEST_CASE("nodes with equal user, name, port and key files share a host") {
    const Hosts hosts(
        "- hostname: a\n  c: [x, y]\n- a\n- hostname: a\n  host: {port: 22}\n- u@a\n"
        "- hostname: a\n  host: {user: u}\n- hostname: a\n  host: {identity_file: k}\n- ssh://a\n");
    REQUIRE(hosts.errors().empty());
    std::vector<std::uint64_t> ids;
    for (const Node& node : hosts.fleet.nodes)
        ids.push_back(node.host.value);
    CHECK(ids == std::vector<std::uint64_t>{0, 0, 0, 1, 2, 2, 3, 0});
    CHECK(hosts.fleet.hosts.size() == 4);
}

TEST_CASE("nodes that look alike are numbered") {
    const Hosts hosts("- a\n- b\n- a\n- hostname: [a, a]\n- hostname: c\n  v: [1, 1]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a", "b", "a #2", "a #3", "a #4", "c (v=1)", "c (v=1) #2"});
    CHECK(hosts.fleet.hosts.size() == 3);
}

TEST_CASE("labels of nodes hold no control characters") {
    const Hosts hosts("- hostname: a\n  v: \"x\\n\\e[2Jy\"\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a (v=xy)"});
    CHECK(hosts.fleet.nodes[0].parameters[0].second == "x\n\x1b[2Jy");
}

TEST_CASE("localhost in any of its spellings is local") {
    for (const char* name : {"localhost", "LocalHost", "127.0.0.1", "'::1'", "'[::1]'"}) {
        CHECK(Hosts("- " + std::string(name) + "\n").fleet.hosts.at(0).is_local);
    }
}

TEST_CASE("localhost with a user, a port or a key file is reached by SSH") {
    for (const char* item :
         {"me@localhost", "localhost:22", "{hostname: localhost, host: {user: me}}",
          "{hostname: localhost, host: {port: 22}}",
          "{hostname: localhost, host: {identity_file: k}}", "localhost.example.org"}) {
        CHECK_FALSE(Hosts("- " + std::string(item) + "\n").fleet.hosts.at(0).is_local);
    }
}

TEST_CASE("nodes and hosts know their place in the file") {
    const Hosts hosts("- a\n- slots: 2\n  hostname:\n    - b\n    - a\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.fleet.nodes[2].place.file == "hosts.yaml");
    CHECK(hosts.fleet.nodes[2].place.line == 5);
    CHECK(hosts.fleet.nodes[2].place.column == 7);
    CHECK(hosts.host_of(2).place.line == 1);
}

TEST_CASE("aliases of YAML work") {
    const Hosts hosts("- hostname: a\n  gpus: &g [0, 1]\n- hostname: b\n  gpus: *g\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.labels() == Labels{"a (gpus=0)", "a (gpus=1)", "b (gpus=0)", "b (gpus=1)"});
}

TEST_CASE("a fleet may have exactly as many nodes as the limit says") {
    const Hosts hosts("- n[1-99990]\n- hostname: m[1-5]\n  v: [a, b]\n");
    REQUIRE(hosts.errors().empty());
    CHECK(hosts.fleet.nodes.size() == remuda::inventory::kMostNodes);
}
