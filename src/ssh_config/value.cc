// SPDX-License-Identifier: MIT
#include "ssh_config/value.h"

#include "ssh_config/expand.h"
#include "ssh_config/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <climits>
#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

// Newer versions refuse a list without a word, older ones pass over it.
Reading no_words() {
    return doubtful_file("a list without a word");
}

bool is_name_of_variable(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
    });
}

// What is wrong with the path of an agent's socket; empty: nothing.
std::string fault_of_agent(const std::string& text, const Environment& environment) {
    if (const auto expanded = expand_variables(text, environment); !expanded)
        return "invalid environment expansion " + text + ": " + expanded.error().text();
    if (text.starts_with('$') && !text.starts_with("${") && !is_name_of_variable(text.substr(1)))
        return "invalid environment name " + text;
    return {};
}

// "none" stands alone. A fault, or nothing.
std::optional<Reading> fault_of_list(const Input& input) {
    for (const std::string& word : input.arguments) {
        if (word.empty()) return refused(fmt::format("keyword {} empty argument", input.keyword));
        if (is_same_word(word, "none") && input.arguments.size() > 1)
            return refused(
                fmt::format("keyword {} \"none\" argument must appear alone.", input.keyword));
    }
    if (input.arguments.empty()) return no_words();
    return std::nullopt;
}

Reading all_words(const Input& input) {
    Reading result;
    result.values = input.arguments;
    result.used = input.arguments.size();
    return result;
}

}  // namespace

bool is_domain(std::string_view text) {
    if (text.empty() || std::isalnum(static_cast<unsigned char>(text.front())) == 0) return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) {
        return c == '.' || c == '-' || c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
    });
}

Reading refused(std::string why) {
    Reading result;
    result.fault = std::move(why);
    return result;
}

Reading doubtful(std::string why) {
    Reading result;
    result.doubt = std::move(why);
    return result;
}

Reading doubtful_file(std::string why) {
    Reading result = doubtful(std::move(why));
    result.concerns_all = true;
    return result;
}

Reading value(std::string text) {
    Reading result;
    result.values.push_back(std::move(text));
    return result;
}

Reading read_word(const Input& input, const Word* words, std::size_t count) {
    const std::string_view word = input.first();
    if (word.empty()) return refused("missing argument.");
    for (std::size_t i = 0; i < count; ++i)
        if (is_same_word(word, words[i].name)) return value(std::string(words[i].printed));
    return refused(fmt::format("unsupported option \"{}\".", word));
}

Reading read_anything(const Input& input) {
    Reading result;
    result.used = input.arguments.size();
    return result;
}

Reading read_string(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    return value(input.arguments.front());
}

Reading read_command(const Input& input) {
    const std::size_t begin = std::min(input.rest.find_first_not_of(" \t\r\n="), input.rest.size());
    Reading result = value(std::string(input.rest.substr(begin)));
    result.used = input.arguments.size();
    return result;
}

Reading read_integer(const Input& input) {
    if (input.first().empty()) return refused("integer value missing.");
    const auto number = number_of(input.arguments.front(), INT_MAX);
    if (!number) return refused(fmt::format("integer value {} is invalid.", input.first()));
    return value(std::to_string(*number));
}

Reading read_port(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    const auto port = port_of(input.arguments.front());
    if (!port || *port == 0) return refused(fmt::format("Bad port '{}'.", input.first()));
    return value(std::to_string(*port));
}

Reading read_time(const Input& input) {
    if (input.first().empty()) return refused("missing time value.");
    if (input.first() == "none") return {};
    const auto seconds = seconds_of(input.arguments.front());
    if (!seconds) return refused("invalid time value.");
    return value(std::to_string(*seconds));
}

Reading read_user(const Input& input) {
    Reading result = read_string(input);
    if (result.fault.empty() && (result.values[0].find('%') != std::string::npos ||
                                 result.values[0].find("${") != std::string::npos))
        result.doubt = "User with a token, which not every ssh expands";
    return result;
}

Reading read_revoked_keys(const Input& input) {
    if (input.arguments.size() > 1) return doubtful_file("RevokedHostKeys with several files");
    return read_string(input);
}

Reading read_host_files(const Input& input) {
    constexpr std::size_t most_files = 32;
    if (auto fault = fault_of_list(input)) return *fault;
    if (input.arguments.size() > most_files)
        return doubtful(fmt::format("too many {} entries", input.keyword));
    return all_words(input);
}

Reading read_agent(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    if (std::string fault = fault_of_agent(input.arguments.front(), input.environment);
        !fault.empty())
        return refused(std::move(fault));
    return value(input.arguments.front());
}

Reading read_forward_agent(const Input& input) {
    for (const std::string_view word : {"yes", "true"})
        if (is_same_word(input.first(), word)) return value("yes");
    for (const std::string_view word : {"no", "false"})
        if (is_same_word(input.first(), word)) return value("no");
    return read_agent(input);
}

Reading read_send_env(const Input& input) {
    for (const std::string& word : input.arguments)
        if (word.empty() || word.find('=') != std::string::npos)
            return refused("Invalid environment name.");
    if (input.arguments.empty()) return no_words();
    return all_words(input);
}

Reading read_set_env(const Input& input) {
    Reading result;
    result.used = input.arguments.size();
    for (const std::string& word : input.arguments) {
        const std::size_t end = word.find('=');
        if (end == std::string::npos) return refused("Invalid SetEnv.");
        const std::string name = word.substr(0, end + 1);
        if (std::ranges::none_of(result.values,
                                 [&](const std::string& set) { return set.starts_with(name); }))
            result.values.push_back(word);
    }
    if (input.arguments.empty()) return no_words();
    return result;
}

Reading read_control_persist(const Input& input) {
    const std::string_view word = input.first();
    if (word.empty()) return refused("Missing ControlPersist argument.");
    if (word == "no" || word == "false") return value("no");
    if (word == "yes" || word == "true") return value("yes");
    const auto seconds = seconds_of(input.arguments.front());
    if (!seconds) return refused("Bad ControlPersist argument.");
    return value(*seconds == 0 ? "yes" : std::to_string(*seconds));
}

Reading read_add_keys(const Input& input) {
    constexpr std::array words = {Word{"true", "true"}, Word{"false", "false"},
                                  Word{"yes", "true"},  Word{"no", "false"},
                                  Word{"ask", "ask"},   Word{"confirm", "confirm"}};
    const bool has_second = input.arguments.size() > 1;
    Reading result = read_word(input, words.data(), words.size());
    result.used = has_second ? 2 : 1;
    if (!result.fault.empty()) {
        if (input.first().empty() || has_second) return refused("unsupported option");
        const auto seconds = seconds_of(input.arguments[0]);
        if (!seconds) return refused("unsupported option");
        return value(*seconds == 0 ? "true" : std::to_string(*seconds));
    }
    if (!has_second) return result;
    if (result.values[0] != "confirm") return refused("unsupported option");
    const auto seconds = seconds_of(input.arguments[1]);
    if (!seconds) return refused("invalid time value.");
    if (*seconds > 0) result.values[0] += " " + std::to_string(*seconds);
    return result;
}

// Two values: bytes and seconds. The second is empty where the line does not name it.
Reading read_rekey_limit(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    std::string amount = input.arguments.front();
    long long unit = 1;
    if (amount == "default") {
        amount = "0";
    } else if (std::isalpha(static_cast<unsigned char>(amount.back())) != 0) {
        constexpr std::string_view units = "kmg";
        const std::size_t power = units.find(lowered(amount).back());
        if (power == std::string_view::npos) return doubtful_file("the unit of RekeyLimit");
        unit = 1LL << (10 * (power + 1));
        amount.pop_back();
    }
    const bool is_plain = !amount.empty() && amount.size() < 10 &&
                          amount.find_first_not_of("0123456789") == std::string::npos;
    if (!is_plain) return doubtful_file("the amount of RekeyLimit");
    const long long bytes = number_of(amount, INT_MAX).value_or(0) * unit;
    if (bytes != 0 && bytes < 16) return refused("RekeyLimit too small");
    Reading result = value(std::to_string(bytes));
    result.values.emplace_back();
    if (input.arguments.size() < 2) return result;
    result.used = 2;
    if (input.arguments[1] == "none") return result;
    const auto seconds = seconds_of(input.arguments[1]);
    if (!seconds) return refused("invalid time value.");
    result.values[1] = std::to_string(*seconds);
    return result;
}

Reading read_escape_char(const Input& input) {
    const std::string_view text = input.first();
    if (text.empty()) return refused("Missing argument.");
    if (text == "none" || text.size() == 1) return {};
    const bool is_control = text.size() == 2 && text[0] == '^' && text[1] >= 64;
    return is_control ? Reading() : refused("Bad escape character.");
}

Reading read_tunnel_device(const Input& input) {
    if (input.first().empty()) return refused("Missing argument.");
    const std::string& text = input.arguments.front();
    const std::size_t colon = text.find(':');
    for (const std::string& side :
         {text.substr(0, colon), colon == std::string::npos ? "any" : text.substr(colon + 1)})
        if (!is_same_word(side, "any") && !number_of(side, 0x7ffffffd))
            return refused("Bad tun device.");
    return {};
}

Reading read_bind_mask(const Input& input) {
    if (input.first().empty()) return refused("Missing StreamLocalBindMask argument.");
    const bool is_octal = input.first().find_first_not_of("01234567") == std::string_view::npos;
    return is_octal && input.first().size() <= 4 &&
                   (input.first().size() < 4 || input.first()[0] == '0')
               ? Reading()
               : doubtful_file("StreamLocalBindMask");
}

Reading read_quality(const Input& input) {
    constexpr std::array<std::string_view, 24> names = {
        "af11", "af12", "af13", "af21", "af22", "af23", "af31", "af32",
        "af33", "af41", "af42", "af43", "cs0",  "cs1",  "cs2",  "cs3",
        "cs4",  "cs5",  "cs6",  "cs7",  "ef",   "le",   "none", ""};
    Reading result;
    result.used = std::min<std::size_t>(input.arguments.size(), 2);
    if (input.arguments.empty()) return refused("Bad IPQoS value: (null)");
    for (std::size_t i = 0; i < result.used; ++i)
        if (input.arguments[i].empty() ||
            std::ranges::find(names, lowered(input.arguments[i])) == names.end())
            return doubtful_file("IPQoS " + input.arguments[i]);
    return result;
}

Reading read_domains(const Input& input) {
    if (auto fault = fault_of_list(input)) return *fault;
    for (const std::string& word : input.arguments)
        if (!is_domain(word))
            return refused(fmt::format("domain name \"{}\" contains invalid characters", word));
    Reading result;
    result.used = input.arguments.size();
    return result;
}

Reading read_cnames(const Input& input) {
    if (input.arguments.size() == 1 && is_same_word(input.first(), "none")) return {};
    for (const std::string& word : input.arguments) {
        const std::size_t colon = word.find(':');
        if (is_same_word(word, "none"))
            return refused(
                fmt::format("keyword {} \"none\" argument must appear alone.", input.keyword));
        if (word != "*" && (colon == std::string::npos || colon + 1 == word.size()))
            return refused(fmt::format("Invalid permitted CNAME \"{}\"", word));
    }
    Reading result = doubtful("CanonicalizePermittedCNAMEs");
    result.used = input.arguments.size();
    return result;
}

Reading read_words_or_none(const Input& input) {
    if (auto fault = fault_of_list(input)) return *fault;
    Reading result;
    result.used = input.arguments.size();
    return result;
}

Reading read_include(const Input& input) {
    for (const std::string& word : input.arguments) {
        if (word.empty()) return refused(fmt::format("keyword {} empty argument", input.keyword));
        // From OpenSSH 9.9 on these are expanded.
        if (word.find('%') != std::string::npos || word.find("${") != std::string::npos)
            return doubtful_file("Include with a token, which not every ssh expands");
        if (word.starts_with('~') && word.size() > 1 && word[1] != '/')
            return doubtful_file("Include from another user's home");
    }
    if (input.arguments.empty()) return no_words();
    return all_words(input);
}

}  // namespace remuda::ssh_config
