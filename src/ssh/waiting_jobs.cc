// SPDX-License-Identifier: MIT
#include "ssh/waiting_jobs.h"

#include <utility>

namespace remuda::ssh {

void WaitingJobs::add_last(const JobPtr& job) {
    listen_to(job);
    jobs_.push_back(job);
}

void WaitingJobs::add_first(const JobPtr& job) {
    listen_to(job);
    jobs_.push_front(job);
}

WaitingJobs::JobPtr WaitingJobs::take_next() {
    JobPtr job = std::move(jobs_.front());
    jobs_.pop_front();
    job->on_poke = nullptr;
    return job;
}

void WaitingJobs::refuse_all(const std::string& reason) {
    for (const JobPtr& job : std::exchange(jobs_, {})) {
        job->on_poke = nullptr;
        job->finish(transport::Refused{reason});
    }
}

// While it waits, what it wants is to be let go of.
void WaitingJobs::listen_to(const JobPtr& job) {
    const std::weak_ptr<RemoteJob> waiting = job;
    job->on_poke = [this, waiting] {
        if (const auto poked = waiting.lock()) withdraw(poked);
    };
}

void WaitingJobs::withdraw(const JobPtr& job) {
    if (job->wanted_signal() == nullptr || std::erase(jobs_, job) == 0) return;
    job->on_poke = nullptr;
    job->finish(transport::Refused{"ended before it was sent"});
}

}  // namespace remuda::ssh
