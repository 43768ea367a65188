// SPDX-License-Identifier: MIT
#include "cli/wire.h"

#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/interruption.h"
#include "cli/kept_queue.h"
#include "cli/numbering.h"
#include "cli/output_buffer.h"
#include "cli/pausing_reader.h"
#include "cli/reload.h"
#include "cli/requests.h"
#include "cli/stopping.h"
#include "cli/terminal.h"
#include "cli/transports.h"
#include "remuda/base/text.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/signals.h"
#include "remuda/output/output.h"
#include "remuda/queue/queue.h"
#include "remuda/run/driver.h"
#include "remuda/run/job_source.h"
#include "remuda/run/plan.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

using engine::Settings;

// What the queue has to tell, from before there is a reader on.
struct QueueNews {
    void note(const std::string& text) {
        if (reader != nullptr) {
            reader->note(text);
        } else {
            notes.push_back(text);
        }
    }
    void lose(const model::JobLost& job) {
        if (reader == nullptr) {
            lost.push_back(job);
            return;
        }
        tally->read(job, loop->now());
        reader->read(job, loop->now());
        // Once it is settled nobody tells it again.
        reader->flush();
    }
    void begin(loop::Loop& in, output::Reader& to, output::Tally& counts) {
        loop = &in;
        reader = &to;
        tally = &counts;
        for (const std::string& text : notes)
            to.note(text);
        for (const model::JobLost& job : lost)
            lose(job);
    }

    std::vector<std::string> notes;
    std::vector<model::JobLost> lost;
    loop::Loop* loop = nullptr;
    output::Reader* reader = nullptr;
    output::Tally* tally = nullptr;
};

// "2026-11-22T03:46:52.123Z".
std::string wall_clock() {
    using std::chrono::duration_cast;
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto milliseconds = duration_cast<std::chrono::milliseconds>(since_epoch).count();
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    (void)::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       milliseconds % 1000);
}

std::unique_ptr<loop::Signals> heard_signals(loop::Loop& loop, bool is_daemon) {
    // An ignored SIGTSTP is not to be heard either: whoever started us has no use for it.
    // nohup has SIGHUP ignored, and means that it should end nothing.
    const bool hangs_up = is_daemon || !is_ignored(SIGHUP);
    const bool stops = !is_ignored(SIGTSTP);
    const int hangup = hangs_up ? SIGHUP : SIGTERM;
    const int stop = stops ? SIGTSTP : SIGTERM;
    return std::make_unique<loop::Signals>(
        loop, std::initializer_list<int>{SIGINT, SIGTERM, SIGUSR1, hangup, stop});
}

std::unique_ptr<output::Reader> make_reader(const Options& options, const model::Fleet& fleet,
                                            Settings::Mode mode, const output::Screen& screen,
                                            Time start, std::function<std::size_t()> remaining,
                                            std::function<int()> exit_code,
                                            std::function<output::StopCause()> stop_cause,
                                            std::function<bool(const model::Host&)> runs_by_shim,
                                            NumberOf number_of, output::Sink& out,
                                            output::Sink& err) {
    if (options.json) {
        const bool is_broadcast = mode == Settings::Mode::broadcast;
        return output::make_json(
            fleet,
            {start, wall_clock(), is_broadcast ? "broadcast" : "queue", version_number(),
             std::move(exit_code), &err, std::move(remaining),
             is_broadcast ? fleet.nodes.size() : 1, std::move(number_of)},
            out);
    }
    output::PlainOptions plain;
    plain.screen = screen;
    plain.quiet = options.quiet;
    if (screen.width > 0) plain.width_now = terminal_width;
    plain.remaining = std::move(remaining);
    plain.print_period = options.print_period;
    plain.is_broadcast = mode == Settings::Mode::broadcast;
    if (plain.is_broadcast) plain.attempts_a_job = fleet.nodes.size();
    plain.is_resumed = options.resume;
    plain.is_daemon = options.daemon;
    plain.grace = options.grace;
    plain.stop_cause = std::move(stop_cause);
    plain.runs_by_shim = std::move(runs_by_shim);
    plain.queue_name = options.queue_file;
    plain.stops_at_failure = options.error_aborts;
    plain.start = start;
    return std::make_unique<NumberingReader>(output::make_plain(fleet, std::move(plain), out, err),
                                             std::move(number_of));
}

Log make_log(const Options& options, output::Reader& reader) {
    const LogLevel threshold = options.verbosity == 0   ? LogLevel::note
                               : options.verbosity == 1 ? LogLevel::detail
                                                        : LogLevel::protocol;
    return {threshold, [&reader](LogLevel, std::string_view text) { reader.note(text); }};
}

std::size_t job_count(const std::vector<queue::Entry>& entries) {
    std::size_t count = 0;
    for (const queue::Entry& entry : entries)
        count += queue::job_count(entry);
    return count;
}

loop::Task<> run_until_over(loop::Loop& loop, run::Driver& driver, Stopping& stopping,
                            loop::Signals& signals, KeptQueue& queue) {
    loop::Stop over;
    loop::Scope scope(loop);
    scope.spawn(stopping.heed(signals, over));
    scope.spawn(stopping.keep_time(over));
    scope.spawn(heed_requests(loop, queue, driver, over));
    std::exception_ptr fault;
    try {
        co_await driver.run();
    } catch (...) {
        fault = std::current_exception();
    }
    over.request();
    co_await scope.join();
    if (fault) std::rethrow_exception(fault);
}

int exit_code_of(const output::Tally& tally, const Stopping& stopping, std::size_t kept_for_later,
                 const FdSink& out) {
    if (out.failure() == EPIPE) return kOutputClosed;
    // The terminal is gone, and that is what has ended us.
    const bool is_hung_up = out.failure() == EIO && stopping.cause() == output::StopCause::hangup;
    if (is_hung_up) return stopping.exit_code();
    if (out.failure() != 0 && out.failure() != ECANCELED) return kFailed;
    if (stopping.exit_code() != 0) return stopping.exit_code();
    return tally.exit_code() == 0 && kept_for_later > 0 ? kWorkIsLeft : tally.exit_code();
}

}  // namespace

int run_wired(const Options& options, const Files& files, Settings::Mode mode,
              const output::Screen& screen, Passwords passwords) {
    model::Fleet fleet = files.fleet;
    raise_descriptor_limit(fleet);
    FdSink err(STDERR_FILENO, nullptr);
    Reload hosts_file(options.hosts_file, files.fleet);
    QueueNews news;
    auto opened = KeptQueue::open(options, mode, fleet,
                                  run::plan_check(hosts_file.fleet(), options.unknown_variables()),
                                  {.note = [&](const std::string& text) { news.note(text); },
                                   .lost = [&](const model::JobLost& job) { news.lose(job); }});
    if (!opened) {
        err.write(fmt::format("error: {}\n", sanitised(opened.error().text(), false)));
        return kFileError;
    }
    KeptQueue& queue = **opened;

    loop::Loop loop;
    const bool ends_with_terminal = options.daemon && has_terminal() && !is_ignored(SIGHUP);
    const std::unique_ptr<loop::Signals> signals = heard_signals(loop, options.daemon);

    run::Driver* running = nullptr;
    Transports* asking = nullptr;
    Stopping stopping(loop, options.grace, [&](int grade) {
        asking->drop_questions();
        running->stop(grade);
    });
    // Posted, because writing fails in the midst of telling an event.
    FdSink out(STDOUT_FILENO, [&](int) { loop.post([&] { stopping.output_failed(); }); });
    // While nobody reads our output the loop stands still: signals are heard here then, and told
    // when it goes on. The third gives the output up.
    int heard = 0;
    const auto gives_up = [&] {
        for (int number = signals->take(); number != 0; number = signals->take()) {
            if (number == SIGTSTP) {
                stop_until_continued();
                continue;
            }
            if (!stopping.asks_to_stop(number)) {
                loop.post([&stopping, number] { stopping.signalled(number); });
                continue;
            }
            ++heard;
            loop.post([&stopping, &heard, number] {
                --heard;
                stopping.signalled(number);
            });
        }
        return stopping.grade() + heard >= 3;
    };
    out.set_interrupt({signals->descriptor(), gives_up});
    err.set_interrupt({signals->descriptor(), gives_up});

    const auto remaining = [&, at_start = job_count(files.entries)] {
        return queue.remaining(at_start);
    };
    output::Tally tally;
    const auto exit_code = [&] {
        return exit_code_of(tally, stopping, queue.kept_for_later(), out);
    };
    OutputBuffer buffer(out, err,
                        is_same_file(STDOUT_FILENO, STDERR_FILENO) ||
                            (screen.out_is_terminal && screen.err_is_terminal));
    const auto number_of = [&](model::JobId job) { return queue.number_of(job); };
    PausingReader reader(make_reader(
        options, fleet, mode, screen, loop.now(), remaining, exit_code,
        [&] { return stopping.cause(); },
        [&](const model::Host& host) { return asking != nullptr && asking->runs_by_shim(host); },
        number_of, buffer.out(), buffer.err()));
    news.begin(loop, reader, tally);
    const auto reload = [&] {
        if (stopping.grade() > 0 || running->is_closing()) return;
        hosts_file.read_again(*running, [&](const std::string& text) { reader.note(text); });
        raise_descriptor_limit(fleet);
    };
    stopping.set_answers({.show_standing = [&] { reader.show_standing(loop.now()); },
                          .suspend =
                              [&] {
                                  reader.suspend(true);
                                  asking->suspend_question(true);
                                  stop_until_continued();
                                  asking->suspend_question(false);
                                  reader.suspend(false);
                              },
                          .reload = options.daemon ? std::function<void()>(reload) : nullptr,
                          .has_lost_terminal = ends_with_terminal ? [] { return !has_terminal(); }
                                                                  : std::function<bool()>(),
                          .hang_up =
                              [&] {
                                  asking->drop_questions();
                                  running->hang_up();
                              }});

    TransportSettings connecting = transport_settings(options, screen);
    connecting.log = make_log(options, reader);
    connecting.password = std::move(passwords.login);
    connecting.while_asking = [&](bool is_asking) { reader.pause(is_asking); };
    const bool is_durable = mode == Settings::Mode::queue && !options.no_durable;
    // Not the store: several runs may share it, and must not cut each other.
    connecting.shim.controller = queue.key_prefix();
    connecting.shim.durable = is_durable;
    if (is_durable) {
        connecting.shim.key_prefix = queue.store_prefix();
        connecting.shim.unwanted = [&](const std::vector<std::string>& keys) {
            return queue.unwanted(keys);
        };
    }
    // A broadcast has few commands for each host, and none is to outlive us: pushing a program
    // would cost more than it saves.
    if (mode == Settings::Mode::broadcast && options.shim == ShimChoice::automatic) {
        connecting.shim.use = shim::ShimSettings::Use::never;
    }
    Transports transports(loop, connecting);
    asking = &transports;

    run::RunSettings settings;
    settings.mode = mode;
    settings.stop_on_failure = options.error_aborts;
    const std::size_t jobs = job_count(files.entries);
    const bool is_broadcast = mode == Settings::Mode::broadcast;
    settings.halt = halt_of(options.halt, is_broadcast ? jobs * fleet.nodes.size() : jobs);
    settings.defaults = options.job_defaults;
    settings.seed = std::random_device{}();
    settings.sudo_password = std::move(passwords.sudo);
    settings.grace = options.grace;
    settings.ticks = true;
    settings.is_daemon = options.daemon;
    settings.lenient_templates = options.lenient_templates;
    settings.lost_after = options.lost_after;
    if (is_durable) settings.key_prefix = queue.key_prefix();
    run::RunParts parts{loop, fleet, transports.make(fleet), queue.jobs(), {&tally, &reader}};
    parts.recorder = &queue.recorder();
    parts.make_transport = [&](const model::Host& host) { return transports.make_one(host); };
    parts.resumed = queue.take_adopted();
    parts.label_of = [&](const model::Job& job, model::NodeId node, const std::string& command) {
        return queue.receipt_label(job, fleet.nodes[node.value], command);
    };
    parts.watched_file = options.queue_file;
    parts.log = make_log(options, reader);
    run::Driver driver(std::move(parts), settings);
    running = &driver;
    loop.run(run_until_over(loop, driver, stopping, *signals, queue));
    buffer.flush();
    if (out.failure() != 0 && out.failure() != EPIPE && out.failure() != ECANCELED) {
        err.write("error: " + sys_error("cannot write the output", out.failure()).text() + "\n");
    }
    return exit_code();
}

}  // namespace remuda::cli
