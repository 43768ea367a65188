// SPDX-License-Identifier: MIT
//
// `remuda hosts list` and `remuda hosts check`.
#include "cli/hosts.h"

#include "cli/commands.h"
#include "cli/each_host.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/hosts_as_known.h"
#include "cli/hosts_visit.h"
#include "cli/results.h"
#include "cli/terminal.h"

#include <algorithm>
#include <string>
#include <vector>

#include <unistd.h>

namespace remuda::cli {

namespace {

using State = output::ListedHost::State;

loop::Task<> list(Transports& transports, const model::Host& host, output::ListedHost& to,
                  loop::Stop& stop) {
    if (host.is_local) co_return;
    auto way = co_await transports.client().way(host, stop);
    if (way) {
        tell_way(*way, to);
    } else {
        to.state = State::faulty;
        to.reason = way.error().text();
    }
}

loop::Task<> check(Transports& transports, const model::Host& host, output::ListedHost& to,
                   loop::Stop& stop) {
    if (host.is_local) {
        to.state = State::ok;
        co_return;
    }
    const ssh::HostCheck found = co_await transports.client().check(host, stop);
    // What fails because it was stopped says nothing of the host.
    if (!found.failure || !stop.is_requested()) {
        tell_check(found, to);
    } else if (found.way) {
        tell_way(*found.way, to);
    }
}

void write_all(Results& out, const Options& options, const std::vector<output::ListedHost>& hosts) {
    if (options.json) {
        for (const output::ListedHost& host : hosts)
            out.write(output::host_as_json(host));
    } else if (options.hosts_action == "check") {
        out.write(output::hosts_check(hosts, out.columns(), options.verbosity > 0));
    } else {
        out.write(output::hosts_list(hosts, out.columns()));
    }
}

int exit_code_of(const std::vector<output::ListedHost>& hosts) {
    const auto has = [&](State state) {
        return std::ranges::find(hosts, state, &output::ListedHost::state) != hosts.end();
    };
    if (has(State::faulty)) return kFileError;
    if (has(State::down)) return kUnreachable;
    if (has(State::not_authorised)) return kNotAuthorised;
    return 0;
}

void say(const std::string& text) {
    FdSink(STDERR_FILENO, nullptr).write(text);
}

}  // namespace

int show_hosts(const Options& options) {
    if (options.hosts_action == "facts" || options.hosts_action == "clean") {
        return visit_hosts(options);
    }
    const bool checks = options.hosts_action == "check";
    const Surroundings around = look_around();
    const output::Screen screen = screen_for(around, options.colour, options.quiet);
    const ChosenHosts chosen = choose_hosts(options, screen.err_colour);
    say(chosen.findings);
    if (chosen.fleet.hosts.empty()) return kFileError;
    std::vector<output::ListedHost> hosts = listed_hosts(chosen.fleet);

    const auto look = [&](loop::Loop&, Transports& transports, std::size_t index,
                          loop::Stop& stop) {
        const model::Host& host = chosen.fleet.hosts[index];
        return checks ? check(transports, host, hosts[index], stop)
                      : list(transports, host, hosts[index], stop);
    };
    Results out(options);
    const bool is_watched = checks && out.is_terminal() && !options.json;
    HostsAsKnown as_known(out, hosts, options.verbosity > 0, is_watched);
    const int ended =
        for_each_host(options, screen, chosen.fleet, checks, look, checks ? &as_known : nullptr);
    // What a check that was interrupted has found is worth showing.
    if (ended != 0 && !as_known.was_begun()) return ended;

    if (as_known.has_rows()) {
        as_known.show_rest();
    } else {
        write_all(out, options, hosts);
    }
    if (checks && !options.json && !out.is_closed()) say(output::summary_of(hosts) + "\n");
    const int unwritten = out.exit_code();
    if (unwritten != 0) return unwritten;
    return ended != 0 ? ended : exit_code_of(hosts);
}

}  // namespace remuda::cli
