// SPDX-License-Identifier: MIT
#include "cli/suggestion.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <array>
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

std::vector<std::string> names_of(const std::vector<KnownOption>& options) {
    std::vector<std::string> names;
    names.reserve(options.size());
    for (const KnownOption& option : options)
        names.push_back(option.name);
    return names;
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

// What users of Pegasus may look for and do not find yet; empty for any other word.
std::string coming(const std::string& word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> words = {
        {{"l", "lock mode"},
         {"lock", "lock mode"},
         {"-d", "daemon mode"},
         {"--daemon", "daemon mode"},
         {"-p", "a print period"},
         {"--print-period", "a print period"},
         {"--editor", "lock mode"},
         {"daemon", "daemon mode"}}};
    for (const auto& [name, what] : words) {
        if (name == word) return fmt::format("'{}': {} is not there yet", word, what);
    }
    return "";
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

std::string first_unknown_word(const Grammar& grammar, const std::vector<std::string>& words) {
    const KnownCommand* command = nullptr;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.size() > 1 && word[0] == '-') {
            const auto& options = command == nullptr ? grammar.options : command->options;
            const Reading reading =
                word[1] == '-' ? read_long(options, word) : read_short(options, word);
            if (!reading.unknown.empty()) {
                if (std::string text = coming(reading.unknown); !text.empty()) return text;
                const std::string of =
                    command == nullptr ? "" : fmt::format(" of 'remuda {}'", command->names[0]);
                std::string text = fmt::format("unknown option '{}'{}", shown(reading.unknown), of);
                // Every letter is near to every other.
                if (word[1] != '-') return text;
                return with_guess(std::move(text), reading.unknown, names_of(options));
            }
            if (reading.takes_next) ++i;
        } else if (command == nullptr) {
            command = find_command(grammar, word);
            if (command != nullptr) continue;
            if (std::string text = coming(word); !text.empty()) return text;
            if (word == "help") return "unknown subcommand 'help'; did you mean '--help'?";
            std::vector<std::string> names;
            names.reserve(grammar.commands.size());
            for (const KnownCommand& known : grammar.commands)
                names.push_back(known.names[0]);
            return with_guess(fmt::format("unknown subcommand '{}'", shown(word)), word, names);
        } else {
            return fmt::format("'remuda {}' takes no argument, but got '{}'", command->names[0],
                               shown(word));
        }
    }
    return "";
}

}  // namespace remuda::cli
