// SPDX-License-Identifier: MIT
//
// Any bytes are parsed as a queue file without harm, and faults are shown. If there are none,
// taking jobs one by one gives the product of the file as it was, and each file on the way reads
// back as what remains.
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

void drain(QueueText queue, const std::vector<Job>& expected) {
    for (const Job& job : expected) {
        REMUDA_CHECK(!queue.is_empty());
        const Job first = queue.first_job();
        REMUDA_CHECK(is_same_job(first, job));
        REMUDA_CHECK(first.place.line >= 1 && first.place.column >= 1);
        const std::size_t before = queue.job_total();
        auto edit = queue.without_first_job();
        REMUDA_CHECK(edit.has_value());
        queue.apply(std::move(*edit));
        REMUDA_CHECK(queue.job_total() == before - 1 || before == static_cast<std::size_t>(-1));
    }
    REMUDA_CHECK(expected.size() == kMostTaken || queue.is_empty());
    auto restored = queue.with_front(expected.front());
    REMUDA_CHECK(restored.has_value());
    queue.apply(std::move(*restored));
    REMUDA_CHECK(is_same_job(queue.first_job(), expected.front()));
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
    drain(QueueText(source, std::move(parsed)), expected);
    return 0;
}
