// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "unit/inventory/hosts.h"

#include <doctest/doctest.h>

using remuda::test::Hosts;

TEST_CASE("hosts.yaml.example is valid and shows every form") {
    const auto text = remuda::load_file(REMUDA_HOSTS_EXAMPLE);
    REQUIRE(text);
    const Hosts hosts(*text);
    CHECK(hosts.errors().empty());
    CHECK(hosts.labels() == std::vector<std::string>{"localhost",
                                                     "node-1",
                                                     "192.168.7.20",
                                                     "ml@node-2:2222",
                                                     "[2001:db8::7]:22",
                                                     "ssh://ml@node-3:2222",
                                                     "rack03",
                                                     "rack04",
                                                     "rack05",
                                                     "rack06",
                                                     "rack07",
                                                     "rack08",
                                                     "rack09",
                                                     "rack10",
                                                     "rack12",
                                                     "gpu-1 (container=gpu0)",
                                                     "gpu-1 (container=gpu1)",
                                                     "gpu-2 (container=gpu0)",
                                                     "gpu-2 (container=gpu1)",
                                                     "login-a.example.org (site=a)",
                                                     "login-b.example.org (site=b)",
                                                     "big-1",
                                                     "lab1",
                                                     "lab2",
                                                     "lab3"});
    CHECK(hosts.fleet.hosts.front().is_local);
    CHECK(hosts.fleet.hosts.back().identity_files == std::vector<std::string>{"~/.ssh/lab"});
}
