// SPDX-License-Identifier: MIT
#include "remuda/transport/ready_execution.h"
#include "shim/identity.h"
#include "shim/over_shim.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace remuda::shim {

namespace {
/// Of all receipts that a host lists.
constexpr std::size_t kMostListed = std::size_t{128} << 20;
}  // namespace

std::unique_ptr<transport::Execution> OverShim::start(transport::Command command) {
    if (!is_by_shim_) return inner_->start(std::move(command));
    if (failure_) return transport::ready_execution(transport::Refused{failure_->text()});
    if (has_no_room_) {
        if (command.key.empty()) return inner_->start(std::move(command));
        // It is on record as one that leaves a receipt: it must not run without.
        return transport::ready_execution(transport::Refused{"no receipt can be kept there"});
    }
    auto job = std::make_shared<ShimJob>(loop_, *this, std::move(command));
    if (front_) {
        start_job(job);
    } else {
        unsent_.push_back(job);
    }
    return execution_of(std::move(job));
}

void OverShim::start_job(const JobPtr& job) {
    job->is_durable = settings_.durable && !job->command.key.empty();
    auto id = front_->talk().run(job->command, job->is_durable);
    if (!id) {
        job->finish(transport::Ended{model::NeverStarted{id.error().text()}});
        return;
    }
    job->id = *id;
    job->sent_to = keeper_;
    job->run_end = front_->talk().total_out();
    jobs_.emplace(*id, job);
    outgoing_.notify();
}

std::optional<transport::Keeper> OverShim::keeper() const {
    if (!is_by_shim_ || !settings_.durable || has_no_room_) return std::nullopt;
    return keeper_;
}

std::unique_ptr<transport::Execution> OverShim::attach(std::string key, transport::Offsets from,
                                                       const transport::Keeper& sent_to,
                                                       Duration grace) {
    if (!is_by_shim_) return Transport::attach(std::move(key), from, sent_to, grace);
    if (failure_) return transport::ready_execution(transport::Detached{failure_->text()});
    transport::Command command;
    command.key = std::move(key);
    command.grace = grace;
    auto job = std::make_shared<ShimJob>(loop_, *this, std::move(command));
    job->is_durable = true;
    job->sent_to = sent_to;
    job->is_known_there = from.out > 0 || from.err > 0;
    job->begin_at(from);
    if (front_) {
        attach_job(job);
    } else {
        detached_.push_back(job);
    }
    return execution_of(std::move(job));
}

void OverShim::attach_job(const JobPtr& job) {
    Conversation& talk = front_->talk();
    // Who does not know the epoch only follows: it is not to be made sure that nothing started.
    const auto& sent_to = job->sent_to;
    const bool is_ours = sent_to.has_value() && !sent_to->epoch.empty();
    job->id = talk.attach(job->command.key, job->received(), job->unread_bytes(),
                          is_ours ? giver_of(job->command.key) : "");
    // It stays one to attach to, whatever becomes of this frame.
    job->run_end = 0;
    jobs_.emplace(job->id, job);
    for (const std::string& signal : std::exchange(job->waiting_signals, {}))
        on_signal(*job, signal);
    outgoing_.notify();
}

void OverShim::conclude_attach(ShimJob& job, const Conversation::Attached& attached) const {
    const transport::Keeper then = job.sent_to.value_or(transport::Keeper());
    if (then.epoch.empty()) {
        // Who only follows cannot know whether it was released with its end on record.
        job.finish(transport::Detached{"its own remuda has its end", true});
        return;
    }
    const Kinship kinship = kinship_of(then, keeper_);
    if (kinship.is_other_machine) {
        job.finish(transport::Detached{"another machine answers in the place of its host", true});
        return;
    }
    if (kinship.is_same && !job.is_known_there) {
        job.finish(transport::Refused{"it was never started"});
        return;
    }
    std::string why = "the host has no receipt of it any more";
    if (!kinship.is_same_boot) why = "the host was restarted";
    if (!attached.reason.empty()) why = attached.reason;
    job.finish(transport::Ended{model::Lost{why}});
}

void OverShim::release(std::string key) {
    if (!is_by_shim_ || failure_) return;
    releases_.push_back(std::move(key));
    outgoing_.notify();
}

JobPtr OverShim::take_job(Conversation::Id id) {
    const auto at = jobs_.find(id);
    if (at == jobs_.end()) return nullptr;
    JobPtr job = std::move(at->second);
    jobs_.erase(at);
    return job;
}

void OverShim::on_happening(Conversation::Happening happening) {
    const auto find = [&](Conversation::Id id) -> ShimJob* {
        const auto at = jobs_.find(id);
        return at == jobs_.end() ? nullptr : at->second.get();
    };
    const auto find_question = [&](Conversation::Id id) {
        const auto at = questions_.find(id);
        return at == questions_.end() ? nullptr : at->second;
    };
    if (auto* wrote = std::get_if<Conversation::Wrote>(&happening)) {
        if (ShimJob* job = find(wrote->id)) job->add_output(wrote->stream, wrote->bytes);
    } else if (auto* started = std::get_if<Conversation::Started>(&happening)) {
        if (ShimJob* job = find(started->id)) {
            job->begin();
            // It is not sent a second time.
            job->command.script = {};
            job->command.environment = {};
            job->command.input = {};
        }
    } else if (auto* ended = std::get_if<Conversation::Ended>(&happening)) {
        fruitless_restarts_ = 0;
        if (const JobPtr job = take_job(ended->id)) job->finish(std::move(ended->end));
    } else if (auto* refused = std::get_if<Conversation::Refused>(&happening)) {
        on_refused(std::move(*refused));
    } else if (auto* attached = std::get_if<Conversation::Attached>(&happening)) {
        if (attached->state != AttachState::unknown) {
            if (ShimJob* job = find(attached->id)) job->begin();
        } else if (const JobPtr job = take_job(attached->id)) {
            conclude_attach(*job, *attached);
        }
    } else if (auto* told = std::get_if<Conversation::Told>(&happening)) {
        if (const auto question = find_question(told->id)) {
            question->facts = std::move(told->facts);
            question->is_answered = true;
            question->answered.notify();
            questions_.erase(told->id);
        }
    } else if (auto* listed = std::get_if<Conversation::Listed>(&happening)) {
        if (const auto question = find_question(listed->id)) {
            question->kept_size += listed->size;
            const bool is_too_much = question->kept_size > kMostListed;
            if (is_too_much) {
                question->fault = Error(
                    Code::protocol,
                    fmt::format("the host lists more than {} MiB of receipts", kMostListed >> 20));
            } else {
                std::ranges::move(listed->receipts, std::back_inserter(question->kept));
            }
            question->is_answered = is_too_much || !listed->has_more;
            if (!question->is_answered) return;
            question->answered.notify();
            questions_.erase(listed->id);
        }
    }
}

void OverShim::on_refused(Conversation::Refused refused) {
    const JobPtr job = take_job(refused.id);
    if (!job) return;
    if (refused.has_no_room && settings_.use != ShimSettings::Use::always && !has_no_room_) {
        has_no_room_ = true;
        if (settings_.notice) {
            settings_.notice(host_.name,
                             fmt::format("no job can outlive its connection there any more ({}): "
                                         "each takes a channel of its own",
                                         refused.reason));
        }
    }
    job->finish(transport::Refused{std::move(refused.reason)});
}

void OverShim::on_consumed(ShimJob& job, std::size_t bytes) {
    if (!front_ || job.id == 0) return;
    front_->talk().consumed(job.id, bytes);
    if (front_->talk().has_outgoing()) outgoing_.notify();
}

void OverShim::on_signal(ShimJob& job, const std::string& name) {
    if (front_ && job.id != 0) {
        const bool is_last = name == "KILL";
        front_->talk().cancel(job.id, name,
                              is_last ? std::nullopt : std::optional(job.command.grace));
        outgoing_.notify();
        return;
    }
    const auto at = std::ranges::find(unsent_, &job, &JobPtr::get);
    if (at == unsent_.end()) {
        job.waiting_signals.push_back(name);
        return;
    }
    const JobPtr found = std::move(*at);
    unsent_.erase(at);
    found->finish(transport::Refused{"ended before it was sent"});
}

void OverShim::on_written(ShimJob& job, std::string_view bytes) {
    // As long as it may have to be sent once more, all of it is kept.
    if (!job.is_known_there) job.command.input += bytes;
    if (!front_ || job.id == 0) return;
    front_->talk().write(job.id, bytes);
    outgoing_.notify();
}

void OverShim::on_input_end(ShimJob& job) {
    job.command.input_follows = false;
    if (!front_ || job.id == 0) return;
    front_->talk().end_input(job.id);
    outgoing_.notify();
}

std::size_t OverShim::unsent(const ShimJob& job) const {
    if (!front_ || job.id == 0) return job.command.input.size();
    return front_->talk().unsent(job.id);
}

void OverShim::settle(Front& gone, const Error& reason) {
    std::vector<JobPtr> jobs;
    jobs.reserve(jobs_.size());
    for (auto& [id, job] : jobs_)
        jobs.push_back(std::move(job));
    jobs_.clear();
    std::ranges::sort(jobs, {}, [](const JobPtr& job) { return job->id; });
    for (const JobPtr& job : jobs) {
        job->id = 0;
        const bool is_run = job->run_end != 0 && !job->is_known_there;
        if (is_run && !gone.may_have_left(job->run_end)) {
            unsent_.push_back(job);
        } else if (!job->is_durable) {
            job->finish(transport::Ended{model::Lost{reason.text()}});
        } else {
            detached_.push_back(job);
        }
    }
    for (const auto& [id, question] : questions_) {
        question->fault = reason;
        question->is_answered = true;
        question->answered.notify();
    }
    questions_.clear();
}

void OverShim::resume() {
    for (const JobPtr& job : std::exchange(detached_, {}))
        attach_job(job);
    for (const JobPtr& job : std::exchange(unsent_, {}))
        start_job(job);
    outgoing_.notify();
}

}  // namespace remuda::shim
