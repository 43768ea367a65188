// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include "cli/completion.h"
#include "cli/examples.h"
#include "cli/exit_codes.h"
#include "cli/policy_values.h"
#include "cli/subcommands.h"
#include "cli/suggestion.h"
#include "cli/value_faults.h"
#include "remuda/base/units.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace remuda::cli {

namespace {

// The value's name alone: CLI11 adds what its checks are called and what excludes what.
std::string value_name_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

// Help that begins with examples.
class ExamplesFirst final : public CLI::Formatter {
  public:
    std::string make_description(const CLI::App* app) const override {
        return std::string(examples_of(app->get_name())) + CLI::Formatter::make_description(app);
    }

    // CLI11 does not know of the words behind `--`.
    std::string make_usage(const CLI::App* app, std::string name) const override {
        std::string text = CLI::Formatter::make_usage(app, std::move(name));
        if (app->get_name() == "lock") text.insert(text.size() - 1, " [-- CMD...]");
        if (app->get_name() == "add") text.insert(text.size() - 1, " -- CMD...");
        return text;
    }

    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_items_expected_max() == 0 ? "" : " " + value_name_of(*option);
    }
};

Options::Command command_of(const Subcommands& commands) {
    using Command = Options::Command;
    if (commands.broadcast->parsed()) return Command::broadcast;
    if (commands.lock->parsed()) return Command::lock;
    if (commands.edit->parsed()) return Command::edit;
    if (commands.add->parsed()) return Command::add;
    if (commands.list->parsed()) return Command::list;
    if (commands.remove->parsed()) return Command::remove;
    if (commands.hosts->parsed()) return Command::hosts;
    if (commands.version->parsed()) return Command::version;
    if (commands.status->parsed()) return Command::status;
    if (commands.show->parsed()) return Command::show;
    if (commands.logs->parsed()) return Command::logs;
    if (commands.history->parsed()) return Command::history;
    if (commands.retry->parsed()) return Command::retry;
    if (commands.cancel->parsed()) return Command::cancel;
    if (commands.selftest->parsed()) return Command::selftest;
    if (commands.attach->parsed()) return Command::attach;
    return Command::queue;
}

// `lock` and `add` are given a command behind `--`, which is not for CLI11: takes it off.
std::vector<std::string> cut_command_words(std::vector<std::string>& words) {
    const bool takes_command =
        !words.empty() && (words[0] == "lock" || words[0] == "l" || words[0] == "add");
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (!takes_command || dashes == words.end()) return {};
    std::vector<std::string> behind(dashes + 1, words.end());
    words.erase(dashes, words.end());
    return behind;
}

void understand(const Raw& raw, Options& options) {
    if (raw.host_key == "ask") options.host_key = HostKeyChoice::ask;
    if (raw.host_key == "accept-new") options.host_key = HostKeyChoice::accept_new;
    if (raw.host_key == "strict") options.host_key = HostKeyChoice::strict;
    if (raw.shim == "never") options.shim = ShimChoice::never;
    if (raw.shim == "always") options.shim = ShimChoice::always;
    if (raw.colour == "always") options.colour = ColourChoice::always;
    if (raw.colour == "never") options.colour = ColourChoice::never;
    const auto duration = [](double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    };
    options.grace = duration(raw.grace_seconds);
    options.lost_after = duration(raw.lost_after_seconds);
    options.halt = parse_halt(raw.halt).value_or(HaltWish());
    model::JobOptions& job = options.job_defaults;
    job.timeout = parse_duration(raw.timeout);
    job.retries = raw.retries;
    job.retry_delay = parse_duration(raw.retry_delay);
    if (!raw.retry_on.empty()) job.retry_on = parse_retry_on(raw.retry_on);
    for (const std::string& variable : raw.environment) {
        const std::size_t at = variable.find('=');
        job.environment.emplace_back(variable.substr(0, at), variable.substr(at + 1));
    }
    if (raw.is_root) job.is_root = true;
    job.nice = raw.nice;
    job.output_limit = parse_size(raw.output_limit);
    if (raw.connect_timeout_seconds) {
        options.connect_timeout = duration(*raw.connect_timeout_seconds);
    }
}

std::vector<KnownOption> known_options(const CLI::App& app) {
    std::vector<KnownOption> known;
    for (const CLI::Option* option : app.get_options()) {
        const bool takes_value = option->get_items_expected_max() > 0;
        const std::string value = takes_value ? value_name_of(*option) : "";
        for (const std::string& name : option->get_lnames()) {
            known.push_back({"--" + name, takes_value, value, option->get_description()});
        }
        for (const std::string& name : option->get_snames()) {
            known.push_back({"-" + name, takes_value, value, option->get_description()});
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
        grammar.commands.push_back(
            {std::move(names), known_options(*command), command->get_description(),
             std::ranges::any_of(command->get_options(), &CLI::Option::get_positional)});
    }
    return grammar;
}

bool is_command(const Grammar& grammar, const std::string& word) {
    return std::ranges::any_of(grammar.commands, [&](const KnownCommand& command) {
        return std::ranges::find(command.names, word) != command.names.end();
    });
}

// What the parser cannot tell.
std::string fault_of_choice(const Options& options) {
    using Command = Options::Command;
    const bool is_history = options.command == Command::history;
    if (is_history && options.history_action == "prune" && options.older_than.empty()) {
        return "how old may a run be? --older-than 30d";
    }
    if (is_history && options.history_action != "prune" && !options.older_than.empty()) {
        return "--older-than is for: remuda history prune";
    }
    if (options.command == Command::retry && options.selection.empty() && !options.failed_only) {
        return "which jobs? --failed, or numbers as `remuda history` shows them";
    }
    return "";
}

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
    if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
        // "--error-aborts excludes --ignore-errors".
        constexpr std::string_view excludes = " excludes ";
        if (const std::size_t at = fault.find(excludes); at != std::string::npos) {
            fault.replace(at, excludes.size(), " cannot be given together with ");
        }
    }
    constexpr std::string_view given_value = " was given a disallowed flag override";
    if (const std::size_t at = fault.find(given_value); at != std::string::npos) {
        fault = "--" + fault.substr(0, at) + " takes no value";
    }
    const std::string where =
        is_command(grammar_of(app), words[0]) ? "remuda " + words[0] : "remuda";
    return {kUsageError, "",
            fmt::format("error: {}\n  ({} --help shows what there is)\n", fault, where)};
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
    const Subcommands commands(app);
    add_options(commands, options, raw);
    options.words = cut_command_words(words);
    // CLI11 gives the help of a subcommand only to the words of its option.
    if (!words.empty() && words[0] == "help" && words.size() <= 2 &&
        !words.back().starts_with('-')) {
        words.erase(words.begin());
        if (words.empty() || is_command(grammar_of(app), words[0])) words.emplace_back("--help");
    }

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
    if (commands.help->parsed()) return Answer{0, app.help(), ""};
    if (commands.completion->parsed()) {
        return Answer{0, completion_script(raw.shell, grammar_of(app)), ""};
    }
    options.command = command_of(commands);
    if (const std::string fault = fault_of_choice(options); !fault.empty()) {
        return Answer{kUsageError, "",
                      fmt::format("error: {}\n  (remuda {} --help shows what there is)\n", fault,
                                  words.empty() ? "" : words[0])};
    }
    understand(raw, options);
    if (options.daemon && options.halt.percent) {
        return Answer{kUsageError, "",
                      "error: --halt takes no percentage with --daemon: nobody knows of how many "
                      "jobs\n"};
    }
    return options;
}

std::string version_number() {
    return REMUDA_VERSION;
}

std::string version_text() {
    return "remuda " + version_number();
}

}  // namespace remuda::cli
