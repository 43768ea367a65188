// SPDX-License-Identifier: MIT
#include "ssh/way.h"

namespace remuda::ssh {

HostSettings plain_settings(const model::Host& host, const Settings& settings) {
    HostSettings plain;
    plain.name = host.name;
    plain.place = host.place;
    plain.host_name = host.name;
    plain.port = host.port.value_or(plain.port);
    plain.user = host.user.empty() ? settings.user : host.user;
    plain.host_key = settings.host_key;
    plain.user_known_hosts = settings.known_hosts;
    plain.global_known_hosts = settings.global_known_hosts;
    plain.identity_files = host.identity_files;
    plain.agent_socket = settings.agent_socket;
    plain.connect_timeout = settings.connect_timeout;
    plain.login_timeout = settings.login_timeout;
    return plain;
}

model::Host host_of(const Jump& jump) {
    model::Host host;
    host.name = jump.name;
    host.user = jump.user;
    host.port = jump.port;
    return host;
}

}  // namespace remuda::ssh
