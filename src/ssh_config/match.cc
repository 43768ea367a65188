// SPDX-License-Identifier: MIT
#include "ssh_config/match.h"

#include "remuda/ssh_config/pattern.h"
#include "ssh_config/words.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

using Kind = Criterion::Kind;

struct Name {
    std::string_view name;
    Kind kind;
};
constexpr std::array kNames = {
    Name{"host", Kind::host},
    Name{"originalhost", Kind::originalhost},
    Name{"user", Kind::user},
    Name{"localuser", Kind::localuser},
    Name{"exec", Kind::unknowable},
    // Of newer versions.
    Name{"localnetwork", Kind::unknowable},
    Name{"tagged", Kind::unknowable},
    Name{"version", Kind::unknowable},
    Name{"command", Kind::unknowable},
    Name{"sessiontype", Kind::unknowable},
};

// The tokens that every version may use in the command of `exec`.
constexpr std::string_view kTokensOfExec = "%CLdhklnpriu";

bool has_odd_token(std::string_view text) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 2))
        if (at + 1 == text.size() || kTokensOfExec.find(text[at + 1]) == std::string_view::npos)
            return true;
    return false;
}

// As versions before 10 cut it; nothing where that goes wrong.
std::optional<std::vector<std::string>> old_words(const std::string& rest) {
    std::vector<std::string> words;
    std::optional<std::string> left(rest);
    while (left && !left->empty()) {
        auto word = take_word(left);
        if (!word || word->empty()) return std::nullopt;
        if (word->starts_with('#')) break;
        words.push_back(std::move(*word));
    }
    return words;
}

// As newer versions do, which know `=` behind the names of criteria alone.
std::optional<std::vector<std::string>> new_words(const std::string& rest) {
    auto words = split_arguments(rest);
    if (!words) return std::nullopt;
    std::vector<std::string> result;
    for (std::string& word : *words) {
        const std::size_t equals = word.find('=');
        const std::string_view name = std::string_view(word).substr(word.starts_with('!') ? 1 : 0);
        const bool is_pair =
            equals != std::string::npos && std::ranges::any_of(kNames, [&](const Name& known) {
                return name.size() > known.name.size() && name[known.name.size()] == '=' &&
                       is_same_word(name.substr(0, known.name.size()), known.name);
            });
        if (is_pair) {
            result.push_back(word.substr(0, equals));
            result.push_back(word.substr(equals + 1));
        } else {
            result.push_back(std::move(word));
        }
    }
    return result;
}

bool holds(const Criterion& criterion, const Circumstances& now) {
    switch (criterion.kind) {
        case Kind::all:
            return true;
        case Kind::second_pass:
            return now.is_second_pass;
        case Kind::host:
            return matches_list(now.host, criterion.argument, true);
        case Kind::originalhost:
            return matches_list(lowered(now.original_host), criterion.argument, true);
        case Kind::user:
            return matches_list(now.user, criterion.argument, false);
        case Kind::localuser:
            return matches_list(now.local_user, criterion.argument, false);
        case Kind::unknowable:
            break;
    }
    return false;
}

}  // namespace

Match parse_match(const std::string& rest) {
    Match match;
    auto words = old_words(rest);
    if (!words || words != new_words(rest)) {
        match.doubt = "Match in quotes that versions of ssh read differently";
        return match;
    }
    for (std::size_t i = 0; i < words->size(); ++i) {
        std::string_view name = (*words)[i];
        Criterion criterion;
        criterion.is_negated = name.starts_with('!');
        if (criterion.is_negated) name.remove_prefix(1);
        if (is_same_word(name, "all")) {
            if (match.criteria.size() > 1 || i + 1 < words->size()) {
                match.fault =
                    fmt::format("'{}' cannot be combined with other Match attributes", (*words)[i]);
                return match;
            }
            match.criteria.push_back(std::move(criterion));
            return match;
        }
        if (is_same_word(name, "final") || is_same_word(name, "canonical")) {
            criterion.kind = Kind::second_pass;
            if (is_same_word(name, "final")) {
                if (criterion.is_negated) match.doubt = "Match !final";
                match.wants_second_pass = true;
            }
            match.criteria.push_back(std::move(criterion));
            continue;
        }
        const auto* const known = std::ranges::find_if(
            kNames, [&](const Name& one) { return is_same_word(one.name, name); });
        if (++i == words->size()) {
            match.fault = fmt::format("Missing Match criteria for {}", name);
            return match;
        }
        if (known == kNames.end()) {
            match.doubt = fmt::format("Match {}", name);
            return match;
        }
        criterion.kind = known->kind;
        criterion.argument = (*words)[i];
        if (known->kind == Kind::unknowable) {
            if (known->name == "exec" && has_odd_token(criterion.argument))
                match.doubt = "Match exec with a token that not every ssh knows";
            criterion.argument = fmt::format("Match {}", known->name);
        }
        match.criteria.push_back(std::move(criterion));
    }
    if (match.criteria.empty()) match.fault = "One or more attributes required for Match";
    return match;
}

Verdict judge(const Match& match, const Circumstances& now, std::string& why) {
    const Criterion* unknowable = nullptr;
    for (const Criterion& criterion : match.criteria) {
        if (criterion.kind == Kind::unknowable) {
            unknowable = &criterion;
        } else if (holds(criterion, now) == criterion.is_negated) {
            return Verdict::no;
        }
    }
    if (unknowable == nullptr) return Verdict::yes;
    why = unknowable->argument;
    return Verdict::unclear;
}

}  // namespace remuda::ssh_config
