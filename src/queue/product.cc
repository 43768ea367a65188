// SPDX-License-Identifier: MIT
#include "queue/product.h"

#include <limits>

namespace remuda::queue {

namespace {

constexpr std::size_t kLargest = std::numeric_limits<std::size_t>::max();

std::size_t saturating_product(std::size_t a, std::size_t b) {
    if (a == 0 || b == 0) return 0;
    return a > kLargest / b ? kLargest : a * b;
}

// The entry's lists from outermost to innermost: 0 is the commands, i + 1 is parameter i.
std::vector<Entry::Value>& list_at(Entry& entry, std::size_t i) {
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

std::vector<Entry> without_first_job(const Entry& entry) {
    std::vector<Entry> rest;
    Entry whole = entry;
    for (std::size_t lists = whole.parameters.size() + 1; lists-- > 0;) {
        if (list_at(whole, lists).size() < 2) continue;
        Entry part = whole;
        for (std::size_t i = 0; i < lists; ++i) {
            list_at(part, i).resize(1);
        }
        auto& values = list_at(part, lists);
        values.erase(values.begin());
        rest.push_back(std::move(part));
    }
    return rest;
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
