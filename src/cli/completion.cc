// SPDX-License-Identifier: MIT
#include "cli/completion.h"

#include "remuda/base/text.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace remuda::cli {

namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

// What may stand behind a subcommand that is no option.
std::vector<std::string> words_behind(const KnownCommand& command, const Grammar& grammar) {
    if (command.names[0] == "completion") return {"bash", "zsh", "fish"};
    std::vector<std::string> words;
    if (command.names[0] == "help") {
        for (const KnownCommand& other : grammar.commands)
            words.push_back(other.names[0]);
    }
    return words;
}

std::string bash_script(const Grammar& grammar) {
    std::string commands;
    std::string values;
    std::string words;
    std::vector<std::string> first = names_of(grammar.options);
    for (const KnownCommand& command : grammar.commands) {
        first.insert(first.end(), command.names.begin(), command.names.end());
        commands += fmt::format("            {}) command={} ;;\n", fmt::join(command.names, "|"),
                                command.names[0]);
        for (const KnownOption& option : command.options) {
            if (!option.takes_value) continue;
            const char* act = option.value == "FILE" ? "-f" : option.value == "DIR" ? "-d" : "";
            values +=
                fmt::format("        {}:{}) kind=value{} ;;\n", command.names[0], option.name, act);
        }
        std::vector<std::string> own = names_of(command.options);
        for (std::string& word : words_behind(command, grammar))
            own.push_back(std::move(word));
        words += fmt::format("        {}) words='{}' ;;\n", command.names[0], fmt::join(own, " "));
    }
    return fmt::format(R"(_remuda() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local command='' kind='' words='' i
    for ((i = 1; i < COMP_CWORD; ++i)); do
        if [[ ${{COMP_WORDS[i]}} == -- ]]; then
            compopt -o default 2>/dev/null
            COMPREPLY=()
            return
        fi
        [[ $command ]] || case ${{COMP_WORDS[i]}} in
{}        esac
    done
    case $command:$previous in
{}    esac
    case $command in
        '') words='{}' ;;
{}    esac
    case $kind in
        value-?)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen "${{kind#value}}" -- "$current")
            ;;
        value) COMPREPLY=() ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
    esac
}}
complete -F _remuda remuda
)",
                       commands, values, fmt::join(first, " "), words);
}

// A text in which `:`, `[`, `]` mean nothing to zsh's _arguments and _describe.
std::string zsh_text(const std::string& text) {
    std::string result;
    for (const char c : first_line(text)) {
        if (c == ':' || c == '[' || c == ']' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_arguments(const std::vector<KnownOption>& options) {
    std::string text;
    for (const KnownOption& option : options) {
        std::string spec = option.name;
        if (option.takes_value) spec += option.name.starts_with("--") ? "=" : "+";
        spec += "[" + zsh_text(option.description) + "]";
        if (option.takes_value) {
            const char* act = option.value == "FILE"  ? "_files"
                              : option.value == "DIR" ? "_files -/"
                                                      : " ";
            spec += ":" + option.value + ":" + act;
        }
        text += " \\\n                " + shell_quote(spec);
    }
    return text;
}

std::string zsh_script(const Grammar& grammar) {
    std::string described;
    std::string cases;
    for (const KnownCommand& command : grammar.commands) {
        for (const std::string& name : command.names) {
            described +=
                "        " + shell_quote(name + ":" + zsh_text(command.description)) + "\n";
        }
        const std::vector<std::string> words = words_behind(command, grammar);
        cases += fmt::format("        {})\n            _arguments{} {}\n            ;;\n",
                             fmt::join(command.names, "|"), zsh_arguments(command.options),
                             words.empty() ? "'*::word:_files'"
                                           : fmt::format("'*:word:({})'", fmt::join(words, " ")));
    }
    return fmt::format(R"(#compdef remuda
_remuda() {{
    local -a commands=(
{}    )
    if (( CURRENT == 2 )); then
        _describe -t commands subcommand commands
        _arguments{}
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
{}    esac
}}
if [[ $funcstack[1] == _remuda ]]; then
    _remuda "$@"
else
    compdef _remuda remuda
fi
)",
                       described, zsh_arguments(grammar.options), cases);
}

std::string fish_options(const std::string& condition, const std::vector<KnownOption>& options) {
    std::string text;
    for (const KnownOption& option : options) {
        const bool is_long = option.name.starts_with("--");
        const bool is_path = option.value == "FILE" || option.value == "DIR";
        text += fmt::format("complete -c remuda -n {} {} {}{} -d {}\n", shell_quote(condition),
                            is_long ? "-l" : "-s", option.name.substr(is_long ? 2 : 1),
                            !option.takes_value ? ""
                            : is_path           ? " -r -F"
                                                : " -x",
                            shell_quote(first_line(option.description)));
    }
    return text;
}

std::string fish_script(const Grammar& grammar) {
    std::string text = "complete -c remuda -f\n";
    text += fish_options("__fish_use_subcommand", grammar.options);
    for (const KnownCommand& command : grammar.commands) {
        text += fmt::format("complete -c remuda -n __fish_use_subcommand -a '{}' -d {}\n",
                            fmt::join(command.names, " "), shell_quote(command.description));
        const std::string condition =
            fmt::format("__fish_seen_subcommand_from {}", fmt::join(command.names, " "));
        text += fish_options(condition, command.options);
        const auto words = words_behind(command, grammar);
        if (words.empty()) continue;
        text += fmt::format("complete -c remuda -n {} -a '{}'\n", shell_quote(condition),
                            fmt::join(words, " "));
    }
    return text;
}

}  // namespace

std::string completion_script(std::string_view shell, const Grammar& grammar) {
    if (shell == "zsh") return zsh_script(grammar);
    return shell == "fish" ? fish_script(grammar) : bash_script(grammar);
}

}  // namespace remuda::cli
