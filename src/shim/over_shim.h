// SPDX-License-Identifier: MIT
//
// OverShim: the transport that make_shim_transport makes. Its jobs are in over_shim_jobs.cc, its
// connections, one after the other, in over_shim.cc.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/shim/shim_transport.h"
#include "shim/conversation.h"
#include "shim/front.h"
#include "shim/shim_job.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace remuda::shim {

using JobPtr = std::shared_ptr<ShimJob>;

/// A question to the shim, and its answer.
struct Question {
    std::string facts;
    std::vector<Kept> kept;
    std::size_t kept_size = 0;
    std::optional<Error> fault;
    bool is_answered = false;
    loop::Notice answered;
};

class OverShim final : public ShimTransport, public Front::Listener, public ShimJob::Carrier {
  public:
    OverShim(loop::Loop& loop, std::unique_ptr<transport::Transport> inner, model::Host host,
             ShimSettings settings);

    loop::Task<Result<void>> open(loop::Stop& stop) override;
    std::unique_ptr<transport::Execution> start(transport::Command command) override;
    [[nodiscard]] std::optional<transport::Keeper> keeper() const override;
    std::unique_ptr<transport::Execution> attach(std::string key, transport::Offsets from,
                                                 const transport::Keeper& sent_to,
                                                 Duration grace) override;
    void release(std::string key) override;
    loop::Task<Error> failed(loop::Stop& stop) override;
    loop::Task<> close(Time deadline) override;

    [[nodiscard]] bool has_shim() const override { return is_by_shim_; }
    loop::Task<Result<std::string>> facts(Time deadline, loop::Stop& stop) override;
    loop::Task<Result<std::vector<Kept>>> list(std::string prefix, Time deadline,
                                               loop::Stop& stop) override;

  private:
    [[nodiscard]] bool is_wanted() const;
    loop::Task<Result<void>> connect(loop::Stop& stop);
    loop::Task<> serve();
    loop::Task<> watch();
    loop::Task<> sweep();
    loop::Task<> send();
    void send_now();
    loop::Task<Result<void>> ask(Conversation::Id id, std::shared_ptr<Question> question,
                                 Time deadline, loop::Stop& stop);

    void start_job(const JobPtr& job);
    void attach_job(const JobPtr& job);
    /// The controller that gave the key; empty: we are.
    [[nodiscard]] std::string giver_of(std::string_view key) const;
    // What becomes of each job when the connection is gone.
    void settle(Front& gone, const Error& reason);
    void resume();
    void fail(const Error& reason);
    void conclude_attach(ShimJob& job, const Conversation::Attached& attached) const;

    void on_refused(Conversation::Refused refused);

    void on_happening(Conversation::Happening happening) override;
    void on_outgoing() override { outgoing_.notify(); }
    void on_consumed(ShimJob& job, std::size_t bytes) override;
    void on_signal(ShimJob& job, const std::string& name) override;
    void on_written(ShimJob& job, std::string_view bytes) override;
    void on_input_end(ShimJob& job) override;
    [[nodiscard]] std::size_t unsent(const ShimJob& job) const override;

    JobPtr take_job(Conversation::Id id);

    // Set once.
    loop::Loop& loop_;
    const model::Host host_;
    const ShimSettings settings_;
    const std::string controller_;

    // Loop thread only.
    std::unique_ptr<transport::Transport> inner_;
    bool is_by_shim_ = false;
    // The disk there takes no receipts: what is to come goes without the shim.
    bool has_no_room_ = false;
    // Shared with the task that reads it. Null while there is no connection.
    std::shared_ptr<Front> front_;
    transport::Keeper keeper_;
    std::unordered_map<Conversation::Id, JobPtr> jobs_;
    // While there is no connection: those to be started, and those to be attached to.
    std::vector<JobPtr> unsent_;
    std::vector<JobPtr> detached_;
    std::unordered_map<Conversation::Id, std::shared_ptr<Question>> questions_;
    std::vector<std::string> releases_;
    int fruitless_restarts_ = 0;
    std::optional<Error> failure_;
    bool is_closing_ = false;
    loop::Notice outgoing_;
    loop::Notice failed_;
    loop::Stop stop_;
    loop::Scope scope_;
};

}  // namespace remuda::shim
