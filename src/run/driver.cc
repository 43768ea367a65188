// SPDX-License-Identifier: MIT
#include "remuda/run/driver.h"

#include "remuda/base/check.h"
#include "remuda/run/plan.h"
#include "run/attempts.h"
#include "run/crew.h"
#include "run/hosts.h"
#include "run/receipts.h"
#include "run/renderer.h"
#include "run/root_command.h"
#include "run/settling.h"
#include "run/store_wait.h"
#include "run/taker.h"
#include "run/timers.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>

namespace remuda::run {

using model::Event;

namespace {

constexpr Duration kClosingTime = std::chrono::seconds(2);
constexpr Duration kTickPeriod = std::chrono::milliseconds(100);

engine::Settings engine_settings(const model::Fleet& fleet, const RunSettings& settings) {
    engine::Settings made;
    made.mode = settings.mode;
    made.stop_on_failure = settings.stop_on_failure;
    made.is_endless = settings.is_daemon;
    made.halt = settings.halt;
    made.defaults = settings.defaults;
    made.seed = settings.seed;
    made.rests_hosts = !settings.only_follows;
    made.nodes.reserve(fleet.nodes.size());
    for (const model::Node& node : fleet.nodes) {
        made.nodes.push_back({node.id, node.host, node.slots});
    }
    return made;
}

// In a broadcast a node that missed a job is not to get those behind it: --resume has it catch up
// in order. A daemon's broadcast has no end at which that could be done.
bool tries_again(const RunSettings& settings) {
    return settings.is_daemon || settings.mode == engine::Settings::Mode::queue;
}

std::string why_never(const model::Fleet& fleet, const Hosts& hosts, const model::Needs& needs) {
    int largest = 0;
    for (const model::Node& node : fleet.nodes) {
        if (!hosts.is_retired(node.id)) largest = std::max(largest, node.slots);
    }
    if (auto why = why_too_big(needs, largest)) return std::move(*why);
    return fmt::format("it needs {} slots, and no node with so many is left", needs.slots);
}

}  // namespace

struct Driver::Impl {
    Impl(RunParts run_parts, const RunSettings& run_settings)
        : parts(std::move(run_parts)),
          settings(run_settings),
          engine(engine_settings(parts.fleet, settings)),
          renderer(settings.lenient_templates ? templating::Unknown::is_empty
                                              : templating::Unknown::is_fault),
          hosts({parts.loop, parts.fleet, emitter(), failer(), parts.make_transport,
                 parts.make_transport && tries_again(settings), parts.log},
                std::move(parts.transports)),
          receipts(hosts, settings.key_prefix, settings.releases),
          attempts({parts.loop, hosts, settings.grace, settings.lost_after, emitter(), failer(),
                    parts.log}),
          timers(parts.loop, emitter()),
          taker({parts.loop, parts.jobs, engine, emitter(), failer(),
                 [this](const std::string& text) { note(text); },
                 [this](const model::Needs& needs) { return why_never(parts.fleet, hosts, needs); },
                 store_voice, settings.is_daemon, parts.watched_file, parts.log}),
          settling({parts.loop, parts.recorder, parts.readers, receipts, attempts, timers, taker,
                    crew, emitter(), [this](const std::string& text) { note(text); }, store_voice,
                    [this] { return settings.is_daemon && !is_stopping; },
                    [this] { return is_finished; }, [this] { return failure != nullptr; }, stop,
                    leave}),
          crew(parts.loop, failer()) {}

    // What happened. Events are worked off one after the other, also those that the work itself
    // brings.
    void emit(Event event) {
        if (failure) return;
        events.push_back(std::move(event));
        if (is_working) return;
        is_working = true;
        try {
            while (!events.empty()) {
                Event next = std::move(events.front());
                events.pop_front();
                if (auto* ended = std::get_if<model::AttemptEnded>(&next)) {
                    ended->next_try = engine.next_try(*ended);
                }
                if (parts.recorder != nullptr) parts.recorder->read(next);
                hosts.read(next);
                receipts.read(next);
                tell(next);
                for (const model::Action& action : engine.on(next))
                    perform(action);
            }
        } catch (...) {
            fail(std::current_exception());
        }
        is_working = false;
        taker.look_at_room();
        settling.soon();
    }
    [[nodiscard]] Emit emitter() {
        return [this](Event event) { emit(std::move(event)); };
    }

    /// A bug of ours, or of a reader: the run closes what is open and then throws it.
    void fail(const std::exception_ptr& why) {
        if (!failure) failure = why;
        events.clear();
        finish();
    }
    [[nodiscard]] Crew::Fail failer() {
        return [this](const std::exception_ptr& why) { fail(why); };
    }

    void finish() {
        is_finished = true;
        finished.notify();
    }

    void begin() {
        const std::vector<model::Action> actions = engine.begin();
        for (const model::Action& action : actions)
            perform(action);
        for (model::JobResumed& job : std::exchange(parts.resumed, {})) {
            resumed.emplace(job.job.id, job);
            emit(std::move(job));
        }
    }

    void tell(const Event& event) {
        const Time now = parts.loop.now();
        for (output::Reader* reader : parts.readers)
            reader->read(event, now);
    }

    void note(const std::string& text) {
        for (output::Reader* reader : parts.readers)
            reader->note(text);
        settling.soon();
    }

    /// A note that does not wait behind what is not on record yet.
    void warn(const std::string& text) {
        for (output::Reader* reader : parts.readers)
            reader->warn(text);
    }

    /// False: it was sent already.
    bool unsend(model::AttemptId attempt, const model::Outcome& outcome);
    static model::Outcome stopped_first() {
        return model::NeverStarted{"the run was stopped first"};
    }

    // What is to be done.
    void perform(const model::Action& action) {
        std::visit([this](const auto& wanted) { perform_one(wanted); }, action);
    }
    void perform_one(const model::TakeJob&) { taker.take(); }
    void perform_one(const model::StartAttempt& start);
    void perform_one(const model::AttachAttempt& attach);
    void perform_one(const model::EndAttempt& end) {
        // Who leaves at once leaves running what outlives the connection.
        if (leave.is_requested() && receipts.outlives(end.attempt)) return;
        const bool is_cancelled = end.reason == model::EndReason::cancelled;
        const model::Outcome unsent = is_cancelled ? model::Cancelled{} : stopped_first();
        if (!unsend(end.attempt, unsent)) attempts.end(end.attempt, end.reason);
    }
    void perform_one(const model::SkipAttempt& skip) {
        record_unstarted(skip.attempt, skip.job, skip.node, {}, skip.reason);
    }
    void perform_one(const model::Wait& wait);
    void perform_one(const model::EndWait& end) { timers.end(end.token); }
    void perform_one(const model::Tell& tell) {
        std::visit([this](const auto& event) { emit(event); }, tell.event);
    }
    void perform_one(const model::PutBack& back) { taker.put_back(back.job); }
    void perform_one(const model::Finish&) { finish(); }

    void record_unstarted(model::AttemptId id, const model::Job& job, model::NodeId node,
                          const std::vector<int>& slots, const std::string& reason) {
        emit(model::AttemptStarted{id, job.id, node, slots, job.command});
        emit(model::AttemptEnded{id, model::NeverStarted{reason}});
    }

    loop::Task<> tick();
    loop::Task<> run();

    RunParts parts;
    RunSettings settings;

    engine::Engine engine;
    Renderer renderer;
    Hosts hosts;
    Receipts receipts;
    Attempts attempts;
    Timers timers;
    StoreWait::Voice store_voice{[this](const std::string& text) { warn(text); }};
    Taker taker;
    /// Ends what only serves the run: watching the queue, ticking.
    loop::Stop stop;
    /// Requested by a stop of grade 3.
    loop::Stop leave;
    Settling settling;

    /// Those of earlier runs that the engine has not yet asked to go on with.
    std::unordered_map<model::JobId, model::JobResumed> resumed;
    /// The user wants to stop.
    bool is_stopping = false;

    std::deque<Event> events;
    bool is_working = false;
    bool is_finished = false;
    loop::Notice finished;
    std::exception_ptr failure;
    Crew crew;
};

void Driver::Impl::perform_one(const model::StartAttempt& start) {
    const model::Node& node = parts.fleet.nodes[start.node.value];
    if (settings.only_follows) {
        record_unstarted(start.attempt, start.job, start.node, start.slots,
                         "its host refused to go on with it");
        return;
    }
    const model::JobOptions options = model::with_defaults(start.job.options, settings.defaults);
    auto rendered = renderer.render_all(start.job, options, node, start.slots);
    if (const auto* fault = std::get_if<RenderFault>(&rendered)) {
        record_unstarted(start.attempt, start.job, start.node, start.slots, fault->reason);
        return;
    }
    auto& [text, command] = std::get<Rendered>(rendered);
    if (options.is_root.value_or(false)) run_as_root(command, settings.sudo_password.get());
    command.time_limit = options.timeout;
    command.grace = options.grace.value_or(settings.grace);
    std::optional<model::Durable> durable = receipts.name(start.attempt, node.host);
    if (durable && parts.label_of) {
        command.label = parts.label_of(start.job, start.node, text);
    }
    emit(model::AttemptStarted{start.attempt, start.job.id, start.node, start.slots,
                               std::move(text), durable, false, start.number});
    settling.send({start.attempt, node.host, std::move(command), std::move(durable)});
}

void Driver::Impl::perform_one(const model::AttachAttempt& attach) {
    const auto found = resumed.extract(attach.job.id);
    REMUDA_CHECK(!found.empty());
    const model::JobResumed& job = found.mapped();
    const model::HostId host = parts.fleet.nodes[attach.node.value].host;
    if (!job.durable.key.empty()) receipts.adopt(attach.attempt, host, job.durable.key);
    if (job.ended) {
        emit(model::AttemptStarted{attach.attempt,
                                   attach.job.id,
                                   attach.node,
                                   {},
                                   job.command,
                                   std::nullopt,
                                   false,
                                   job.number});
        emit(model::AttemptEnded{attach.attempt, *job.ended});
        return;
    }
    emit(model::AttemptStarted{attach.attempt, attach.job.id, attach.node, attach.slots,
                               job.command, job.durable, true, job.number, job.ran});
    attempts.resume(attach.attempt, host, job);
}

void Driver::Impl::perform_one(const model::Wait& wait) {
    if (!wait.from) {
        timers.start(wait.token, wait.duration);
        return;
    }
    // Without it the attempt has ended already.
    settling.limit(*wait.from, wait);
}

bool Driver::Impl::unsend(model::AttemptId attempt, const model::Outcome& outcome) {
    if (!settling.unsend(attempt)) return false;
    emit(model::AttemptEnded{attempt, outcome});
    return true;
}

loop::Task<> Driver::Impl::tick() {
    for (;;) {
        const loop::Wake wake =
            co_await parts.loop.sleep_until(parts.loop.now() + kTickPeriod, stop);
        if (wake == loop::Wake::stopped) co_return;
        // It would be kept behind what waits for the store.
        if (settling.waits_for_store()) continue;
        for (output::Reader* reader : parts.readers)
            reader->tick(parts.loop.now());
    }
}

loop::Task<> Driver::Impl::run() {
    hosts.open_all();
    crew.spawn(taker.watch(stop));
    crew.spawn(timers.run(stop));
    if (settings.ticks) crew.spawn(tick());

    begin();
    loop::Stop never;
    while (!is_finished)
        co_await parts.loop.wait(finished, kNever, never);

    stop.request();
    hosts.stop();
    // A few turns, so that ends that are known already are heard of before the rest is given up: a
    // command that was never sent is not lost.
    for (int turns = 0; turns < 4; ++turns)
        co_await parts.loop.yield();
    while (const auto attempt = settling.first_unsent())
        unsend(*attempt, stopped_first());
    settling.settle();
    attempts.abandon();
    co_await taker.finish(leave);
    co_await crew.join();
    co_await hosts.join();
    co_await hosts.close(parts.loop.now() + kClosingTime);
    co_await attempts.join();
    emit(model::RunEnded{});
    co_await crew.join();
    if (failure) std::rethrow_exception(failure);
}

Driver::Driver(RunParts parts, const RunSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(parts), settings)) {}

Driver::~Driver() = default;

loop::Task<> Driver::run() {
    co_await impl_->run();
}

void Driver::stop(int grade) {
    if (grade >= 3) impl_->leave.request();
    if (grade < 3 && impl_->settling.waits_for_store()) {
        impl_->warn(
            "what has happened waits for the store, to be recorded; the third stop leaves at once");
    }
    impl_->is_stopping = true;
    impl_->taker.stop_taking();
    impl_->emit(model::StopAsked{grade});
}

void Driver::hang_up() {
    stop(1);
    for (const model::AttemptId attempt : impl_->receipts.attempts()) {
        if (impl_->settling.unsend(attempt)) {
            impl_->emit(model::AttemptRefused{attempt, "the run was stopped first"});
        } else {
            impl_->attempts.leave(attempt, "left while it ran");
        }
    }
}

void Driver::cancel(model::JobId job) {
    if (!impl_->is_finished) impl_->emit(model::JobCancelled{job});
}

bool Driver::is_closing() const {
    return impl_->is_finished;
}

std::vector<model::NodeId> Driver::change_fleet(const std::vector<JoiningNode>& joining,
                                                const std::vector<model::NodeId>& leaving) {
    Impl& impl = *impl_;
    REMUDA_CHECK(!impl.is_finished);
    std::vector<model::NodeId> joined;
    // First, since one that joins may have the label of one that leaves.
    for (const model::NodeId node : leaving)
        impl.hosts.retire(node);
    joined.reserve(joining.size());
    for (const JoiningNode& node : joining)
        joined.push_back(impl.hosts.add(node));
    impl.hosts.close_unused();
    impl.hosts.retry_now();
    impl.taker.recheck();
    return joined;
}

}  // namespace remuda::run
