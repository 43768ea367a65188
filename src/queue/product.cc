// SPDX-License-Identifier: MIT
#include "queue/product.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace remuda::queue {

namespace {

constexpr std::size_t kLargest = std::numeric_limits<std::size_t>::max();

std::size_t saturating_product(std::size_t a, std::size_t b) {
    if (a == 0 || b == 0) return 0;
    return a > kLargest / b ? kLargest : a * b;
}

// The entry's lists from outermost to innermost: 0 is the commands, i + 1 is parameter i.
template <class E>
auto& list_at(E& entry, std::size_t i) {
    return i == 0 ? entry.commands : entry.parameters[i - 1].values;
}

// `n` as digits, one for each list: which value of it the n-th job has.
std::vector<std::size_t> digits_of(const Entry& entry, std::size_t n) {
    std::vector<std::size_t> digits(entry.parameters.size() + 1);
    for (std::size_t i = digits.size(); i-- > 0;) {
        const std::size_t size = list_at(entry, i).size();
        digits[i] = n % size;
        n /= size;
    }
    return digits;
}

bool is_slots(const Entry::Parameter& parameter) {
    return parameter.name == "slots";
}

bool has_texts(std::span<const Entry::Value> values, std::span<const Entry::Value> others) {
    return std::ranges::equal(values, others, {}, &Entry::Value::text, &Entry::Value::text);
}

// Reading has seen to it that it is a number.
int number_of(const Entry::Value& slots) {
    int number = 0;
    const char* const begin = slots.text.data();
    std::from_chars(begin, begin + slots.text.size(), number);
    return number;
}

}  // namespace

std::size_t saturating_sum(std::size_t a, std::size_t b) {
    return a > kLargest - b ? kLargest : a + b;
}

std::size_t job_count(const Entry& entry) {
    std::size_t count = entry.commands.size();
    for (const Entry::Parameter& parameter : entry.parameters) {
        count = saturating_product(count, parameter.values.size());
    }
    return count;
}

model::Needs needs_of_job(const Entry& entry, std::size_t n) {
    model::Needs needs = entry.needs;
    for (std::size_t i = entry.parameters.size(); i-- > 0;) {
        const Entry::Parameter& parameter = entry.parameters[i];
        const std::size_t size = parameter.values.size();
        if (is_slots(parameter)) needs.slots = number_of(parameter.values[n % size]);
        n /= size;
    }
    return needs;
}

std::vector<int> slots_of(const Entry& entry) {
    const auto list = std::ranges::find_if(entry.parameters, is_slots);
    if (list == entry.parameters.end()) return {entry.needs.slots};
    std::vector<int> numbers;
    for (const Entry::Value& value : list->values)
        numbers.push_back(number_of(value));
    return numbers;
}

model::Job nth_job(const Entry& entry, std::size_t n) {
    model::Job job;
    job.needs = needs_of_job(entry, n);
    job.options = entry.options;
    const std::vector<std::size_t> digits = digits_of(entry, n);
    job.command = entry.commands[digits[0]].text;
    for (std::size_t i = 0; i < entry.parameters.size(); ++i) {
        const Entry::Parameter& parameter = entry.parameters[i];
        if (is_slots(parameter)) continue;
        job.parameters.emplace_back(parameter.name, parameter.values[digits[i + 1]].text);
    }
    return job;
}

std::vector<Entry> without_first_jobs(const Entry& entry, std::size_t count) {
    std::vector<Entry> rest;
    if (count >= job_count(entry)) return rest;
    // The values of the first job that remains.
    const std::vector<std::size_t> digits = digits_of(entry, count);
    // Where the digits of all inner lists are 0, that job begins a whole run of this one.
    bool begins_here = true;
    for (std::size_t at = digits.size(); at-- > 0;) {
        if (begins_here && digits[at] == 0 && at > 0) continue;
        const std::size_t first = digits[at] + (begins_here ? 0 : 1);
        begins_here = false;
        if (first == list_at(entry, at).size()) continue;
        Entry part = entry;
        for (std::size_t i = 0; i < at; ++i) {
            auto& values = list_at(part, i);
            values = {values[digits[i]]};
        }
        auto& values = list_at(part, at);
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first));
        rest.push_back(settled(std::move(part)));
    }
    return rest;
}

Entry run_from(const Entry& entry, std::size_t n) {
    const std::vector<std::size_t> digits = digits_of(entry, n);
    Entry run;
    run.needs = entry.needs;
    run.options = entry.options;
    for (const Entry::Parameter& parameter : entry.parameters)
        run.parameters.push_back({parameter.name, {}, {}});
    bool is_innermost = true;
    for (std::size_t i = digits.size(); i-- > 0;) {
        const auto& values = list_at(entry, i);
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(digits[i]);
        const bool is_run = is_innermost && values.size() > 1;
        list_at(run, i).assign(first, is_run ? values.end() : first + 1);
        if (is_run) is_innermost = false;
    }
    return settled(std::move(run));
}

bool is_slice(const Entry& whole, std::size_t n, const Entry& part) {
    if (part.needs.policy != whole.needs.policy || part.options != whole.options) return false;
    const auto list = std::ranges::find_if(whole.parameters, is_slots);
    if (list == whole.parameters.end() ? part.needs.slots != whole.needs.slots
                                       : part.needs.slots != needs_of_job(whole, n).slots &&
                                             part.parameters.size() < whole.parameters.size()) {
        return false;
    }
    const std::vector<std::size_t> digits = digits_of(whole, n);
    std::size_t at = part.parameters.size();
    bool is_inner = true;
    for (std::size_t i = digits.size(); i-- > 0;) {
        const std::span<const Entry::Value> values = list_at(whole, i);
        std::span<const Entry::Value> own = values.subspan(digits[i], 1);
        const bool is_settled = i > 0 && is_slots(whole.parameters[i - 1]) &&
                                (at == 0 || !is_slots(part.parameters[at - 1]));
        if (!is_settled) {
            if (i > 0 && (at == 0 || part.parameters[at - 1].name != whole.parameters[i - 1].name))
                return false;
            if (i == 0 && at != 0) return false;
            own = list_at(part, at);
            if (i > 0) --at;
        }
        // All of the inner lists, then some of one, then one of each.
        const std::size_t most = is_inner ? values.size() - digits[i] : 1;
        if (own.size() > most || !has_texts(own, values.subspan(digits[i], own.size()))) {
            return false;
        }
        is_inner = is_inner && own.size() == values.size();
    }
    return true;
}

namespace {

// Makes `slots` of an entry a list, before the `at`-th parameter.
void unsettle(Entry& entry, std::size_t at) {
    const Entry::Value value{std::to_string(entry.needs.slots), {}, std::nullopt};
    entry.parameters.insert(entry.parameters.begin() + static_cast<std::ptrdiff_t>(at),
                            {"slots", {}, {value}});
    entry.needs.slots = model::Needs().slots;
}

// The same, as it stands in `other`.
void unsettle(Entry& entry, const Entry& other) {
    const auto list = std::ranges::find_if(other.parameters, is_slots);
    if (list == other.parameters.end() || entry.parameters.size() + 1 != other.parameters.size() ||
        std::ranges::any_of(entry.parameters, is_slots)) {
        return;
    }
    unsettle(entry, static_cast<std::size_t>(list - other.parameters.begin()));
}

// The same in two entries that differ in nothing else: outside of all lists that have several
// values, and inside of the others, which may get some.
void unsettle_both(Entry& entry, Entry& other) {
    const bool is_alike =
        entry.needs.slots != other.needs.slots && has_texts(entry.commands, other.commands) &&
        std::ranges::equal(entry.parameters, other.parameters,
                           [](const Entry::Parameter& a, const Entry::Parameter& b) {
                               return a.name == b.name && has_texts(a.values, b.values);
                           });
    if (!is_alike || std::ranges::any_of(entry.parameters, is_slots)) return;
    const auto inner = std::ranges::find_if(
        entry.parameters,
        [](const Entry::Parameter& parameter) { return parameter.values.size() > 1; });
    const auto at = static_cast<std::size_t>(inner - entry.parameters.begin());
    unsettle(entry, at);
    unsettle(other, at);
}

// Adds the jobs of `next` to those of `entry`, behind them, where one entry can stand for both.
bool try_join(Entry& entry, const Entry& next) {
    const std::size_t lists = entry.parameters.size() + 1;
    if (lists != next.parameters.size() + 1 || entry.needs != next.needs ||
        entry.options != next.options ||
        !std::ranges::equal(entry.parameters, next.parameters, {}, &Entry::Parameter::name,
                            &Entry::Parameter::name)) {
        return false;
    }
    std::optional<std::size_t> longer;
    for (std::size_t i = 0; i < lists; ++i) {
        if (has_texts(list_at(entry, i), list_at(next, i))) {
            // What is outside of the list that gets longer has one value.
            if (!longer && list_at(entry, i).size() > 1) return false;
        } else if (std::exchange(longer, i)) {
            return false;
        }
    }
    // Equal all over: the outermost.
    auto& values = list_at(entry, longer.value_or(0));
    const auto& more = list_at(next, longer.value_or(0));
    values.insert(values.end(), more.begin(), more.end());
    return true;
}

}  // namespace

std::vector<Joined> joined(std::vector<Entry> entries) {
    std::vector<Joined> result;
    for (Entry& entry : entries) {
        result.push_back({std::move(entry)});
        while (result.size() > 1) {
            Joined& before = result[result.size() - 2];
            Joined& last = result.back();
            unsettle(before.entry, last.entry);
            unsettle(last.entry, before.entry);
            unsettle_both(before.entry, last.entry);
            if (!try_join(before.entry, last.entry)) break;
            before.parts += last.parts;
            result.pop_back();
        }
    }
    for (Joined& one : result)
        one.entry = settled(std::move(one.entry));
    return result;
}

Entry settled(Entry entry) {
    const auto list = std::ranges::find_if(entry.parameters, is_slots);
    if (list == entry.parameters.end() || list->values.size() != 1) return entry;
    entry.needs.slots = number_of(list->values.front());
    entry.parameters.erase(list);
    return entry;
}

Entry entry_of(const model::Job& job) {
    Entry entry;
    entry.commands.push_back({job.command, {}, std::nullopt});
    for (const auto& [name, value] : job.parameters) {
        entry.parameters.push_back({name, {}, {{value, {}, std::nullopt}}});
    }
    entry.needs = job.needs;
    entry.options = job.options;
    return entry;
}

bool is_same_job(const model::Job& a, const model::Job& b) {
    return a.command == b.command && a.parameters == b.parameters && a.needs == b.needs &&
           a.options == b.options;
}

}  // namespace remuda::queue
