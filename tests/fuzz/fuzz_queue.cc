// SPDX-License-Identifier: MIT
//
// Any bytes are parsed as a queue file without harm, and faults are shown. If there are none,
// taking jobs, by cutting or in place, gives the product of the file as it was, and each file on
// the way reads back as what remains.
#include "queue/cut.h"
#include "queue/parse.h"
#include "queue/product.h"
#include "remuda/base/check.h"
#include "remuda/queue/template_faults.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace remuda::queue;
using remuda::model::Job;

namespace {

constexpr std::size_t kMostTaken = 200;

std::vector<Job> first_jobs(const std::vector<Entry>& entries) {
    std::vector<Job> jobs;
    for (const Entry& entry : entries) {
        const std::size_t count = job_count(entry);
        for (std::size_t i = 0; i < count && jobs.size() < kMostTaken; ++i) {
            jobs.push_back(nth_job(entry, i));
        }
    }
    return jobs;
}

// In handfuls of growing size.
void drain(QueueText queue, const std::vector<Job>& expected) {
    std::size_t taken = 0;
    for (std::size_t most = 1; taken < expected.size(); ++most) {
        REMUDA_CHECK(!queue.is_empty());
        const std::size_t before = queue.job_total();
        auto removal = queue.without_first_jobs(most);
        REMUDA_CHECK(removal.has_value());
        REMUDA_CHECK(!removal->jobs.empty() && removal->jobs.size() <= most);
        for (const Job& job : removal->jobs) {
            if (taken == expected.size()) break;
            REMUDA_CHECK(is_same_job(job, expected[taken++]));
            REMUDA_CHECK(job.place.line >= 1 && job.place.column >= 1);
        }
        const std::size_t removed = removal->jobs.size();
        queue.apply(std::move(removal->edit));
        REMUDA_CHECK(queue.job_total() == before - removed ||
                     before == static_cast<std::size_t>(-1));
    }
    REMUDA_CHECK(expected.size() == kMostTaken || queue.is_empty());
    auto restored = queue.with_front({expected.front()});
    REMUDA_CHECK(restored.has_value());
    queue.apply(std::move(*restored));
    auto first = queue.without_first_jobs(1);
    REMUDA_CHECK(first.has_value());
    REMUDA_CHECK(is_same_job(first->jobs.front(), expected.front()));
}

// The file as anybody reads it stands for the jobs that were not taken.
void check_rest(const std::string& text, const std::vector<Job>& expected, std::size_t taken) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    const std::vector<Job> rest = first_jobs(parse_queue(source, diagnostics));
    REMUDA_CHECK(!diagnostics.has_errors());
    const std::size_t known = expected.size() - taken;
    REMUDA_CHECK(rest.size() >= known);
    REMUDA_CHECK(expected.size() == kMostTaken || rest.size() == known);
    for (std::size_t i = 0; i < known; ++i) {
        REMUDA_CHECK(is_same_job(rest[i], expected[taken + i]));
    }
}

// In place where that can be done, in handfuls of one to four, tidied up now and then.
void drain_in_place(QueueText queue, const std::vector<Job>& expected) {
    std::size_t taken = 0;
    for (std::size_t round = 0; taken < expected.size() && !queue.is_empty(); ++round) {
        const std::size_t most = std::min(1 + round % 4, expected.size() - taken);
        auto removal = queue.without_first_jobs(most, true);
        REMUDA_CHECK(removal.has_value());
        for (const Job& job : removal->jobs) {
            REMUDA_CHECK(is_same_job(job, expected[taken++]));
        }
        const std::size_t before = queue.text().size();
        const bool in_place = removal->edit.is_in_place;
        queue.apply(std::move(removal->edit));
        REMUDA_CHECK(!in_place || queue.text().size() == before);
        check_rest(queue.text(), expected, taken);
        if (round % 3 != 2) continue;
        auto edit = queue.without_hollows();
        REMUDA_CHECK(edit.has_value());
        queue.apply(std::move(*edit));
        REMUDA_CHECK(queue.hollow_bytes() == 0);
        check_rest(queue.text(), expected, taken);
    }
    REMUDA_CHECK(expected.size() == kMostTaken || queue.is_empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const remuda::yaml::Source source("queue.yaml",
                                      std::string(reinterpret_cast<const char*>(bytes), size));
    remuda::yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    const bool is_valid = !diagnostics.has_errors();
    check_templates(parsed.entries, {"gpu"}, diagnostics);
    (void)diagnostics.render(source);
    if (!is_valid) return 0;
    const std::vector<Job> expected = first_jobs(parsed.entries);
    if (expected.empty()) return 0;
    drain_in_place(QueueText(source, parsed), expected);
    drain(QueueText(source, std::move(parsed)), expected);
    return 0;
}
