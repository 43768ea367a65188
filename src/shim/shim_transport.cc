// SPDX-License-Identifier: MIT
#include "remuda/shim/shim_transport.h"

#include "remuda/base/check.h"
#include "remuda/shim/programs.h"
#include "remuda/transport/ready_execution.h"
#include "shim/bootstrap.h"
#include "shim/front.h"
#include "shim/shim_job.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace remuda::shim {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// Channels that end one after the other without anything having happened on them.
constexpr int kMostFruitlessRestarts = 1;
// For the shim to take the last frames and close its channel.
constexpr auto kGoodbye = 500ms;

using JobPtr = std::shared_ptr<ShimJob>;

/// A question to the shim, and its answer.
struct Question {
    std::string facts;
    std::vector<Kept> kept;
    std::optional<Error> fault;
    bool is_answered = false;
    loop::Notice answered;
};

class OverShim final : public ShimTransport, public Front::Listener, public ShimJob::Carrier {
  public:
    OverShim(loop::Loop& loop, std::unique_ptr<transport::Transport> inner, model::Host host,
             ShimSettings settings)
        : loop_(loop),
          host_(std::move(host)),
          settings_(std::move(settings)),
          inner_(std::move(inner)),
          scope_(loop) {
        if (settings_.controller.empty()) settings_.controller = random_name();
    }

    Task<Result<void>> open(Stop& stop) override;
    std::unique_ptr<transport::Execution> start(transport::Command command) override;
    [[nodiscard]] std::optional<transport::Keeper> keeper() const override;
    std::unique_ptr<transport::Execution> attach(std::string key, transport::Offsets from,
                                                 const transport::Keeper& sent_to) override;
    void release(std::string key) override;
    Task<Error> failed(Stop& stop) override;
    Task<> close(Time deadline) override;

    [[nodiscard]] bool has_shim() const override { return is_by_shim_; }
    Task<Result<std::string>> facts(Time deadline, Stop& stop) override;
    Task<Result<std::vector<Kept>>> list(std::string prefix, Time deadline, Stop& stop) override;

  private:
    [[nodiscard]] bool is_wanted() const;
    Task<Result<void>> connect(Stop& stop);
    Task<> serve();
    Task<> watch();
    Task<> send();
    void send_now();
    Task<Result<void>> ask(Conversation::Id id, std::shared_ptr<Question> question, Time deadline,
                           Stop& stop);

    void start_job(const JobPtr& job);
    void attach_job(const JobPtr& job);
    // What becomes of each job when the connection is gone.
    void settle(Front& gone, const Error& reason);
    void resume();
    void fail(const Error& reason);
    [[nodiscard]] bool is_durable(const ShimJob& job) const;
    void conclude_attach(ShimJob& job, const Conversation::Attached& attached) const;

    void on_happening(Conversation::Happening happening) override;
    void on_consumed(ShimJob& job, std::size_t bytes) override;
    void on_signal(ShimJob& job, const std::string& name) override;
    void on_written(ShimJob& job, std::string_view bytes) override;
    void on_input_end(ShimJob& job) override;
    [[nodiscard]] std::size_t unsent(const ShimJob& job) const override;

    JobPtr take_job(Conversation::Id id);

    // Set once.
    loop::Loop& loop_;
    const model::Host host_;
    ShimSettings settings_;

    // Loop thread only.
    std::unique_ptr<transport::Transport> inner_;
    bool is_by_shim_ = false;
    // Shared with the task that reads it. Null while there is no connection.
    std::shared_ptr<Front> front_;
    transport::Keeper keeper_;
    std::unordered_map<Conversation::Id, JobPtr> jobs_;
    // While there is no connection: those to be started, and those to be attached to.
    std::vector<JobPtr> unsent_;
    std::vector<JobPtr> detached_;
    // Attempts that are to be ended as soon as there is a connection: nobody has to do with them.
    std::vector<JobPtr> to_end_;
    std::unordered_map<Conversation::Id, std::shared_ptr<Question>> questions_;
    std::vector<std::string> releases_;
    int fruitless_restarts_ = 0;
    std::optional<Error> failure_;
    bool is_closing_ = false;
    loop::Notice outgoing_;
    loop::Notice failed_;
    Stop stop_;
    loop::Scope scope_;
};

// --- Opening, and the connections one after the other.

bool OverShim::is_wanted() const {
    switch (settings_.use) {
        case ShimSettings::Use::never:
            return false;
        case ShimSettings::Use::always:
            return true;
        case ShimSettings::Use::automatic:
            break;
    }
    // Here a process is started as fast without it.
    return settings_.durable || !host_.is_local;
}

Task<Result<void>> OverShim::open(Stop& stop) {
    auto opened = co_await inner_->open(stop);
    if (!opened || !is_wanted()) co_return opened;
    Result<void> connected = Error(Code::system, "this remuda was built without it");
    if (!programs().empty()) connected = co_await connect(stop);
    if (connected) {
        is_by_shim_ = true;
        scope_.spawn(serve());
        scope_.spawn(watch());
        scope_.spawn(send());
        co_return Result<void>();
    }
    const Error& why = connected.error();
    if (why.code() == Code::stopped) co_return why;
    if (settings_.use == ShimSettings::Use::always) co_return why.within("no shim");
    if (settings_.notice) {
        settings_.notice(
            host_.name,
            fmt::format("runs without the shim ({}): each job takes a channel of its own{}",
                        why.text(),
                        settings_.durable ? ", and ends when the connection does" : ""));
    }
    co_return Result<void>();
}

Task<Result<void>> OverShim::connect(Stop& stop) {
    auto front = std::make_shared<Front>(loop_, *inner_, settings_.controller, settings_.dir);
    scope_.spawn(Front::read(front));
    auto greeted = co_await front->greeted(stop);
    if (!greeted) {
        front->give_up();
        co_return greeted.error();
    }
    if (is_closing_) {
        front->leave();
        co_return Error(Code::stopped, "stopped");
    }
    const Greeting& greeting = *front->talk().greeting();
    keeper_ = {greeting.boot, greeting.epoch};
    front->set_listener(this);
    front_ = std::move(front);
    co_return Result<void>();
}

Task<> OverShim::serve() {
    for (;;) {
        const Error reason = co_await front_->ended(stop_);
        if (stop_.is_requested()) co_return;
        const std::shared_ptr<Front> gone = std::exchange(front_, nullptr);
        gone->set_listener(nullptr);
        gone->give_up();
        settle(*gone, reason);
        if (failure_ || fruitless_restarts_ == kMostFruitlessRestarts) {
            fail(reason);
            co_return;
        }
        ++fruitless_restarts_;
        const auto connected = co_await connect(stop_);
        if (stop_.is_requested()) co_return;
        if (!connected) {
            fail(connected.error());
            co_return;
        }
        resume();
    }
}

Task<> OverShim::watch() {
    const Error reason = co_await inner_->failed(stop_);
    if (reason.code() == Code::stopped || failure_) co_return;
    failure_ = reason;
    failed_.notify();
}

Task<> OverShim::send() {
    for (;;) {
        const Wake wake = co_await loop_.wait(outgoing_, kNever, stop_);
        if (wake == Wake::stopped) co_return;
        send_now();
    }
}

void OverShim::send_now() {
    if (!front_) return;
    if (!releases_.empty()) front_->talk().release(std::exchange(releases_, {}));
    front_->send();
}

bool OverShim::is_durable(const ShimJob& job) const {
    return settings_.durable && !job.command.key.empty();
}

void OverShim::settle(Front& gone, const Error& reason) {
    std::vector<JobPtr> jobs;
    jobs.reserve(jobs_.size());
    for (auto& [id, job] : jobs_)
        jobs.push_back(std::move(job));
    jobs_.clear();
    std::ranges::sort(jobs, {}, [](const JobPtr& job) { return job->id; });
    for (const JobPtr& job : jobs) {
        const bool has_input = !gone.talk().is_input_whole(job->id);
        job->id = 0;
        if (!job->is_known_there && !gone.may_have_left(job->run_end)) {
            unsent_.push_back(job);
        } else if (!is_durable(*job)) {
            job->finish(transport::Ended{model::Lost{reason.text()}});
        } else if (has_input) {
            // How much of its input the command got nobody knows.
            job->finish(transport::Ended{
                model::Lost{"the connection ended before its input was sent: " + reason.text()}});
            to_end_.push_back(job);
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
    for (const JobPtr& job : std::exchange(to_end_, {})) {
        const auto id = front_->talk().attach(job->command.key, job->received(), 0);
        front_->talk().cancel(id, "TERM", job->command.grace);
    }
    for (const JobPtr& job : std::exchange(detached_, {}))
        attach_job(job);
    for (const JobPtr& job : std::exchange(unsent_, {}))
        start_job(job);
    outgoing_.notify();
}

void OverShim::fail(const Error& reason) {
    if (!failure_) failure_ = reason;
    // Before the refusals, so that nobody sends these jobs back here.
    failed_.notify();
    for (const JobPtr& job : std::exchange(detached_, {}))
        job->finish(transport::Detached{reason.text()});
    for (const JobPtr& job : std::exchange(unsent_, {}))
        job->finish(transport::Refused{reason.text()});
    to_end_.clear();
}

Task<Error> OverShim::failed(Stop& stop) {
    if (!is_by_shim_) co_return co_await inner_->failed(stop);
    while (!failure_) {
        const Wake wake = co_await loop_.wait(failed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    co_return *failure_;
}

Task<> OverShim::close(Time deadline) {
    is_closing_ = true;
    const Time goodbye = std::min<Time>(deadline, loop_.now() + kGoodbye);
    const std::shared_ptr<Front> last = std::exchange(front_, nullptr);
    if (last) {
        last->set_listener(nullptr);
        if (!releases_.empty()) last->talk().release(std::exchange(releases_, {}));
        last->send();
        settle(*last, Error(Code::stopped, "the connection was closed while it ran"));
    }
    fail(Error(Code::stopped, "the connection was closed"));
    stop_.request();
    if (last) {
        last->leave();
        co_await last->closed(goodbye);
    }
    co_await inner_->close(deadline);
    co_await scope_.join();
}

// --- Jobs.

std::unique_ptr<transport::Execution> OverShim::start(transport::Command command) {
    if (!is_by_shim_) return inner_->start(std::move(command));
    if (failure_) return transport::ready_execution(transport::Refused{failure_->text()});
    auto job = std::make_shared<ShimJob>(loop_, *this, std::move(command));
    if (front_) {
        start_job(job);
    } else {
        unsent_.push_back(job);
    }
    return execution_of(std::move(job));
}

void OverShim::start_job(const JobPtr& job) {
    auto id = front_->talk().run(job->command, is_durable(*job));
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
    if (!is_by_shim_ || !settings_.durable) return std::nullopt;
    return keeper_;
}

std::unique_ptr<transport::Execution> OverShim::attach(std::string key, transport::Offsets from,
                                                       const transport::Keeper& sent_to) {
    if (!is_by_shim_) return Transport::attach(std::move(key), from, sent_to);
    if (failure_) return transport::ready_execution(transport::Detached{failure_->text()});
    transport::Command command;
    command.key = std::move(key);
    auto job = std::make_shared<ShimJob>(loop_, *this, std::move(command));
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
    job->id = talk.attach(job->command.key, job->received(), job->unread_bytes());
    // It stays one to attach to, whatever becomes of this frame.
    job->run_end = 0;
    jobs_.emplace(job->id, job);
    for (const std::string& signal : std::exchange(job->waiting_signals, {}))
        on_signal(*job, signal);
    outgoing_.notify();
}

void OverShim::conclude_attach(ShimJob& job, const Conversation::Attached& attached) const {
    const transport::Keeper& then = *job.sent_to;
    if (then == keeper_ && !job.is_known_there) {
        job.finish(transport::Refused{"it was never started"});
        return;
    }
    std::string why = "the host has no receipt of it any more";
    if (then.boot != keeper_.boot) why = "the host was restarted";
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
            job->is_known_there = true;
            // It is not sent a second time.
            job->command.script = {};
            job->command.environment = {};
            job->command.input = {};
        }
    } else if (auto* ended = std::get_if<Conversation::Ended>(&happening)) {
        fruitless_restarts_ = 0;
        if (const JobPtr job = take_job(ended->id)) job->finish(std::move(ended->end));
    } else if (auto* refused = std::get_if<Conversation::Refused>(&happening)) {
        if (const JobPtr job = take_job(refused->id)) {
            job->finish(transport::Refused{std::move(refused->reason)});
        }
    } else if (auto* attached = std::get_if<Conversation::Attached>(&happening)) {
        if (attached->state != AttachState::unknown) {
            if (ShimJob* job = find(attached->id)) job->is_known_there = true;
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
            std::ranges::move(listed->receipts, std::back_inserter(question->kept));
            question->is_answered = !listed->has_more;
            if (listed->has_more) return;
            question->answered.notify();
            questions_.erase(listed->id);
        }
    }
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
    const JobPtr kept = *at;
    unsent_.erase(at);
    job.finish(transport::Refused{"ended before it was sent"});
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

// --- Questions.

Task<Result<void>> OverShim::ask(Conversation::Id id, std::shared_ptr<Question> question,
                                 Time deadline, Stop& stop) {
    questions_.emplace(id, question);
    outgoing_.notify();
    while (!question->is_answered) {
        const Wake wake = co_await loop_.wait(question->answered, deadline, stop);
        if (wake == Wake::ready) continue;
        questions_.erase(id);
        co_return wake == Wake::timeout ? Error(Code::timed_out, "the shim does not answer")
                                        : Error(Code::stopped, "stopped");
    }
    if (question->fault) co_return *question->fault;
    co_return Result<void>();
}

Task<Result<std::string>> OverShim::facts(Time deadline, Stop& stop) {
    if (!front_) co_return Error(Code::not_found, "the shim does not run there");
    const auto question = std::make_shared<Question>();
    const auto asked = co_await ask(front_->talk().facts(), question, deadline, stop);
    if (!asked) co_return asked.error();
    co_return std::move(question->facts);
}

Task<Result<std::vector<Kept>>> OverShim::list(std::string prefix, Time deadline, Stop& stop) {
    if (!front_) co_return Error(Code::not_found, "the shim does not run there");
    const auto question = std::make_shared<Question>();
    const auto asked = co_await ask(front_->talk().list(prefix), question, deadline, stop);
    if (!asked) co_return asked.error();
    co_return std::move(question->kept);
}

}  // namespace

std::unique_ptr<ShimTransport> make_shim_transport(loop::Loop& loop,
                                                   std::unique_ptr<transport::Transport> inner,
                                                   model::Host host, ShimSettings settings) {
    return std::make_unique<OverShim>(loop, std::move(inner), std::move(host), std::move(settings));
}

std::string cleaning_script(const std::string& dir) {
    return cleaning_script(programs(), dir);
}

}  // namespace remuda::shim
