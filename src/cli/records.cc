// SPDX-License-Identifier: MIT
#include "cli/records.h"

#include "cli/state_place.h"
#include "remuda/history/log_files.h"
#include "remuda/queue/queue.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include <sys/stat.h>

namespace remuda::cli {

namespace {

using Stage = output::ListedJob::Stage;

Stage stage_of(history::JobRecord::Stage stage) {
    switch (stage) {
        case history::JobRecord::Stage::taken:
            return Stage::taken;
        case history::JobRecord::Stage::running:
            return Stage::running;
        case history::JobRecord::Stage::given_back:
            return Stage::given_back;
        case history::JobRecord::Stage::handed_on:
            return Stage::handed_on;
        case history::JobRecord::Stage::left:
            return Stage::left;
        case history::JobRecord::Stage::unsettled:
            return Stage::unsettled;
        case history::JobRecord::Stage::ended:
            break;
    }
    return Stage::ended;
}

output::ListedOutput output_of(const std::string& directory, const history::AttemptName& name,
                               model::Stream stream, std::optional<std::uint64_t> written) {
    output::ListedOutput output;
    const std::string path = history::log_path(directory, name, stream);
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) {
        output.path = path;
        output.kept = static_cast<std::uint64_t>(found.st_size);
    }
    output.written = written;
    return output;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = failure == std::errc() && end == text.data() + text.size();
    return is_whole && number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<Records> open_records(const Options& options) {
    const std::filesystem::path queue = real_path_of(options.queue_file);
    Records records{state_dir_of(options, queue), queue.string(), nullptr};
    auto query = history::Query::open(records.directory);
    if (!query && query.error().code() == Code::not_found) {
        return Error(Code::not_found,
                     fmt::format("{}: nothing was recorded there yet; run `remuda q` first, or "
                                 "name the queue (-Q) or its --state-dir",
                                 records.directory));
    }
    if (!query) return query.error();
    records.query = std::move(*query);
    return records;
}

Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> parse_numbers(
    const std::vector<std::string>& words) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const std::string& word : words) {
        const std::size_t dash = word.find('-');
        const auto first = number_of(std::string_view(word).substr(0, dash));
        const auto last =
            dash == std::string::npos ? first : number_of(std::string_view(word).substr(dash + 1));
        if (!first || !last) {
            return Error(Code::invalid_input,
                         fmt::format("'{}' is no number of a job: `remuda history` lists them; "
                                     "3-7 stands for several",
                                     word));
        }
        if (*last < *first) {
            return Error(
                Code::invalid_input,
                fmt::format("'{}' is a range from high to low: write {}-{}", word, *last, *first));
        }
        ranges.emplace_back(*first, *last);
    }
    return ranges;
}

Result<std::vector<history::JobRecord>> jobs_of_numbers(Records& records,
                                                        const std::vector<std::string>& words) {
    const auto ranges = parse_numbers(words);
    if (!ranges) return ranges.error();
    history::JobFilter filter;
    filter.numbers = *ranges;
    filter.with_moved = true;
    std::vector<history::JobRecord> jobs;
    auto done = records.query->each_job(filter, history::Query::Order::oldest_first,
                                        [&](history::JobRecord& job) {
                                            jobs.push_back(std::move(job));
                                            return true;
                                        });
    if (!done) return done.error();
    for (history::JobRecord& job : jobs) {
        if (job.stage != history::JobRecord::Stage::handed_on) continue;
        auto whole = records.query->job(job.key);
        if (!whole) return whole.error();
        if (std::optional<history::JobRecord>& found = *whole; found) job = std::move(*found);
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto [first, last] = (*ranges)[i];
        if (std::ranges::any_of(jobs, [&](const history::JobRecord& job) {
                return job.key.value >= first && job.key.value <= last;
            })) {
            continue;
        }
        return Error(Code::invalid_input,
                     fmt::format("there is no job {} in {}; `remuda history` lists what there is",
                                 words[i], records.directory));
    }
    return jobs;
}

output::ListedJob listed(const history::JobRecord& job, const std::string& directory) {
    output::ListedJob item;
    item.number = job.key.value;
    item.run = job.run.value;
    item.job = job.job.value;
    item.is_broadcast = job.is_broadcast;
    item.stage = stage_of(job.stage);
    item.outcome = job.outcome;
    item.entry = job.text;
    item.claimed_ms = job.claimed_ms;
    item.retried_ms = job.retried_ms;
    if (job.resumes) item.resumes = job.resumes->value;
    if (job.goes_on_as) item.goes_on_as = job.goes_on_as->value;
    item.is_unwanted = job.is_unwanted;
    yaml::Diagnostics diagnostics;
    const yaml::Source source("job", job.text);
    const std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    if (!entries.empty() && !entries.front().commands.empty()) {
        item.command = entries.front().commands.front().text;
        item.name = entries.front().options.name;
    } else {
        item.command = job.attempts.empty() ? job.text : job.attempts.back().command;
    }
    item.attempts.reserve(job.attempts.size());
    for (const history::AttemptRecord& attempt : job.attempts) {
        output::ListedAttempt& to = item.attempts.emplace_back();
        to.attempt = attempt.attempt.value;
        to.node = attempt.node;
        to.command = attempt.command;
        to.slots = attempt.slots;
        to.started_ms = attempt.started_ms;
        to.ended_ms = attempt.ended_ms;
        to.outcome = attempt.outcome;
        to.is_refused = attempt.is_refused;
        to.usage = attempt.facts.usage;
        to.key = attempt.key;
        const history::AttemptName name{job.run, attempt.attempt};
        to.out = output_of(directory, name, model::Stream::out, attempt.facts.out_length);
        to.err = output_of(directory, name, model::Stream::err, attempt.facts.err_length);
    }
    return item;
}

}  // namespace remuda::cli
