// SPDX-License-Identifier: MIT
//
// The only file that includes CLI11: it costs seconds to compile.
#include "cli/options.h"

#include "cli/suggestion.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace remuda::cli {

namespace {

constexpr const char* kExamples = R"(Examples:
  remuda q                    work off queue.yaml on the machines of hosts.yaml
  remuda q -Q jobs.yaml -e    another queue; stop at the first failure
  remuda b                    run every command of queue.yaml on every node
  remuda q --dry-run          show nodes and jobs; open and change nothing

)";

constexpr const char* kQueueExamples = R"(Examples:
  remuda q                    work off queue.yaml on the machines of hosts.yaml
  remuda q -H lab.yaml -Q jobs.yaml
  remuda q -e                 take no further job once one has failed
  remuda q --json | jq -c 'select(.type == "job_ended")'

)";

constexpr const char* kBroadcastExamples = R"(Examples:
  remuda b                    run each command on every node, in step
  remuda b -Q up.yaml -e      stop after the first command that fails anywhere
  remuda b --dry-run          show nodes and commands; open and change nothing

)";

constexpr const char* kVersionExamples = R"(Examples:
  remuda version

)";

// Help that begins with examples.
class ExamplesFirst final : public CLI::Formatter {
  public:
    std::string make_description(const CLI::App* app) const override {
        std::string text;
        if (const auto found = examples_.find(app->get_name()); found != examples_.end()) {
            text += found->second;
        }
        return text + CLI::Formatter::make_description(app);
    }

    // The value's name alone: CLI11 adds what its checks are called and what excludes what.
    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_items_expected_max() == 0) return "";
        const std::string type = option->get_type_name();
        return " " + type.substr(0, type.find(':'));
    }

  private:
    std::map<std::string, std::string> examples_ = {{"remuda", kExamples},
                                                    {"queue", kQueueExamples},
                                                    {"broadcast", kBroadcastExamples},
                                                    {"version", kVersionExamples}};
};

// What CLI11 fills in before it becomes Options.
struct Raw {
    std::string host_key;
    std::string colour = "auto";
    double grace_seconds = 10;
    double connect_timeout_seconds = 10;
    bool ignore_errors = false;
};

// Empty if `text` is a number of seconds that makes sense.
std::string fault_of_seconds(const std::string& text, double least) {
    constexpr double most = 86'400;
    double seconds = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    const bool is_good =
        read.ec == std::errc() && read.ptr == end && seconds >= least && seconds <= most;
    if (is_good) return "";
    return fmt::format("'{}' is no number of seconds from {} to {}", text, least, most);
}

void add_run_options(CLI::App& command, Options& options, Raw& raw) {
    command.add_option("-Q,--queue-file", options.queue_file, "The queue (default: queue.yaml)")
        ->type_name("FILE");
    command.add_option("-H,--hosts-file", options.hosts_file, "The machines (default: hosts.yaml)")
        ->type_name("FILE");
    CLI::Option* aborts = command.add_flag("-e,--error-aborts", options.error_aborts,
                                           "Take no further job once one has failed");
    command.add_flag("-i,--ignore-errors", raw.ignore_errors, "Go on after failures (the default)")
        ->excludes(aborts);
    command
        .add_option("--host-key", raw.host_key,
                    "New host keys: ask, accept-new or strict\n"
                    "(default: ask on a terminal, else strict)")
        ->type_name("HOW")
        ->check(CLI::IsMember({"ask", "accept-new", "strict"}));
    command
        .add_option("--connect-timeout", raw.connect_timeout_seconds,
                    "For connecting to a host (default: 10)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0.001); });
    command
        .add_option("--grace", raw.grace_seconds,
                    "Between TERM and KILL for jobs that are told to\nend (default: 10)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0); });
    CLI::Option* dry_run = command.add_flag("--dry-run", options.dry_run,
                                            "Show nodes and jobs; open and change nothing");
    command.add_flag("--json", options.json, "One JSON object a line on stdout (docs/json.md)")
        ->excludes(dry_run);
    command.add_option("--color", raw.colour, "auto, always or never (default: auto)")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    command.add_flag("-q,--quiet", options.quiet, "Only failures and the summary");
    command.add_flag("-v,--verbose", options.verbosity, "Tell of logins and broken connections");
}

void understand(const Raw& raw, Options& options) {
    if (raw.host_key == "ask") options.host_key = HostKeyChoice::ask;
    if (raw.host_key == "accept-new") options.host_key = HostKeyChoice::accept_new;
    if (raw.host_key == "strict") options.host_key = HostKeyChoice::strict;
    if (raw.colour == "always") options.colour = ColourChoice::always;
    if (raw.colour == "never") options.colour = ColourChoice::never;
    const auto duration = [](double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    };
    options.grace = duration(raw.grace_seconds);
    options.connect_timeout = duration(raw.connect_timeout_seconds);
}

std::vector<KnownOption> known_options(const CLI::App& app) {
    std::vector<KnownOption> known;
    for (const CLI::Option* option : app.get_options()) {
        const bool takes_value = option->get_items_expected_max() > 0;
        for (const std::string& name : option->get_lnames()) {
            known.push_back({"--" + name, takes_value});
        }
        for (const std::string& name : option->get_snames()) {
            known.push_back({"-" + name, takes_value});
        }
    }
    return known;
}

Grammar grammar_of(const CLI::App& app) {
    Grammar grammar;
    grammar.options = known_options(app);
    for (const CLI::App* command : app.get_subcommands({})) {
        std::vector<std::string> names = {command->get_name()};
        for (const std::string& alias : command->get_aliases())
            names.push_back(alias);
        grammar.commands.push_back({std::move(names), known_options(*command)});
    }
    return grammar;
}

constexpr int kUsageError = 2;

Answer usage_error(const CLI::App& app, const CLI::ParseError& error,
                   const std::vector<std::string>& words) {
    if (words.empty()) return {kUsageError, "", app.help()};
    std::string fault = first_unknown_word(grammar_of(app), words);
    if (fault.empty()) fault = error.what();
    // "--grace: 1 required SECONDS missing".
    constexpr std::string_view missing = ": 1 required ";
    if (const std::size_t at = fault.find(missing); at != std::string::npos) {
        fault = "a value is missing: " + fault.substr(0, at) + " " +
                fault.substr(at + missing.size(), fault.rfind(' ') - at - missing.size());
        if (const std::size_t type = fault.find(':', fault.find("--")); type != std::string::npos) {
            fault.resize(type);
        }
    }
    return {kUsageError, "", "error: " + fault + "\n  (remuda --help shows what there is)\n"};
}

}  // namespace

std::variant<Options, Answer> parse_options(std::vector<std::string> words) {
    Options options;
    Raw raw;
    CLI::App app("Run commands on many machines over SSH; nothing is installed there.", "remuda");
    app.formatter(std::make_shared<ExamplesFirst>());
    app.set_help_flag("-h,--help", "Show this");
    app.set_version_flag("-V,--version", version_text(), "Show the version");
    app.require_subcommand(1);

    CLI::App* queue = app.add_subcommand("queue", "Work off the queue: each job once");
    queue->alias("q");
    add_run_options(*queue, options, raw);
    CLI::App* broadcast =
        app.add_subcommand("broadcast", "Run each command on every node, in step");
    broadcast->alias("b");
    add_run_options(*broadcast, options, raw);
    CLI::App* version = app.add_subcommand("version", "Show the version");

    try {
        // CLI11 takes the words from the back.
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        return Answer{0, app.help(), ""};
    } catch (const CLI::CallForVersion&) {
        return Answer{0, version_text() + "\n", ""};
    } catch (const CLI::ParseError& error) {
        return usage_error(app, error, words);
    }
    if (broadcast->parsed()) options.command = Options::Command::broadcast;
    if (version->parsed()) options.command = Options::Command::version;
    understand(raw, options);
    return options;
}

std::string version_number() {
    return REMUDA_VERSION;
}

std::string version_text() {
    return "remuda " + version_number();
}

}  // namespace remuda::cli
