// SPDX-License-Identifier: MIT
#include "templating/plural.h"

#include <algorithm>
#include <array>
#include <span>

namespace remuda::templating {

namespace {

// A word's end, and what stands in its place. The first rule that fits counts.
struct Rule {
    std::string_view end;
    std::string_view becomes;
};

constexpr std::array<std::string_view, 12> kSameInBoth = {
    "series", "species", "deer",      "sheep", "fish",        "aircraft",
    "news",   "money",   "equipment", "rice",  "information", "moose"};

// Whole words; also as the last of several.
constexpr std::array kIrregular = {Rule{"person", "people"},
                                   Rule{"woman", "women"},
                                   Rule{"man", "men"},
                                   Rule{"child", "children"},
                                   Rule{"tooth", "teeth"},
                                   Rule{"foot", "feet"},
                                   Rule{"goose", "geese"},
                                   Rule{"mouse", "mice"},
                                   Rule{"louse", "lice"},
                                   Rule{"quiz", "quizzes"},
                                   Rule{"matrix", "matrices"},
                                   Rule{"vertex", "vertices"},
                                   Rule{"index", "indices"},
                                   Rule{"appendix", "appendices"},
                                   Rule{"datum", "data"},
                                   Rule{"medium", "media"},
                                   Rule{"bacterium", "bacteria"},
                                   Rule{"criterion", "criteria"},
                                   Rule{"phenomenon", "phenomena"},
                                   Rule{"axis", "axes"},
                                   Rule{"analysis", "analyses"},
                                   Rule{"basis", "bases"},
                                   Rule{"crisis", "crises"},
                                   Rule{"thesis", "theses"},
                                   Rule{"knife", "knives"},
                                   Rule{"wife", "wives"},
                                   Rule{"life", "lives"},
                                   Rule{"leaf", "leaves"},
                                   Rule{"half", "halves"},
                                   Rule{"shelf", "shelves"},
                                   Rule{"wolf", "wolves"},
                                   Rule{"hero", "heroes"},
                                   Rule{"tomato", "tomatoes"},
                                   Rule{"potato", "potatoes"},
                                   Rule{"status", "statuses"},
                                   Rule{"alias", "aliases"},
                                   Rule{"bus", "buses"},
                                   Rule{"database", "databases"},
                                   Rule{"cache", "caches"},
                                   Rule{"movie", "movies"},
                                   Rule{"shoe", "shoes"}};

constexpr std::array kPluralEnds = {Rule{"s", "s"},     Rule{"x", "xes"},   Rule{"ch", "ches"},
                                    Rule{"sh", "shes"}, Rule{"zz", "zzes"}, Rule{"", "s"}};

constexpr std::array kSingularEnds = {Rule{"ss", "ss"},   Rule{"us", "us"},   Rule{"is", "is"},
                                      Rule{"sses", "ss"}, Rule{"xes", "x"},   Rule{"ches", "ch"},
                                      Rule{"shes", "sh"}, Rule{"zzes", "zz"}, Rule{"ies", "y"},
                                      Rule{"s", ""},      Rule{"", ""}};

std::string small(std::string_view word) {
    std::string result(word);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

bool is_vowel(char c) {
    return std::string_view("aeiou").find(c) != std::string_view::npos;
}

std::string with_end(std::string_view word, std::size_t dropped, std::string_view end) {
    return std::string(word.substr(0, word.size() - dropped)) + std::string(end);
}

// Whether the last word of `word` is `end`. `plain`: the same in small letters.
bool is_last_word(std::string_view word, std::string_view plain, std::string_view end) {
    if (!plain.ends_with(end)) return false;
    const std::size_t begin = word.size() - end.size();
    if (begin == 0 || word[begin] != plain[begin]) return true;
    const char before = plain[begin - 1];
    return before < 'a' || before > 'z';
}

// A capital at the start of an irregular word stays.
std::string exchanged(std::string_view word, std::string_view from, std::string_view to) {
    std::string result = with_end(word, from.size(), to);
    const std::size_t begin = word.size() - from.size();
    if (from.front() == to.front()) result[begin] = word[begin];
    return result;
}

}  // namespace

std::string plural(std::string_view word) {
    if (word.empty()) return "";
    const std::string plain = small(word);
    if (std::ranges::find(kSameInBoth, plain) != kSameInBoth.end()) return std::string(word);
    for (const auto& [one, many] : kIrregular) {
        if (is_last_word(word, plain, many)) return std::string(word);
        if (is_last_word(word, plain, one)) return exchanged(word, one, many);
    }
    const std::size_t length = plain.size();
    if (plain.ends_with('y') && length > 1 && !is_vowel(plain[length - 2])) {
        return with_end(word, 1, "ies");
    }
    if (plain.ends_with("ss")) return with_end(word, 0, "es");
    for (const auto& [end, becomes] : kPluralEnds) {
        if (plain.ends_with(end)) return with_end(word, end.size(), becomes);
    }
    return std::string(word);
}

std::string singular(std::string_view word) {
    const std::string plain = small(word);
    if (std::ranges::find(kSameInBoth, plain) != kSameInBoth.end()) return std::string(word);
    for (const auto& [one, many] : kIrregular) {
        if (is_last_word(word, plain, one)) return std::string(word);
        if (is_last_word(word, plain, many)) return exchanged(word, many, one);
    }
    for (const auto& [end, becomes] : kSingularEnds) {
        if (plain.ends_with(end)) return with_end(word, end.size(), becomes);
    }
    return std::string(word);
}

}  // namespace remuda::templating
