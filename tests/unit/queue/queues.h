// SPDX-License-Identifier: MIT
#pragma once

#include "queue/cut.h"
#include "queue/parse.h"
#include "queue/product.h"
#include "remuda/queue/queue.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace remuda::test {

/// `line:column severity: message | label | help` of everything found; absent parts left out.
inline std::vector<std::string> described(const yaml::Source& source,
                                          const yaml::Diagnostics& diagnostics) {
    std::vector<std::string> result;
    for (const auto& found : diagnostics.all()) {
        const auto at = source.position(found.span.begin);
        std::string text = std::to_string(at.line) + ":" + std::to_string(at.column) +
                           (found.severity == yaml::Severity::error ? " error: " : " warning: ") +
                           found.message;
        if (!found.label.empty()) text += " | " + found.label;
        if (!found.help.empty()) text += " | " + found.help;
        result.push_back(std::move(text));
    }
    return result;
}

inline std::vector<std::string> faults_of(const std::string& text) {
    const yaml::Source source("queue.yaml", text);
    yaml::Diagnostics diagnostics;
    (void)queue::parse_queue(source, diagnostics);
    return described(source, diagnostics);
}

/// A job in one line: `command k=v k=v`, with `slots=`, `buddy`, `name=` and other
/// options where they are not usual.
inline std::string in_one_line(const model::Job& job) {
    std::string text = job.command;
    for (const auto& [name, value] : job.parameters) {
        text.append(" ").append(name).append("=").append(value);
    }
    if (job.needs.slots != 1) text += " slots=" + std::to_string(job.needs.slots);
    if (job.needs.policy == model::AllocationPolicy::buddy) text += " buddy";
    if (!job.options.name.empty()) text += " name=" + job.options.name;
    if (!job.options.written.empty()) text += " job{" + job.options.written + "}";
    return text;
}

/// All jobs of a text that has no faults.
inline std::vector<std::string> jobs_in(const std::string& text) {
    const yaml::Source source("queue.yaml", text);
    yaml::Diagnostics diagnostics;
    std::vector<std::string> jobs;
    for (const auto& entry : queue::parse_queue(source, diagnostics)) {
        for (std::size_t i = 0; i < queue::job_count(entry); ++i) {
            jobs.push_back(in_one_line(queue::nth_job(entry, i)));
        }
    }
    if (diagnostics.has_errors()) return {"faulty: " + diagnostics.render(source)};
    return jobs;
}

inline queue::QueueText queue_text(const std::string& text) {
    const yaml::Source source("queue.yaml", text);
    yaml::Diagnostics diagnostics;
    queue::Parsed parsed = queue::parse_with_layout(source, diagnostics);
    if (diagnostics.has_errors()) throw std::runtime_error(diagnostics.render(source));
    return {source, std::move(parsed)};
}

/// Takes at most `most` jobs out of `queue`.
inline std::vector<std::string> take(queue::QueueText& queue, std::size_t most = 1) {
    auto removal = queue.without_first_jobs(most);
    if (!removal) throw std::runtime_error(removal.error().text());
    std::vector<std::string> jobs;
    for (const model::Job& job : removal->jobs)
        jobs.push_back(in_one_line(job));
    queue.apply(std::move(removal->edit));
    return jobs;
}

}  // namespace remuda::test
