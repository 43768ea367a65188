// SPDX-License-Identifier: MIT
#include "cli/attach_hosts.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/hosts.h"
#include "cli/interruption.h"
#include "cli/numbering.h"
#include "cli/output_buffer.h"
#include "cli/password.h"
#include "cli/pausing_reader.h"
#include "cli/receipts.h"
#include "cli/results.h"
#include "cli/state_place.h"
#include "cli/terminal.h"
#include "cli/transports.h"
#include "remuda/base/text.h"
#include "remuda/output/jobs.h"
#include "remuda/output/output.h"
#include "remuda/run/driver.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

void say(const std::string& text) {
    FdSink(STDERR_FILENO, nullptr).write(sanitised(text, false) + "\n");
}

/// There are none.
class NoJobs final : public run::JobSource {
  public:
    Result<queue::TakeResult> take(const queue::Admit& /*admit*/, bool /*is_burst*/) override {
        return queue::TakeResult(queue::Empty{});
    }
    Result<void> put_back(const model::Job& /*job*/) override { return {}; }
    [[nodiscard]] bool has_changed() const override { return false; }
};

/// Has each job cancelled that has not ended by itself, as soon as it is told of.
class EndsThem final : public output::Reader {
  public:
    EndsThem(const std::vector<Receipt>& receipts, std::function<void(model::JobId)> end)
        : receipts_(receipts), end_(std::move(end)) {}
    void read(const model::Event& event, Time /*now*/) override {
        const auto* started = std::get_if<model::AttemptStarted>(&event);
        if (started != nullptr && !receipts_[started->job.value - 1].kept.outcome) {
            end_(started->job);
        }
    }

  private:
    /// In the order of their jobs' ids, from 1 on (to_follow).
    const std::vector<Receipt>& receipts_;
    std::function<void(model::JobId)> end_;
};

/// Every host has a node, also one that is in no file.
model::Fleet with_nodes(model::Fleet fleet) {
    const std::vector<output::ListedHost> listed = listed_hosts(fleet);
    for (const model::Host& host : fleet.hosts) {
        if (std::ranges::any_of(fleet.nodes,
                                [&](const auto& node) { return node.host == host.id; }))
            continue;
        model::Node& node = fleet.nodes.emplace_back();
        node.id = {fleet.nodes.size() - 1};
        node.host = host.id;
        node.hostname = listed[host.id.value].name;
        node.label = node.hostname;
    }
    return fleet;
}

/// One call of `remuda attach`, once its hosts are known.
class Attach {
  public:
    Attach(const Options& options, model::Fleet fleet, const output::Screen& screen,
           const std::shared_ptr<const Secret>& password)
        : options_(options),
          fleet_(std::move(fleet)),
          screen_(screen),
          transports_(loop_, connecting(password)),
          hosts_(loop_, transports_, fleet_) {}

    int run() {
        Interruption interruption(
            loop_, [this] { interrupt(); }, [this](bool is_suspended) { suspend(is_suspended); });
        loop_.run(interruption.guard(look_and_follow()));
        return interruption.exit_code() != 0 ? interruption.exit_code() : exit_code_;
    }

  private:
    TransportSettings connecting(const std::shared_ptr<const Secret>& password) {
        TransportSettings settings = transport_settings(options_, screen_);
        const LogLevel threshold = options_.verbosity == 0   ? LogLevel::note
                                   : options_.verbosity == 1 ? LogLevel::detail
                                                             : LogLevel::protocol;
        settings.log = Log(threshold, [this](LogLevel, std::string_view text) { note(text); });
        settings.password = password;
        settings.while_asking = [this](bool is_asking) {
            if (reader_ != nullptr) reader_->pause(is_asking);
        };
        return settings;
    }

    void note(std::string_view text) const {
        if (reader_ != nullptr) {
            reader_->note(text);
        } else if (!options_.quiet) {
            say(std::string(text));
        }
    }

    // The jobs go on; so there is nothing to wait for.
    void interrupt() {
        transports_.drop_questions();
        stop_.request();
        constexpr int at_once = 3;
        if (driver_ != nullptr) driver_->stop(at_once);
    }

    void suspend(bool is_suspended) {
        if (reader_ != nullptr) reader_->suspend(is_suspended);
        transports_.suspend_question(is_suspended);
    }

    loop::Task<> look_and_follow() {
        co_await hosts_.look(stop_);
        if (!stop_.is_requested()) {
            std::vector<Receipt> all = distinct_receipts(fleet_, hosts_.take_receipts());
            std::vector<std::string> faults;
            if (options_.ends_jobs || options_.release) {
                faults = mistakable(all, options_.selection,
                                    options_.ends_jobs ? "cancelled" : "released");
            }
            auto chosen = chosen_receipts(std::move(all), options_.selection);
            if (!faults.empty()) {
                tell_faults();
                faults.front().insert(0, "error: ");
                for (const std::string& line : faults)
                    say(line);
                exit_code_ = kFileError;
            } else if (!chosen) {
                tell_faults();
                const bool may_be_there = has_fault() && chosen.error().code() == Code::not_found;
                say("error: " + chosen.error().text() +
                    (may_be_there ? "; not all hosts could be asked" : ""));
                exit_code_ = has_fault() ? kUnreachable : kFileError;
            } else if (options_.only_list || chosen->empty()) {
                tell_faults();
                list(*chosen);
            } else {
                const std::vector<Receipt> receipts = std::move(*chosen);
                co_await follow(receipts);
            }
        }
        co_await hosts_.close();
    }

    [[nodiscard]] bool has_fault() const {
        return std::ranges::any_of(
            fleet_.hosts, [&](const auto& host) { return hosts_.fault(host.id).has_value(); });
    }

    void tell_faults() const {
        const std::vector<output::ListedHost> names = listed_hosts(fleet_);
        for (const model::Host& host : fleet_.hosts) {
            const auto& fault = hosts_.fault(host.id);
            if (fault) say(fmt::format("{}: {}", names[host.id.value].name, fault->text()));
        }
    }

    void list(const std::vector<Receipt>& receipts) {
        std::vector<output::ListedReceipt> items;
        items.reserve(receipts.size());
        for (const Receipt& receipt : receipts)
            items.push_back(listed(receipt, fleet_));
        Results results(options_);
        if (options_.json) {
            for (const output::ListedReceipt& item : items)
                results.write(output::receipt_as_json(item));
        } else {
            results.write(output::receipts_table(items, results.columns(), wall_clock_ms()));
        }
        if (items.empty() && !options_.quiet) say("no host has receipts of jobs");
        exit_code_ = results.exit_code();
        if (exit_code_ == 0 && has_fault()) exit_code_ = kUnreachable;
    }

    loop::Task<> follow(const std::vector<Receipt>& receipts) {
        // Posted, because writing fails in the midst of telling an event.
        FdSink out(STDOUT_FILENO, [&](int) { loop_.post([this] { interrupt(); }); });
        FdSink err(STDERR_FILENO, nullptr);
        OutputBuffer buffer(out, err,
                            is_same_file(STDOUT_FILENO, STDERR_FILENO) ||
                                (screen_.out_is_terminal && screen_.err_is_terminal));
        output::Tally tally;
        const auto exit_code = [&] {
            if (out.failure() == EPIPE) return kOutputClosed;
            return options_.ends_jobs ? exit_code_of_ending(tally) : tally.exit_code();
        };
        PausingReader reader(make_reader(receipts, exit_code, buffer));
        reader_ = &reader;

        NoJobs none;
        run::RunSettings settings;
        settings.only_follows = true;
        settings.releases = options_.release;
        settings.ticks = true;
        settings.lost_after = options_.lost_after;
        std::vector<std::unique_ptr<transport::Transport>> transports;
        transports.reserve(fleet_.hosts.size());
        for (const model::Host& host : fleet_.hosts)
            transports.push_back(hosts_.transport(host));
        run::RunParts parts{loop_, fleet_, std::move(transports), none, {&tally, &reader}};
        parts.make_transport = [this](const model::Host& host) { return hosts_.another(host); };
        parts.resumed =
            to_follow(receipts, options_.only_new || options_.ends_jobs, wall_clock_ms());
        parts.log = Log(options_.verbosity == 0 ? LogLevel::note : LogLevel::detail,
                        [this](LogLevel, std::string_view text) { note(text); });
        // Posted, because the reader is called in the midst of the driver's work.
        EndsThem ends_them(receipts, [this](model::JobId job) {
            loop_.post([this, job] {
                if (driver_ != nullptr) driver_->cancel(job);
            });
        });
        if (options_.ends_jobs) parts.readers.push_back(&ends_them);
        run::Driver driver(std::move(parts), settings);
        driver_ = &driver;
        co_await driver.run();
        driver_ = nullptr;
        buffer.flush();
        reader_ = nullptr;
        exit_code_ = exit_code();
    }

    /// They are to be over, however.
    static int exit_code_of_ending(const output::Tally& tally) {
        const output::Tally::Counts& counts = tally.counts();
        if (tally.exit_code() == kExitOnInterrupt) return kExitOnInterrupt;
        if (counts.left_running + counts.nodes_down > 0) return kUnreachable;
        return counts.lost > 0 ? kFailed : 0;
    }

    std::unique_ptr<output::Reader> make_reader(const std::vector<Receipt>& receipts,
                                                std::function<int()> exit_code,
                                                OutputBuffer& buffer) const {
        const NumberOf number_of = [&receipts](model::JobId job) -> std::optional<std::uint64_t> {
            return receipts[job.value - 1].label.job;
        };
        if (options_.json) {
            return output::make_json(
                fleet_,
                {loop_.now(), output::utc_time(wall_clock_ms()), "attach", version_number(),
                 std::move(exit_code), nullptr, nullptr, 1, number_of},
                buffer.out());
        }
        output::PlainOptions plain;
        plain.screen = screen_;
        plain.quiet = options_.quiet;
        if (screen_.width > 0) plain.width_now = terminal_width;
        plain.print_period = options_.print_period;
        plain.is_attached = true;
        plain.start = loop_.now();
        return std::make_unique<NumberingReader>(
            output::make_plain(fleet_, std::move(plain), buffer.out(), buffer.err()), number_of);
    }

    // Set once.
    const Options& options_;
    model::Fleet fleet_;
    const output::Screen screen_;

    loop::Loop loop_;
    Transports transports_;
    AttachHosts hosts_;
    loop::Stop stop_;
    PausingReader* reader_ = nullptr;
    run::Driver* driver_ = nullptr;
    int exit_code_ = 0;
};

}  // namespace

int attach_to_jobs(const Options& options) {
    const output::Screen screen = screen_for(look_around(), options.colour, options.quiet);
    Options of_hosts = options;
    of_hosts.selection = options.hosts;
    ChosenHosts chosen = choose_hosts(of_hosts, screen.err_colour);
    FdSink(STDERR_FILENO, nullptr).write(chosen.findings);
    if (chosen.fleet.hosts.empty()) return kFileError;
    const GivenPassword given = password_for(options);
    if (!given.fault.empty()) say("error: " + given.fault);
    if (given.exit_code != 0) return given.exit_code;
    raise_descriptor_limit(chosen.fleet);
    return Attach(options, with_nodes(std::move(chosen.fleet)), screen, given.password).run();
}

}  // namespace remuda::cli
