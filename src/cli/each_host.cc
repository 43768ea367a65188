// SPDX-License-Identifier: MIT
#include "cli/each_host.h"

#include "cli/fd_sink.h"
#include "cli/interruption.h"
#include "cli/password.h"
#include "cli/terminal.h"
#include "remuda/base/text.h"

#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace remuda::cli {

namespace {

loop::Task<> run_all(loop::Loop& loop, Transports& transports, const model::Fleet& fleet,
                     const HostTask& task, loop::Stop& stop) {
    loop::Scope scope(loop);
    for (std::size_t i = 0; i < fleet.hosts.size(); ++i)
        scope.spawn(task(loop, transports, i, stop));
    co_await scope.join();
}

}  // namespace

int for_each_host(const Options& options, const output::Screen& screen, const model::Fleet& fleet,
                  bool asks_password, const HostTask& task) {
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
    loop.run(interruption.guard(run_all(loop, transports, fleet, task, stop)));
    return interruption.exit_code();
}

}  // namespace remuda::cli
