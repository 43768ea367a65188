// SPDX-License-Identifier: MIT
#include "remuda/run/journal.h"

#include "remuda/base/check.h"
#include "run/job_text.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace remuda::run {

namespace {

template <class T>
Result<T> for_queue(Result<T> result) {
    if (result || result.error().code() != Code::busy) return result;
    return Error(Code::timed_out, result.error().text());
}

}  // namespace

Result<history::RunId> Journal::begin(const history::RunInfo& info) {
    auto begun = store_.begin_run(info);
    if (!begun) return begun;
    run_ = *begun;
    is_broadcast_ = info.mode == "broadcast";
    // In queue mode it is enough to know the nodes that get a job.
    if (is_broadcast_) {
        for (const model::Node& node : fleet_.nodes)
            store_.node_of_run(node.label);
    }
    return begun;
}

bool Journal::can_adopt(const history::LeftJob& job) const {
    if (!job.goes_on() && !job.is_owed_a_try()) return false;
    return job_of_text(job.text, "") && std::ranges::any_of(fleet_.nodes, [&](const auto& node) {
               return node.label == job.node();
           });
}

bool Journal::is_to_be_kept(const history::LeftJob& job) const {
    return can_adopt(job) || (job.goes_on() && job_of_text(job.text, ""));
}

Result<std::vector<model::JobResumed>> Journal::adopt(const std::string& queue_path) {
    const auto left = store_.left_behind(queue_path);
    if (!left) return left.error();
    std::unordered_map<std::string, model::NodeId> nodes;
    for (const model::Node& node : fleet_.nodes)
        nodes.emplace(node.label, node.id);

    std::vector<model::JobResumed> adopted;
    for (const history::LeftJob& job : *left) {
        const bool runs = job.goes_on();
        if (!runs && !job.is_owed_a_try()) continue;
        const auto node = nodes.find(job.node());
        auto parsed = job_of_text(job.text, "");
        if (node == nodes.end() || !parsed) continue;
        parsed->id = {adopted.size() + 1};
        const model::AttemptId number{adopted.size() + 1};
        model::JobResumed& resumed = adopted.emplace_back();
        resumed.node = node->second;
        resumed.number = job.tries;
        resumed.is_cancelled = job.is_unwanted;
        store_.claimed(parsed->id, job.text, job.mark, job.key);
        model::AttemptId earlier;
        if (runs) {
            const history::OpenAttempt& open = job.open.front();
            const std::int64_t ran_ms = store_.now_ms() - open.started_ms;
            resumed.ran = std::chrono::milliseconds(std::max<std::int64_t>(ran_ms, 0));
            earlier = open.attempt;
            resumed.slots = open.slots;
            resumed.command = open.command;
            if (open.durable) resumed.durable = *open.durable;
            if (job.ended) resumed.before = job.ended->outcome;
            store_.started(number, parsed->id, open.node, open.command, open.slots, open.durable);
        } else {
            earlier = job.last_end().attempt;
            resumed.command = job.last_end().command;
            resumed.durable.key = job.last_end().key;
            resumed.ended = job.last_end().outcome;
        }
        store_.settle(job, history::Store::Verdict::handed_on);
        history::LogFiles::Lengths kept;
        if (logs_ != nullptr) kept = logs_->take_over({job.run, earlier}, {run_, number});
        resumed.out = kept.out;
        resumed.err = kept.err;
        resumed.job = std::move(*parsed);
    }
    if (adopted.empty()) return adopted;
    if (auto done = store_.commit(history::Safety::machine); !done) return done.error();
    return adopted;
}

void Journal::read(const model::Event& event) {
    note_limit(event);
    if (const auto* output = std::get_if<model::OutputArrived>(&event)) {
        if (logs_ != nullptr) logs_->append({run_, output->attempt}, output->stream, output->bytes);
    } else if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
        // What was adopted is on record already.
        if (!started->is_resumed) {
            store_.started(started->attempt, started->job, fleet_.nodes[started->node.value].label,
                           started->command, started->slots, started->durable);
        }
        attempts_.emplace(started->attempt, started->job);
        ++jobs_[started->job].running;
        const auto limit = limits_.find(started->job);
        if (logs_ != nullptr && limit != limits_.end()) {
            logs_->set_limit({run_, started->attempt}, limit->second);
        }
    } else if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
        history::EndFacts facts = end_output(ended->attempt);
        facts.usage = ended->usage;
        // It was written, though nobody has it.
        if (facts.out_length) *facts.out_length += ended->cut.out;
        if (facts.err_length) *facts.err_length += ended->cut.err;
        store_.ended(ended->attempt, ended->outcome, facts);
        attempt_over(ended->attempt, !ended->next_try);
    } else if (const auto* dropped = std::get_if<model::RetryDropped>(&event)) {
        jobs_[dropped->job].has_ended = true;
        if (!is_broadcast_) finish(dropped->job);
    } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
        (void)end_output(refused->attempt);
        store_.refused(refused->attempt);
        attempt_over(refused->attempt, false);
    } else if (const auto* gone_on = std::get_if<model::AttemptLeft>(&event)) {
        // It stays open, for the next run to adopt.
        (void)end_output(gone_on->attempt);
        attempt_over(gone_on->attempt, false);
    } else if (std::holds_alternative<model::JobTaken>(event) ||
               std::holds_alternative<model::QueueEmpty>(event)) {
        finish_ended();
    } else if (const auto* too_big = std::get_if<model::JobTooBig>(&event)) {
        finish_ended();
        store_.rejected(too_big->job.id, too_big->reason);
    } else if (const auto* added = std::get_if<model::NodeAdded>(&event)) {
        if (is_broadcast_) store_.node_of_run(fleet_.nodes[added->node.value].label);
    } else if (const auto* retired = std::get_if<model::NodeRetired>(&event)) {
        if (is_broadcast_) store_.node_left(fleet_.nodes[retired->node.value].label);
    } else if (std::holds_alternative<model::RunEnded>(event)) {
        finish_ended();
        is_over_ = true;
        // The store keeps what it could not write; `commit` tells.
        (void)end_run();
    }
}

Result<std::vector<queue::LeftClaim>> Journal::left_behind() {
    if (left_ == nullptr) return std::vector<queue::LeftClaim>();
    return for_queue(left_->claims());
}

Result<void> Journal::settle_left_behind() {
    return left_ != nullptr ? for_queue(left_->settle()) : Result<void>();
}

Result<void> Journal::commit() {
    return is_over_ ? end_run() : store_.commit(history::Safety::process);
}

Result<void> Journal::claim(const std::vector<model::Job>& jobs,
                            const std::vector<std::string>& texts, const std::string& mark) {
    REMUDA_CHECK(jobs.size() == texts.size());
    for (std::size_t index = 0; index < jobs.size(); ++index)
        store_.claimed(jobs[index].id, texts[index], mark);
    return commit_claims();
}

Result<void> Journal::claim_again(model::JobId job, const std::string& text,
                                  history::JobKey original) {
    store_.claimed(job, text, "", original);
    return commit_claims();
}

Result<void> Journal::commit_claims() {
    auto done = for_queue(store_.commit(history::Safety::machine));
    if (!done) store_.forget_claims();
    return done;
}

void Journal::withdraw(model::JobId job) {
    // It may have been given to a node that refused it.
    jobs_.erase(job);
    limits_.erase(job);
    store_.withdrawn(job);
    // At once: if we are killed before it is written, it looks as if the job were to be put back.
    (void)store_.commit(history::Safety::process);
}

Result<std::size_t> Journal::times_taken(const std::string& text) {
    return for_queue(store_.times_taken(text));
}

void Journal::skipped_repeat(const std::string& text) {
    store_.skipped_repeat(text);
}

void Journal::attempt_over(model::AttemptId attempt, bool has_ended) {
    const auto found = attempts_.find(attempt);
    REMUDA_CHECK(found != attempts_.end());
    const model::JobId id = found->second;
    attempts_.erase(found);
    OpenJob& job = jobs_[id];
    --job.running;
    job.has_ended = job.has_ended || has_ended;
    if (!is_broadcast_ && has_ended) finish(id);
}

void Journal::finish(model::JobId job) {
    store_.finished(job);
    jobs_.erase(job);
    limits_.erase(job);
}

void Journal::finish_ended() {
    if (!is_broadcast_) return;
    std::erase_if(jobs_, [this](const auto& entry) {
        const auto& [id, job] = entry;
        if (job.running > 0 || !job.has_ended) return false;
        store_.finished(id);
        limits_.erase(id);
        return true;
    });
}

void Journal::note_limit(const model::Event& event) {
    const model::Job* job = nullptr;
    if (const auto* taken = std::get_if<model::JobTaken>(&event)) job = &taken->job;
    if (const auto* resumed = std::get_if<model::JobResumed>(&event)) job = &resumed->job;
    if (job != nullptr && job->options.output_limit) limits_[job->id] = *job->options.output_limit;
}

history::EndFacts Journal::end_output(model::AttemptId attempt) {
    history::EndFacts facts;
    if (logs_ == nullptr) return facts;
    const history::LogFiles::Lengths lengths = logs_->end({run_, attempt});
    facts.out_length = lengths.out;
    facts.err_length = lengths.err;
    return facts;
}

Result<void> Journal::end_run() {
    if (is_end_written_) return {};
    auto ended = store_.end_run();
    is_end_written_ = ended.has_value();
    return ended;
}

}  // namespace remuda::run
