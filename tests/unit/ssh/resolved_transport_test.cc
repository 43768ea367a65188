// SPDX-License-Identifier: MIT
#include "ssh/resolved_transport.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda::ssh;
namespace model = remuda::model;

TEST_CASE("the system's ssh is told what hosts.yaml and the command line say, and nothing else") {
    using Words = std::vector<std::string>;
    model::Host host;
    host.name = "alpha";
    Settings settings;
    settings.home = "/home/me";
    SystemSsh ssh = system_ssh_for(host, HostSettings(), settings);
    CHECK(ssh.name == "alpha");
    CHECK(ssh.options.empty());

    host.user = "root";
    host.port = 2222;
    host.identity_files = {"~/my key"};
    settings.ssh_config_file = "lab";
    settings.host_key = HostKeyPolicy::accept_new;
    settings.host_key_wins = true;
    settings.connect_timeout_wins = true;
    HostSettings of_host;
    of_host.connect_timeout = std::chrono::milliseconds(1500);
    ssh = system_ssh_for(host, of_host, settings);
    CHECK(ssh.name == "root@alpha");
    CHECK(ssh.options == Words{"-F", "lab", "-o", "Port=2222", "-o",
                               "IdentityFile=\"/home/me/my key\"", "-o",
                               "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=2"});
    settings.host_key = HostKeyPolicy::ask;
    CHECK(system_ssh_for(host, of_host, settings).options[7] == "StrictHostKeyChecking=yes");
}
