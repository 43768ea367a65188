// SPDX-License-Identifier: MIT
#include "templating/plural.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace remuda::templating {

namespace {

// Names without a plural of their own.
constexpr auto kSameInBoth = std::to_array<std::string_view>(
    {"advice",    "aircraft",  "bacon",       "baggage",     "biology",        "bread",
     "butter",    "cash",      "chaos",       "chess",       "crossroads",     "deer",
     "economics", "education", "electricity", "engineering", "equipment",      "ethics",
     "evidence",  "evolution", "fish",        "food",        "fuel",           "furniture",
     "garbage",   "genetics",  "gold",        "golf",        "grammar",        "gymnastics",
     "happiness", "hardware",  "health",      "heat",        "homework",       "honey",
     "hydrogen",  "ice",       "inflation",   "information", "iron",           "knowledge",
     "lava",      "leather",   "lightning",   "linguistics", "literature",     "logic",
     "luck",      "luggage",   "machinery",   "magic",       "management",     "mathematics",
     "milk",      "money",     "moose",       "mud",         "music",          "nature",
     "news",      "nitrogen",  "nutrition",   "offspring",   "oxygen",         "patience",
     "physics",   "poetry",    "pollution",   "psychology",  "rain",           "research",
     "rice",      "safety",    "salmon",      "scenery",     "series",         "sheep",
     "shrimp",    "snow",      "software",    "species",     "steam",          "stuff",
     "sunshine",  "swine",     "symmetry",    "traffic",     "transportation", "trout",
     "trust",     "vengeance", "violence",    "wealth",      "weather",        "wheat",
     "wildlife",  "wisdom",    "yoga",        "zinc",        "zoology"});

// A word's end as one and as many. The first row that fits counts.
struct Ends {
    std::string_view one;
    std::string_view many;
};

// Of whole words alone; also of the last of several.
constexpr auto kWords = std::to_array<Ends>({
    {"man", "men"},       {"woman", "women"},   {"person", "people"}, {"child", "children"},
    {"ox", "oxen"},       {"die", "dice"},      {"foot", "feet"},     {"tooth", "teeth"},
    {"goose", "geese"},   {"mouse", "mice"},    {"louse", "lice"},    {"yes", "yeses"},
    {"elf", "elves"},     {"calf", "calves"},   {"life", "lives"},    {"oaf", "oafs"},
    {"axis", "axes"},     {"testis", "testes"}, {"basis", "bases"},   {"oasis", "oases"},
    {"hero", "heroes"},   {"echo", "echoes"},   {"veto", "vetoes"},   {"ovum", "ova"},
    {"datum", "data"},    {"virus", "viri"},    {"locus", "loci"},    {"focus", "foci"},
    {"index", "indices"}, {"codex", "codices"}, {"quiz", "quizzes"},  {"gas", "gases"},
    {"bus", "buses"},     {"plus", "pluses"},   {"iris", "irises"},   {"lens", "lenses"},
    {"bias", "biases"},   {"alga", "algae"},    {"toe", "toes"},      {"foe", "foes"},
    {"doe", "does"},      {"hoe", "hoes"},      {"woe", "woes"},      {"axe", "axes"},
    {"pie", "pies"},      {"tie", "ties"},      {"lie", "lies"},      {"leaf", "leaves"},
    {"taxi", "taxis"},    {"ski", "skis"},      {"emu", "emus"},
});

// Of any word.
constexpr auto kEnds = std::to_array<Ends>({
    // From Greek and Latin.
    {"alumnus", "alumni"},
    {"bacillus", "bacilli"},
    {"cactus", "cacti"},
    {"fungus", "fungi"},
    {"nucleus", "nuclei"},
    {"octopus", "octopi"},
    {"radius", "radii"},
    {"stratus", "strati"},
    {"stimulus", "stimuli"},
    {"syllabus", "syllabi"},
    {"terminus", "termini"},
    {"uterus", "uteri"},
    {"alumna", "alumnae"},
    {"vertebra", "vertebrae"},
    {"cherub", "cherubim"},
    {"seraph", "seraphim"},
    {"addendum", "addenda"},
    {"agendum", "agenda"},
    {"bacterium", "bacteria"},
    {"curriculum", "curricula"},
    {"erratum", "errata"},
    {"extremum", "extrema"},
    {"medium", "media"},
    {"memorandum", "memoranda"},
    {"millennium", "millennia"},
    {"quorum", "quora"},
    {"stratum", "strata"},
    {"symposium", "symposia"},
    {"automaton", "automata"},
    {"criterion", "criteria"},
    {"phenomenon", "phenomena"},
    {"polyhedron", "polyhedra"},
    {"appendix", "appendices"},
    {"matrix", "matrices"},
    {"vertex", "vertices"},
    {"vortex", "vortices"},
    {"analysis", "analyses"},
    {"crisis", "crises"},
    {"diagnosis", "diagnoses"},
    {"emphasis", "emphases"},
    {"ellipsis", "ellipses"},
    {"hypothesis", "hypotheses"},
    {"parenthesis", "parentheses"},
    {"prognosis", "prognoses"},
    {"synopsis", "synopses"},
    {"synthesis", "syntheses"},
    {"thesis", "theses"},
    // Endings that English changes in these words, and in those made of them.
    {"knife", "knives"},
    {"wife", "wives"},
    {"half", "halves"},
    {"shelf", "shelves"},
    {"self", "selves"},
    {"wolf", "wolves"},
    {"sheaf", "sheaves"},
    {"thief", "thieves"},
    {"loaf", "loaves"},
    {"hoof", "hooves"},
    {"scarf", "scarves"},
    {"dwarf", "dwarves"},
    {"wharf", "wharves"},
    {"potato", "potatoes"},
    {"tomato", "tomatoes"},
    {"woman", "women"},
    // Endings that hide where the one ends.
    {"alias", "aliases"},
    {"cpu", "cpus"},
    {"gpu", "gpus"},
    {"npu", "npus"},
    {"tpu", "tpus"},
    {"menu", "menus"},
    {"guru", "gurus"},
    {"virus", "viruses"},
    {"atlas", "atlases"},
    {"bonus", "bonuses"},
    {"campus", "campuses"},
    {"canvas", "canvases"},
    {"census", "censuses"},
    {"chorus", "choruses"},
    {"circus", "circuses"},
    {"consensus", "consensuses"},
    {"corpus", "corpuses"},
    {"genius", "geniuses"},
    {"nexus", "nexuses"},
    {"sinus", "sinuses"},
    {"status", "statuses"},
    {"surplus", "surpluses"},
    {"ache", "aches"},
    {"cache", "caches"},
    {"niche", "niches"},
    {"psyche", "psyches"},
    {"database", "databases"},
    {"shoe", "shoes"},
    {"canoe", "canoes"},
    {"movie", "movies"},
    {"cookie", "cookies"},
    {"zombie", "zombies"},
    {"calorie", "calories"},
    {"rookie", "rookies"},
    {"brownie", "brownies"},
    {"selfie", "selfies"},
    {"prairie", "prairies"},
    {"soliloquy", "soliloquies"},
    {"colloquy", "colloquies"},
});

// The rest, in one direction each: what stands at the end, and what takes its place.
struct Rule {
    std::string_view end;
    std::string_view becomes;
};

constexpr auto kPluralRules = std::to_array<Rule>({
    {"ese", "ese"},
    {"eaux", "eaux"},
    {"ss", "sses"},
    {"xes", "xes"},
    {"x", "xes"},
    {"ch", "ches"},
    {"sh", "shes"},
    {"zz", "zzes"},
    {"aus", "aus"},
    {"ous", "ous"},
    {"uus", "uus"},
    {"us", "uses"},
    {"ris", "rises"},
    {"sis", "ses"},
    {"s", "s"},
    {"", "s"},
});

constexpr auto kSingularRules = std::to_array<Rule>({
    {"ss", "ss"},
    {"us", "us"},
    {"his", "his"},
    {"nis", "nis"},
    {"ris", "ris"},
    {"sis", "sis"},
    {"tis", "tis"},
    {"xis", "xis"},
    {"sses", "ss"},
    {"xes", "x"},
    {"ches", "ch"},
    {"shes", "sh"},
    {"zzes", "zz"},
    {"oes", "o"},
    {"s", ""},
    {"", ""},
});

std::string small(std::string_view word) {
    std::string result(word);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

bool is_vowel(char c) {
    return std::string_view("aeiouy").find(c) != std::string_view::npos;
}

// `y` and `ies` are the end of a word in which no vowel stands before them.
bool stands_behind_consonant(std::string_view plain, std::string_view end) {
    return plain.ends_with(end) && plain.size() > end.size() &&
           !is_vowel(plain[plain.size() - end.size() - 1]);
}

bool is_end(std::string_view, std::string_view plain, std::string_view end) {
    return plain.ends_with(end);
}

// Whether the last word of `word` is `end`. `plain`: the same in small letters.
bool is_last_word(std::string_view word, std::string_view plain, std::string_view end) {
    if (!plain.ends_with(end)) return false;
    const std::size_t begin = word.size() - end.size();
    if (begin == 0 || word[begin] != plain[begin]) return true;
    const char before = plain[begin - 1];
    return before < 'a' || before > 'z';
}

// A capital at the start of what is exchanged stays.
std::string exchanged(std::string_view word, std::string_view from, std::string_view to) {
    const std::size_t begin = word.size() - from.size();
    std::string result = std::string(word.substr(0, begin)) + std::string(to);
    const char first = from.empty() ? '\0' : word[begin];
    if (first >= 'A' && first <= 'Z' && !to.empty()) {
        result[begin] = static_cast<char>(to.front() - 'a' + 'A');
    }
    return result;
}

template <class Fits>
std::optional<std::string> from_table(std::string_view word, std::string_view plain,
                                      std::span<const Ends> table, std::string_view Ends::* from,
                                      std::string_view Ends::* to, const Fits& fits) {
    // What is in the wanted form already stays.
    for (const Ends& row : table) {
        if (fits(word, plain, row.*to)) return std::string(word);
    }
    for (const Ends& row : table) {
        if (fits(word, plain, row.*from)) return exchanged(word, row.*from, row.*to);
    }
    return std::nullopt;
}

std::string by_rule(std::string_view word, std::string_view plain, std::span<const Rule> rules) {
    const auto rule =
        std::ranges::find_if(rules, [&](const Rule& r) { return plain.ends_with(r.end); });
    return exchanged(word, rule->end, rule->becomes);
}

}  // namespace

std::string plural(std::string_view word) {
    if (word.empty()) return "";
    const std::string plain = small(word);
    if (std::ranges::find(kSameInBoth, plain) != kSameInBoth.end()) return std::string(word);
    if (auto found = from_table(word, plain, kWords, &Ends::one, &Ends::many, is_last_word)) {
        return std::move(*found);
    }
    if (auto found = from_table(word, plain, kEnds, &Ends::one, &Ends::many, is_end)) {
        return std::move(*found);
    }
    if (stands_behind_consonant(plain, "y")) return exchanged(word, "y", "ies");
    return by_rule(word, plain, kPluralRules);
}

std::string singular(std::string_view word) {
    const std::string plain = small(word);
    if (std::ranges::find(kSameInBoth, plain) != kSameInBoth.end()) return std::string(word);
    if (auto found = from_table(word, plain, kWords, &Ends::many, &Ends::one, is_last_word)) {
        return std::move(*found);
    }
    if (auto found = from_table(word, plain, kEnds, &Ends::many, &Ends::one, is_end)) {
        return std::move(*found);
    }
    if (stands_behind_consonant(plain, "ies")) return exchanged(word, "ies", "y");
    return by_rule(word, plain, kSingularRules);
}

}  // namespace remuda::templating
