// SPDX-License-Identifier: MIT
#include "cli/suggestion.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

std::string shown(const std::string& word) {
    constexpr std::size_t most_columns = 60;
    return elided(sanitised(word, false), most_columns);
}

std::string with_guess(std::string text, const std::string& word,
                       const std::vector<std::string>& names) {
    const std::string guess = nearest_name(word, names);
    if (!guess.empty()) text += fmt::format("; did you mean '{}'?", guess);
    return text;
}

const KnownOption* find_option(const std::vector<KnownOption>& options, std::string_view name) {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const KnownOption& option) { return option.name == name; });
    return found == options.end() ? nullptr : &*found;
}

const KnownCommand* find_command(const Grammar& grammar, const std::string& name) {
    for (const KnownCommand& command : grammar.commands) {
        if (std::find(command.names.begin(), command.names.end(), name) != command.names.end()) {
            return &command;
        }
    }
    return nullptr;
}

// "; 'remuda queue' and 'remuda broadcast' have it"; empty if no subcommand does.
std::string with_it(const Grammar& grammar, std::string_view option) {
    std::vector<std::string> owners;
    for (const KnownCommand& command : grammar.commands) {
        if (find_option(command.options, option) != nullptr) {
            owners.push_back(fmt::format("'remuda {}'", command.names[0]));
        }
    }
    std::string text;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (i > 0) text += i + 1 == owners.size() ? " and " : ", ";
        text += owners[i];
    }
    return text.empty() ? "" : fmt::format("; {} {} it", text, owners.size() == 1 ? "has" : "have");
}

// What is wrong with an option that is none of the command's; `command` may be null.
std::string unknown_option(const Grammar& grammar, const KnownCommand* command,
                           const std::string& name) {
    const std::string of =
        command == nullptr ? "" : fmt::format(" of 'remuda {}'", command->names[0]);
    std::string text = fmt::format("unknown option '{}'{}", shown(name), of);
    if (const std::string elsewhere = with_it(grammar, name); !elsewhere.empty()) {
        return text + elsewhere;
    }
    // Every letter is near to every other.
    if (name.size() == 2) return text;
    return with_guess(std::move(text), name,
                      names_of(command == nullptr ? grammar.options : command->options));
}

std::string unknown_subcommand(const Grammar& grammar, const std::string& word) {
    std::string text = fmt::format("unknown subcommand '{}'", shown(word));
    if (word == "help") return text + "; did you mean '--help'?";
    if (word == "daemon") return text + "; 'remuda queue --daemon' waits for more jobs";
    std::vector<std::string> names;
    names.reserve(grammar.commands.size());
    for (const KnownCommand& known : grammar.commands)
        names.push_back(known.names[0]);
    return with_guess(std::move(text), word, names);
}

// What of a word the options do not know, and whether its value is the next word.
struct Reading {
    std::string unknown;
    bool takes_next = false;
};

Reading read_long(const std::vector<KnownOption>& options, const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const KnownOption* option = find_option(options, name);
    if (option == nullptr) return {name, false};
    return {"", option->takes_value && equals == std::string::npos};
}

// -eqv, -Qfile: flags, of which the last may take the rest or the next word as its value.
Reading read_short(const std::vector<KnownOption>& options, const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        const std::string name = {'-', word[i]};
        const KnownOption* option = find_option(options, name);
        if (option == nullptr) return {name, false};
        if (option->takes_value) return {"", i + 1 == word.size()};
    }
    return {};
}

}  // namespace

std::vector<std::string> names_of(const std::vector<KnownOption>& options) {
    std::vector<std::string> names;
    names.reserve(options.size());
    for (const KnownOption& option : options)
        names.push_back(option.name);
    return names;
}

std::string first_unknown_word(const Grammar& grammar, const std::vector<std::string>& words) {
    const KnownCommand* command = nullptr;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.size() > 1 && word[0] == '-') {
            const auto& options = command == nullptr ? grammar.options : command->options;
            const Reading reading =
                word[1] == '-' ? read_long(options, word) : read_short(options, word);
            if (!reading.unknown.empty()) {
                return unknown_option(grammar, command, reading.unknown);
            }
            if (reading.takes_next) ++i;
        } else if (command == nullptr) {
            command = find_command(grammar, word);
            if (command != nullptr) continue;
            return unknown_subcommand(grammar, word);
        } else if (!command->takes_words) {
            if (command->names[0] == "add") {
                return fmt::format("the command belongs behind `--`, as in: remuda add -- '{}'",
                                   shown(word));
            }
            return fmt::format("'remuda {}' takes no argument, but got '{}'", command->names[0],
                               shown(word));
        }
    }
    return "";
}

}  // namespace remuda::cli
