// SPDX-License-Identifier: MIT
#include "cli/hosts_visit.h"

#include "cli/commands.h"
#include "cli/each_host.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/host_script.h"
#include "cli/hosts.h"
#include "cli/results.h"
#include "cli/terminal.h"
#include "remuda/base/text.h"
#include "remuda/output/host_facts.h"
#include "remuda/shim/shim_transport.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

/// What each host answered, or why it did not.
using Answers = std::vector<Result<std::string>>;

loop::Task<Result<std::string>> ask_facts(loop::Loop& loop, Transports& transports,
                                          const model::Host& host, loop::Stop& stop) {
    const auto transport = transports.make_with_shim(host);
    Result<std::string> answer = std::string();
    const auto opened = co_await transport->open(stop);
    if (opened) {
        answer = co_await transport->facts(loop.now() + kHostAnswerTime, stop);
    } else {
        answer = opened.error();
    }
    co_await transport->close(loop.now() + kHostClosingTime);
    co_return answer;
}

loop::Task<Result<std::string>> said_by(loop::Loop& loop, transport::Transport& transport,
                                        std::string script, loop::Stop& stop) {
    const auto opened = co_await transport.open(stop);
    if (!opened) co_return opened.error();
    auto end = co_await run_script(loop, transport, std::move(script), stop);
    if (!end) co_return end.error();
    if (model::is_success(end->outcome)) co_return std::move(end->said);
    co_return Error(Code::system, model::describe(end->outcome));
}

loop::Task<Result<std::string>> clean(loop::Loop& loop, Transports& transports,
                                      const model::Host& host, loop::Stop& stop) {
    const auto transport = transports.make_plain(host);
    auto said = co_await said_by(loop, *transport, shim::cleaning_script(host.shim_dir), stop);
    co_await transport->close(loop.now() + kHostClosingTime);
    co_return said;
}

using Visit = loop::Task<Result<std::string>> (&)(loop::Loop&, Transports&, const model::Host&,
                                                  loop::Stop&);

loop::Task<> visit_one(Visit visit, loop::Loop& loop, Transports& transports,
                       const model::Host& host, Result<std::string>& answer, loop::Stop& stop) {
    answer = co_await visit(loop, transports, host, stop);
}

int exit_code_of(const Answers& answers) {
    int exit_code = 0;
    for (const auto& answer : answers) {
        if (answer) continue;
        switch (answer.error().code()) {
            case Code::unreachable:
            case Code::timed_out:
            case Code::busy:
                return kUnreachable;
            case Code::not_authorised:
                exit_code = kNotAuthorised;
                break;
            default:
                if (exit_code == 0) exit_code = kFailed;
        }
    }
    return exit_code;
}

std::string shown_cleaning(const std::string& host, const std::string& said) {
    if (said.empty()) return fmt::format("{}: nothing to clean\n", sanitised(host, false));
    std::string text;
    std::string_view rest = said;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        text += sanitised(fmt::format("{}: {}", host, line), false) + "\n";
    }
    return text;
}

}  // namespace

int visit_hosts(const Options& options) {
    const bool is_facts = options.hosts_action == "facts";
    const Surroundings around = look_around();
    const output::Screen screen = screen_for(around, options.colour, options.quiet);
    const auto say = [](const std::string& text) { FdSink(STDERR_FILENO, nullptr).write(text); };
    const ChosenHosts chosen = choose_hosts(options, screen.err_colour);
    say(chosen.findings);
    const std::vector<model::Host>& hosts = chosen.fleet.hosts;
    if (hosts.empty()) return kFileError;
    Answers answers(hosts.size(), Error(Code::stopped, "not asked"));
    const auto visit = [&](loop::Loop& loop, Transports& transports, std::size_t index,
                           loop::Stop& stop) {
        return visit_one(is_facts ? ask_facts : clean, loop, transports, hosts[index],
                         answers[index], stop);
    };
    const int ended = for_each_host(options, screen, chosen.fleet, true, visit);
    if (ended != 0) return ended;

    Results out(options);
    const std::vector<output::ListedHost> listed = listed_hosts(chosen.fleet);
    std::vector<output::HostFacts> facts;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const std::string& name = listed[i].name;
        if (!answers[i] && !(is_facts && options.json)) {
            say(sanitised(fmt::format("{}: {}", name, answers[i].error().text()), false) + "\n");
        }
        if (is_facts) {
            facts.push_back(answers[i] ? output::read_facts(name, *answers[i])
                                       : output::no_facts(name, answers[i].error().text()));
        } else if (answers[i]) {
            out.write(shown_cleaning(name, *answers[i]));
        }
    }
    if (is_facts) {
        out.write(options.json ? output::facts_as_json(facts)
                               : output::facts_table(facts, out.columns()));
    }
    const int unwritten = out.exit_code();
    return unwritten != 0 ? unwritten : exit_code_of(answers);
}

}  // namespace remuda::cli
