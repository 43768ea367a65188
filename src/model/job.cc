// SPDX-License-Identifier: MIT
#include "remuda/model/job.h"

#include <algorithm>

namespace remuda::model {

namespace {

template <class T>
void fill(std::optional<T>& own, const std::optional<T>& other) {
    if (!own) own = other;
}

}  // namespace

JobOptions with_defaults(JobOptions own, const JobOptions& defaults) {
    if (own.name.empty()) own.name = defaults.name;
    fill(own.timeout, defaults.timeout);
    fill(own.grace, defaults.grace);
    fill(own.retries, defaults.retries);
    fill(own.retry_delay, defaults.retry_delay);
    fill(own.retry_on, defaults.retry_on);
    own.environment.insert(own.environment.begin(), defaults.environment.begin(),
                           defaults.environment.end());
    if (own.directory.empty()) own.directory = defaults.directory;
    if (!own.input && own.input_file.empty()) {
        own.input = defaults.input;
        own.input_file = defaults.input_file;
    }
    fill(own.is_root, defaults.is_root);
    fill(own.nice, defaults.nice);
    fill(own.output_limit, defaults.output_limit);
    return own;
}

Retry retry_of(const JobOptions& own, const JobOptions& defaults) {
    Retry retry;
    retry.most = own.retries.value_or(defaults.retries.value_or(retry.most));
    retry.delay = own.retry_delay.value_or(defaults.retry_delay.value_or(retry.delay));
    retry.longest_delay = std::max(retry.delay, retry.longest_delay);
    if (own.retry_on) {
        retry.on = *own.retry_on;
    } else if (defaults.retry_on) {
        retry.on = *defaults.retry_on;
    }
    return retry;
}

}  // namespace remuda::model
