// SPDX-License-Identifier: MIT
#include "queue/product.h"

#include <cstddef>
#include <limits>
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

model::Job nth_job(const Entry& entry, std::size_t n) {
    model::Job job;
    job.needs = entry.needs;
    job.options = entry.options;
    job.parameters.resize(entry.parameters.size());
    for (std::size_t i = entry.parameters.size(); i-- > 0;) {
        const Entry::Parameter& parameter = entry.parameters[i];
        job.parameters[i] = {parameter.name, parameter.values[n % parameter.values.size()].text};
        n /= parameter.values.size();
    }
    job.command = entry.commands[n].text;
    return job;
}

std::vector<Entry> without_first_jobs(const Entry& entry, std::size_t count) {
    std::vector<Entry> rest;
    if (count >= job_count(entry)) return rest;
    Entry whole = entry;
    const std::size_t lists = whole.parameters.size() + 1;
    // `count` as digits, one for each list: the values of the first job that remains.
    std::vector<std::size_t> digits(lists);
    for (std::size_t i = lists; i-- > 0;) {
        const std::size_t size = list_at(whole, i).size();
        digits[i] = count % size;
        count /= size;
    }
    // Where the digits of all inner lists are 0, that job begins a whole run of this one.
    bool begins_here = true;
    for (std::size_t at = lists; at-- > 0;) {
        if (begins_here && digits[at] == 0 && at > 0) continue;
        const std::size_t first = digits[at] + (begins_here ? 0 : 1);
        begins_here = false;
        if (first == list_at(whole, at).size()) continue;
        Entry part = whole;
        for (std::size_t i = 0; i < at; ++i) {
            auto& values = list_at(part, i);
            values = {values[digits[i]]};
        }
        auto& values = list_at(part, at);
        values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first));
        rest.push_back(std::move(part));
    }
    return rest;
}

Entry run_from(const Entry& entry, std::size_t n) {
    Entry run = entry_of(nth_job(entry, n));
    for (std::size_t i = entry.parameters.size() + 1; i-- > 0;) {
        const auto& values = list_at(entry, i);
        if (values.size() == 1) continue;
        const auto at = static_cast<std::ptrdiff_t>(n % values.size());
        list_at(run, i).assign(values.begin() + at, values.end());
        break;
    }
    return run;
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
