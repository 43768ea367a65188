// SPDX-License-Identifier: MIT
#include "run/job_text.h"

#include "remuda/queue/queue.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <vector>

namespace remuda::run {

std::optional<model::Job> job_of_text(const std::string& text, const std::string& name) {
    yaml::Diagnostics diagnostics;
    const yaml::Source source(name, text);
    const std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    if (diagnostics.has_errors() || entries.size() != 1) return std::nullopt;
    const queue::Entry& entry = entries.front();
    if (queue::job_count(entry) != 1) return std::nullopt;
    model::Job job;
    job.command = entry.commands.front().text;
    for (const queue::Entry::Parameter& parameter : entry.parameters)
        job.parameters.emplace_back(parameter.name, parameter.values.front().text);
    job.needs = entry.needs;
    job.options = entry.options;
    job.place.file = name;
    return job;
}

}  // namespace remuda::run
