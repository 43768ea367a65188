// SPDX-License-Identifier: MIT
#include "cli/each_host.h"

#include "cli/fd_sink.h"
#include "cli/interruption.h"
#include "cli/password.h"
#include "cli/terminal.h"
#include "remuda/base/text.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace remuda::cli {

namespace {

// Hosts that are all known before are shown at once, in the order of the file.
constexpr auto kPatience = std::chrono::seconds(1);

loop::Task<> run_one(loop::Loop& loop, Transports& transports, const HostTask& task,
                     std::size_t index, HostsAsKnown* as_known, loop::Stop& stop) {
    co_await task(loop, transports, index, stop);
    if (as_known != nullptr) as_known->look(index);
}

loop::Task<> show_soon(loop::Loop& loop, HostsAsKnown& as_known, loop::Stop& all_known) {
    const loop::Wake wake = co_await loop.sleep_until(loop.now() + kPatience, all_known);
    if (wake == loop::Wake::timeout) as_known.show();
}

loop::Task<> run_all(loop::Loop& loop, Transports& transports, const model::Fleet& fleet,
                     const HostTask& task, HostsAsKnown* as_known, loop::Stop& stop) {
    loop::Stop all_known(stop);
    loop::Scope showing(loop);
    if (as_known != nullptr) {
        as_known->begin();
        showing.spawn(show_soon(loop, *as_known, all_known));
    }
    loop::Scope scope(loop);
    for (std::size_t i = 0; i < fleet.hosts.size(); ++i)
        scope.spawn(run_one(loop, transports, task, i, as_known, stop));
    co_await scope.join();
    all_known.request();
    co_await showing.join();
}

}  // namespace

int for_each_host(const Options& options, const output::Screen& screen, const model::Fleet& fleet,
                  bool asks_password, const HostTask& task, HostsAsKnown* as_known) {
    const auto say = [](std::string_view text) {
        FdSink(STDERR_FILENO, nullptr).write(sanitised(text, false) + "\n");
    };
    GivenPassword given;
    if (asks_password) given = password_for(options);
    if (!given.fault.empty()) say("error: " + given.fault);
    if (given.exit_code != 0) return given.exit_code;

    loop::Loop loop;
    TransportSettings settings = transport_settings(options, screen);
    settings.log = Log(LogLevel::note, [&](LogLevel, std::string_view text) { say(text); });
    settings.password = std::move(given.password);
    settings.while_asking = [&](bool is_asking) {
        if (as_known != nullptr) as_known->hold(is_asking);
    };
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
    raise_descriptor_limit(fleet);
    loop.run(interruption.guard(run_all(loop, transports, fleet, task, as_known, stop)));
    return interruption.exit_code();
}

}  // namespace remuda::cli
