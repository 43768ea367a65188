// SPDX-License-Identifier: MIT
//
// `remuda hosts list` and `remuda hosts check`.
#include "cli/hosts.h"

#include "cli/commands.h"
#include "cli/fd_sink.h"
#include "cli/hosts_visit.h"
#include "cli/interruption.h"
#include "cli/password.h"
#include "cli/terminal.h"
#include "cli/transports.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

using State = output::ListedHost::State;

constexpr int kFailed = 1;
constexpr int kFileError = 2;
constexpr int kUnreachable = 3;
constexpr int kNotAuthorised = 5;

using Look =
    std::function<loop::Task<>(Transports&, const model::Host&, output::ListedHost&, loop::Stop&)>;

loop::Task<> list(Transports& transports, const model::Host& host, output::ListedHost& to,
                  loop::Stop& stop) {
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
    const ssh::HostCheck found = co_await transports.client().check(host, stop);
    tell_check(found, to);
}

loop::Task<> look_at_all(loop::Loop& loop, Transports& transports, const Look& look,
                         const model::Fleet& fleet, std::vector<output::ListedHost>& listed,
                         loop::Stop& stop) {
    loop::Scope scope(loop);
    for (std::size_t i = 0; i < fleet.hosts.size(); ++i) {
        if (!fleet.hosts[i].is_local)
            scope.spawn(look(transports, fleet.hosts[i], listed[i], stop));
    }
    co_await scope.join();
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

    GivenPassword given;
    if (checks) given = password_for(options);
    if (!given.fault.empty()) say("error: " + sanitised(given.fault, false) + "\n");
    if (given.exit_code != 0) return given.exit_code;
    {
        loop::Loop loop;
        TransportSettings settings = transport_settings(options, screen);
        settings.log = Log(LogLevel::note, [&](LogLevel, std::string_view text) {
            say(sanitised(text, false) + "\n");
        });
        settings.password = std::move(given.password);
        Transports* asking = nullptr;
        loop::Stop stop;
        Interruption interruption(
            loop,
            [&] {
                asking->drop_questions();
                stop.request();
            },
            [&](bool is_suspended) { asking->suspend_question(is_suspended); });
        Transports transports(loop, settings);
        asking = &transports;
        raise_descriptor_limit(chosen.fleet);
        loop.run(interruption.guard(
            look_at_all(loop, transports, checks ? check : list, chosen.fleet, hosts, stop)));
        if (interruption.exit_code() != 0) return interruption.exit_code();
    }
    for (output::ListedHost& host : hosts) {
        if (checks && host.way == "local") host.state = State::ok;
    }

    FdSink out(STDOUT_FILENO, nullptr);
    const std::size_t columns = around.out_is_terminal ? around.width : 0;
    if (options.json) {
        for (const output::ListedHost& host : hosts)
            out.write(output::host_as_json(host));
    } else {
        out.write(checks ? output::hosts_check(hosts, columns, options.verbosity > 0)
                         : output::hosts_list(hosts, columns));
        if (checks && out.failure() == 0) say(output::summary_of(hosts) + "\n");
    }
    if (out.failure() == EPIPE) return kOutputClosed;
    if (out.failure() != 0) {
        say("error: " + sys_error("cannot write the output", out.failure()).text() + "\n");
        return kFailed;
    }
    return exit_code_of(hosts);
}

}  // namespace remuda::cli
