// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include <variant>

#include <doctest/doctest.h>

using namespace remuda::cli;
using namespace std::chrono_literals;

namespace {

Options understood(std::vector<std::string> words) {
    const auto parsed = parse_options(std::move(words));
    REQUIRE(std::holds_alternative<Options>(parsed));
    return std::get<Options>(parsed);
}

Answer answered(std::vector<std::string> words) {
    const auto parsed = parse_options(std::move(words));
    REQUIRE(std::holds_alternative<Answer>(parsed));
    return std::get<Answer>(parsed);
}

}  // namespace

TEST_CASE("the plain command has the usual files and limits") {
    const Options options = understood({"q"});
    CHECK(options.command == Options::Command::queue);
    CHECK(options.queue_file == "queue.yaml");
    CHECK(options.hosts_file == "hosts.yaml");
    CHECK_FALSE(options.host_key);
    CHECK(options.grace == 10s);
    CHECK_FALSE(options.connect_timeout);
    CHECK_FALSE(options.error_aborts);
}

TEST_CASE("every option is understood") {
    const Options options = understood({"broadcast", "-Q", "a", "--hosts-file=b", "-e",
                                        "--host-key", "accept-new", "--json", "--color", "never",
                                        "-qvv", "--grace", "0.5", "--connect-timeout", "3"});
    CHECK(options.command == Options::Command::broadcast);
    CHECK(options.queue_file == "a");
    CHECK(options.hosts_file == "b");
    CHECK(options.error_aborts);
    CHECK(options.host_key == HostKeyChoice::accept_new);
    CHECK(options.json);
    CHECK(options.colour == ColourChoice::never);
    CHECK(options.quiet);
    CHECK(options.verbosity == 2);
    CHECK(options.grace == 500ms);
    CHECK(options.connect_timeout == 3s);
}

TEST_CASE("Pegasus's spellings stay valid") {
    CHECK(understood({"b", "--error-aborts"}).error_aborts);
    CHECK_FALSE(understood({"b", "-i"}).error_aborts);
    CHECK_FALSE(understood({"q", "--ignore-errors"}).error_aborts);
    CHECK(understood({"q", "--queue-file", "x"}).queue_file == "x");
}

TEST_CASE("help goes to stdout, begins with examples and succeeds") {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"--help"}, {"q", "--help"}, {"b", "-h"}, {"version", "--help"}}) {
        const Answer answer = answered(words);
        CHECK(answer.exit_code == 0);
        CHECK(answer.out.starts_with("Examples:\n  remuda "));
        CHECK(answer.err.empty());
    }
}

TEST_CASE("help fits a terminal of 80 columns") {
    const std::string help =
        answered({"q", "--help"}).out + answered({"b", "--help"}).out + answered({"--help"}).out;
    std::size_t begin = 0;
    for (std::size_t end = help.find('\n'); end != std::string::npos;
         end = help.find('\n', begin)) {
        CAPTURE(help.substr(begin, end - begin));
        CHECK(end - begin <= 80);
        begin = end + 1;
    }
}

TEST_CASE("the version is told") {
    CHECK(answered({"-V"}).out == version_text() + "\n");
    CHECK(understood({"version"}).command == Options::Command::version);
}

TEST_CASE("usage errors are 2 and say what is meant") {
    const Answer command = answered({"queu"});
    CHECK(command.exit_code == 2);
    CHECK(command.out.empty());
    CHECK(command.err ==
          "error: unknown subcommand 'queu'; did you mean 'queue'?\n"
          "  (remuda --help shows what there is)\n");
    CHECK(answered({"q", "--jsno"})
              .err.starts_with(
                  "error: unknown option '--jsno' of 'remuda queue'; did you mean '--json'?"));
    CHECK(answered({"q", "--host-key", "maybe"}).exit_code == 2);
    CHECK(answered({"q", "--host-key", "maybe"}).err.find("maybe") != std::string::npos);
    CHECK(answered({"q", "--grace", "-1"}).exit_code == 2);
    CHECK(answered({"q", "--grace", "soon"})
              .err.starts_with("error: --grace: 'soon' is no number of seconds from 0 to 86400\n"));
    CHECK(answered({"q", "--connect-timeout", "0"}).exit_code == 2);
    CHECK(answered({"q", "-e", "-i"}).exit_code == 2);
    CHECK(answered({"q", "-Q"}).err.starts_with("error: a value is missing: --queue-file FILE\n"));
    CHECK(
        answered({"q", "--grace"}).err.starts_with("error: a value is missing: --grace SECONDS\n"));
    CHECK(answered({"q", "--host-key"})
              .err.starts_with("error: a value is missing: --host-key HOW\n"));
    const Answer nothing = answered({});
    CHECK(nothing.exit_code == 2);
    CHECK(nothing.err.starts_with("Examples:"));
}

TEST_CASE("usage errors are in our own words and name the help of the subcommand") {
    const auto error = [](std::vector<std::string> words) {
        return answered(std::move(words)).err;
    };
    const std::string hint = "\n  (remuda q --help shows what there is)\n";
    CHECK(error({"q", "--jsno"}).ends_with(hint));
    CHECK(error({"q", "--color", "maybe"}) ==
          "error: --color: 'maybe' is none of auto, always, never" + hint);
    for (const char* period : {"x", "-1", "99999999999999999999"}) {
        CHECK(error({"q", std::string("--print-period=") + period}) ==
              "error: --print-period: '" + std::string(period) +
                  "' is no whole number from 0 to 1000000000" + hint);
    }
    CHECK(error({"add", "--slots", "0", "--", "x"})
              .starts_with("error: --slots: '0' is no whole number from 1 to 1000000000\n"));
    CHECK(error({"q", "-e", "-i"})
              .starts_with("error: --error-aborts cannot be given together with "));
    CHECK(error({"q", "--json=3"}) == "error: --json takes no value" + hint);
    CHECK(understood({"q", "-p", "0"}).print_period == 0);
}
