// SPDX-License-Identifier: MIT
#include "remuda/queue/entry_ids.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

constexpr std::size_t kShortest = 6;
constexpr std::size_t kLongest = 14;  // 20^14 < 2^64

// FNV-1a: the same on every machine and in every version.
class Hash {
  public:
    void add(std::string_view text) {
        for (const char c : text)
            add_byte(static_cast<unsigned char>(c));
        // Texts hold no NUL, so this keeps two of them apart.
        add_byte(0);
    }
    void add(std::size_t number) { add(std::to_string(number)); }
    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    void add_byte(unsigned char byte) {
        value_ ^= byte;
        value_ *= 0x100000001b3ULL;
    }
    std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

void add(Hash& hash, const std::vector<Entry::Value>& values) {
    hash.add(values.size());
    for (const Entry::Value& value : values)
        hash.add(value.text);
}

Hash hash_of(const Entry& entry) {
    Hash hash;
    add(hash, entry.commands);
    hash.add(entry.parameters.size());
    for (const Entry::Parameter& parameter : entry.parameters) {
        hash.add(parameter.name);
        add(hash, parameter.values);
    }
    hash.add(static_cast<std::size_t>(entry.needs.slots));
    hash.add(static_cast<std::size_t>(entry.needs.policy));
    hash.add(entry.options.name);
    // Ids of entries without such options are those of earlier versions.
    if (!entry.options.written.empty()) hash.add(entry.options.written);
    return hash;
}

// No vowels, so no words; no digits, so no numbers of entries.
std::string in_letters(std::uint64_t number) {
    constexpr std::string_view letters = "bcdfghjkmnpqrstvwxyz";
    // Where the hash is weakest are its low bits.
    number ^= number >> 32U;
    std::string text;
    for (std::size_t i = 0; i < kLongest; ++i) {
        text += letters[number % letters.size()];
        number /= letters.size();
    }
    return text;
}

std::vector<std::string> long_ids(const std::vector<Entry>& entries) {
    std::unordered_map<std::uint64_t, std::size_t> seen;
    std::vector<std::string> ids;
    ids.reserve(entries.size());
    for (const Entry& entry : entries) {
        Hash hash = hash_of(entry);
        hash.add(seen[hash.value()]++);
        ids.push_back(in_letters(hash.value()));
    }
    return ids;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
    const auto [end, other] = std::ranges::mismatch(a, b);
    return static_cast<std::size_t>(end - a.begin());
}

bool is_number(std::string_view text, std::size_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

Error unknown(std::string_view word, std::string_view why) {
    return {Code::invalid_input, fmt::format("'{}' {}", word, why)};
}

}  // namespace

std::vector<std::string> ids_of(const std::vector<Entry>& entries) {
    std::vector<std::string> ids = long_ids(entries);
    std::vector<std::string> sorted = ids;
    std::ranges::sort(sorted);
    std::size_t needed = kShortest;
    for (std::size_t i = 1; i < sorted.size(); ++i)
        needed = std::max(needed, common_prefix(sorted[i - 1], sorted[i]) + 1);
    for (std::string& id : ids)
        id.resize(std::min(needed, id.size()));
    return ids;
}

Result<std::vector<std::size_t>> selected(const std::vector<Entry>& entries,
                                          const std::vector<std::string>& selection) {
    std::set<std::size_t> chosen;
    std::vector<std::string> ids;
    for (const std::string& word : selection) {
        const std::size_t dash = word.find('-');
        const std::string_view first_word = std::string_view(word).substr(0, dash);
        const std::string_view last_word =
            dash == std::string::npos ? first_word : std::string_view(word).substr(dash + 1);
        std::size_t first = 0;
        std::size_t last = 0;
        if (is_number(first_word, first) && is_number(last_word, last)) {
            if (first == 0) return unknown(word, "is no entry: they are numbered from 1");
            if (first > last) return unknown(word, "is no range: its end comes before its begin");
            if (last > entries.size()) {
                return unknown(word,
                               fmt::format("is no entry: the last one is {}", entries.size()));
            }
            for (std::size_t i = first; i <= last; ++i)
                chosen.insert(i - 1);
            continue;
        }
        if (word.size() < kShortest) {
            return unknown(word, "is no number, range or id of an entry (see `remuda list`)");
        }
        if (ids.empty()) ids = long_ids(entries);
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (std::string_view(ids[i]).starts_with(word)) found.push_back(i);
        }
        if (found.empty()) return unknown(word, "names no entry (any more)");
        if (found.size() > 1) return unknown(word, "names several entries: give more of the id");
        chosen.insert(found.front());
    }
    return std::vector<std::size_t>(chosen.begin(), chosen.end());
}

}  // namespace remuda::queue
