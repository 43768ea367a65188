// SPDX-License-Identifier: MIT
#include "selftest/verdicts.h"

#include "remuda/base/fd.h"
#include "remuda/history/log_files.h"
#include "remuda/history/query.h"
#include "selftest/plan.h"

#include <algorithm>
#include <optional>

namespace remuda::selftest {

namespace {

using history::AttemptRecord;
using history::JobRecord;
using history::Query;

/// Nothing for one that was refused, or that a later run has gone on with.
std::optional<ToldAttempt> told(const AttemptRecord& attempt, history::RunId run,
                                const std::string& store,
                                const std::vector<std::string>& addresses) {
    if (attempt.is_refused || !attempt.outcome) return std::nullopt;
    ToldAttempt item{.outcome = *attempt.outcome, .host = 0, .key = attempt.key, .output = ""};
    const auto host = std::ranges::find_if(
        addresses, [&](const std::string& address) { return attempt.node.starts_with(address); });
    if (host != addresses.end()) item.host = static_cast<std::size_t>(host - addresses.begin());
    auto log = load_file(history::log_path(store, {run, attempt.attempt}, model::Stream::out));
    if (log) item.output = std::move(*log);
    return item;
}

}  // namespace

Result<std::map<int, Told>> read_verdicts(const std::string& project, const std::string& script,
                                          const std::vector<std::string>& addresses) {
    const std::string store = project + "/.remuda";
    auto query = Query::open(store);
    if (!query) return query.error();
    std::map<int, Told> all;
    history::JobFilter filter;
    filter.with_moved = true;
    const auto read =
        (*query)->each_job(filter, Query::Order::oldest_first, [&](const JobRecord& job) {
            const auto number = job_in(job.text, script);
            if (!number) return true;
            Told& item = all[*number];
            if (job.stage == JobRecord::Stage::ended) ++item.verdicts;
            std::size_t count = job.attempts.size();
            // The last one is told of by the run that goes on with it.
            if (job.stage == JobRecord::Stage::handed_on && count > 0) --count;
            for (std::size_t i = 0; i < count; ++i) {
                if (auto one = told(job.attempts[i], job.run, store, addresses)) {
                    item.attempts.push_back(std::move(*one));
                }
            }
            return true;
        });
    if (!read) return read.error();
    return all;
}

}  // namespace remuda::selftest
