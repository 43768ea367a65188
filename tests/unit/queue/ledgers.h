// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/queue/queue.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace remuda::test {

/// A ledger in memory, which can be told to fail or to call back.
class FakeLedger final : public queue::Ledger {
  public:
    Result<void> claim(const std::vector<model::Job>& jobs, const std::vector<std::string>& texts,
                       const std::string& mark) override {
        if (before_claim) before_claim();
        if (fails) return Error(Code::system, "the ledger is full");
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            claims[jobs[i].id.value] = {texts[i], mark, false};
            ++taken[texts[i]];
        }
        if (after_claim) after_claim();
        return {};
    }
    void withdraw(model::JobId job) override {
        --taken[claims[job.value].text];
        claims.erase(job.value);
        ++withdrawn;
    }
    Result<std::size_t> times_taken(const std::string& text) override {
        ++questions;
        return taken[text];
    }
    void skipped_repeat(const std::string& text) override {
        --taken[text];
        ++skipped;
    }

    /// What a process that was killed now would leave.
    [[nodiscard]] std::vector<queue::LeftClaim> left() const {
        std::vector<queue::LeftClaim> all;
        for (const auto& [id, claim] : claims) {
            all.push_back(claim);
        }
        return all;
    }

    std::map<std::uint64_t, queue::LeftClaim> claims;
    std::map<std::string, std::size_t> taken;
    std::size_t withdrawn = 0;
    std::size_t skipped = 0;
    std::size_t questions = 0;
    bool fails = false;
    std::function<void()> before_claim;
    std::function<void()> after_claim;
};

}  // namespace remuda::test
