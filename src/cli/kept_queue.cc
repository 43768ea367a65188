// SPDX-License-Identifier: MIT
#include "cli/kept_queue.h"

#include "cli/state_place.h"
#include "remuda/history/log_files.h"
#include "remuda/history/store.h"
#include "remuda/history/upkeep.h"
#include "remuda/run/journal.h"
#include "remuda/run/left_behind.h"
#include "remuda/run/receipt_label.h"
#include "remuda/run/resume.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace remuda::cli {

namespace {

using engine::Settings;

/// Of runs that ended longer ago, nothing is kept.
constexpr std::int64_t kKeptMs = std::int64_t{30} * 24 * 3600 * 1000;

// For commands that take nothing.
class SettlingLedger final : public queue::Ledger {
  public:
    explicit SettlingLedger(run::LeftBehind& left) : left_(left) {}

    Result<void> claim(const std::vector<model::Job>& /*jobs*/,
                       const std::vector<std::string>& /*texts*/,
                       const std::string& /*mark*/) override {
        return {};
    }
    void withdraw(model::JobId /*job*/) override {}
    Result<std::size_t> times_taken(const std::string& /*text*/) override { return std::size_t{0}; }
    void skipped_repeat(const std::string& /*text*/) override {}
    Result<std::vector<queue::LeftClaim>> left_behind() override { return left_.claims(); }
    Result<void> settle_left_behind() override { return left_.settle(); }

  private:
    run::LeftBehind& left_;
};

std::string note_of_kept(const history::LeftJob& job, bool has_node) {
    if (job.open.empty()) {
        return fmt::format("job {} of run {} is to be tried again; the next remuda q does it",
                           job.key.value, job.run.value);
    }
    const std::string& node = job.open.front().node;
    if (has_node) {
        return fmt::format("job {} of run {} goes on on {}; the next remuda q hears its end",
                           job.key.value, job.run.value, node);
    }
    return fmt::format(
        "job {} of run {} goes on on {}, which is not in hosts.yaml now; it is gone "
        "on with when it is there again",
        job.key.value, job.run.value, node);
}

}  // namespace

Result<void> settle_killed(const Options& options, queue::Lock& lock,
                           const std::function<void(const model::JobLost&)>& lost) {
    if (!lock.was_interrupted()) return {};
    const std::filesystem::path path = real_path_of(options.queue_file);
    auto store = history::Store::open(state_dir_of(options, path), wall_clock_ms);
    if (!store) return store.error();
    run::LeftBehind left(**store, path.string(), lost);
    SettlingLedger ledger(left);
    queue::Queue queue(options.queue_file, queue::QueueSettings{.ledger = &ledger});
    return queue.settle(lock);
}

Result<run::LeftOver> look_at_left_over(const Options& options, const model::Fleet& fleet,
                                        const std::function<void(const std::string&)>& note) {
    const std::filesystem::path path = real_path_of(options.queue_file);
    const std::string directory = state_dir_of(options, path);
    // A look makes nothing.
    std::error_code error;
    if (!std::filesystem::exists(directory + "/state.db", error)) return run::LeftOver{};
    auto store = history::Store::open(directory, wall_clock_ms);
    if (!store) return store.error();
    return run::find_left_over(**store, path.string(), fleet, {options.allow_repeat, note});
}

struct KeptQueue::Impl {
    Impl(std::unique_ptr<history::Store> opened, const model::Fleet& fleet,
         const std::string& state_dir, const std::function<void(const std::string&)>& note)
        : store(std::move(opened)),
          journal(*store, fleet),
          logs(state_dir, note),
          requests_file(history::requests_path(state_dir)) {
        journal.keep_output(logs);
    }

    // Whether anything was asked of the queue: before that it cannot tell what it holds.
    class Watched final : public run::JobSource {
      public:
        Result<queue::TakeResult> take(const queue::Admit& admit, bool is_burst) override {
            was_asked = true;
            return rest->take(admit, is_burst);
        }
        Result<void> put_back(const model::Job& job) override { return rest->put_back(job); }
        Result<void> tidy(bool is_pause) override { return rest->tidy(is_pause); }
        [[nodiscard]] bool has_changed() const override { return rest->has_changed(); }
        void recheck() override { rest->recheck(); }

        std::unique_ptr<run::JobSource> rest;
        bool was_asked = false;
    };

    std::unique_ptr<history::Store> store;
    run::Journal journal;
    history::RunId run;
    const std::string machine = machine_name();
    std::string queue_path;
    std::vector<model::JobResumed> adopted;
    history::LogFiles logs;
    std::size_t kept_for_later = 0;
    std::string requests_file;
    std::optional<run::LeftBehind> left_behind;
    std::unique_ptr<run::ResumedJobs> resumed;
    std::unique_ptr<queue::Queue> queue;
    Watched watched;
};

KeptQueue::KeptQueue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeptQueue::~KeptQueue() = default;

Result<std::unique_ptr<KeptQueue>> KeptQueue::open(const Options& options, Settings::Mode mode,
                                                   const model::Fleet& fleet, queue::Check check,
                                                   const Tellers& tellers) {
    const std::filesystem::path path = real_path_of(options.queue_file);
    const std::string state_dir = state_dir_of(options, path);
    auto store = history::Store::open(state_dir, wall_clock_ms);
    if (!store) return store.error();
    auto impl = std::make_unique<Impl>(std::move(*store), fleet, state_dir, tellers.note);

    // Settled by the first take, under the lock.
    run::LeftBehind& left_behind =
        impl->left_behind.emplace(*impl->store, path.string(), tellers.lost);
    impl->journal.settle_with(left_behind);

    run::LeftOver left;
    if (options.resume) {
        auto found = run::find_left_over(*impl->store, path.string(), fleet,
                                         {options.allow_repeat, tellers.note});
        if (!found) return found.error();
        left = std::move(*found);
        left_behind.go_on_with(left.ids());
        for (const model::JobLost& lost : left.lost)
            tellers.lost(lost);
        if (left.items.empty()) tellers.note("no stopped broadcast has anything left to do");
    }
    const char* mode_name = mode == Settings::Mode::broadcast ? "broadcast" : "queue";
    const auto begun = impl->journal.begin({.queue = path.string(),
                                            .mode = mode_name,
                                            .version = version_number(),
                                            .stops_at_failure = options.stops_at_failure(),
                                            .resumes = left.run});
    if (!begun) return begun.error();
    // Of a store that was here before, and of which the logs are left.
    history::remove_logs(state_dir, *begun);
    const auto pruned = history::prune(state_dir, wall_clock_ms() - kKeptMs);
    if (!pruned) tellers.note("old runs cannot be forgotten: " + pruned.error().text());
    impl->run = *begun;
    impl->queue_path = path.string();
    if (mode == Settings::Mode::queue) {
        // What runs that are killed from now on leave running is for the next start.
        left_behind.keep_if([&journal = impl->journal](
                                const history::LeftJob& job) { return journal.is_to_be_kept(job); },
                            [note = tellers.note, &journal = impl->journal,
                             &kept = impl->kept_for_later](const history::LeftJob& job) {
                                ++kept;
                                note(note_of_kept(job, journal.can_adopt(job)));
                            });
        auto adopted = impl->journal.adopt(path.string());
        if (!adopted) return adopted.error();
        impl->adopted = std::move(*adopted);
    }
    impl->resumed =
        std::make_unique<run::ResumedJobs>(impl->journal, std::move(left), impl->adopted.size());
    impl->queue = std::make_unique<queue::Queue>(
        options.queue_file, queue::QueueSettings{.check = std::move(check),
                                                 .ledger = impl->resumed.get(),
                                                 .allows_repeats = options.allow_repeat,
                                                 .note = tellers.note});
    impl->watched.rest = run::make_source(*impl->queue);
    impl->resumed->then(impl->watched);
    return std::unique_ptr<KeptQueue>(new KeptQueue(std::move(impl)));
}

run::JobSource& KeptQueue::jobs() {
    return *impl_->resumed;
}

std::size_t KeptQueue::kept_for_later() const {
    return impl_->kept_for_later;
}

std::vector<model::JobResumed> KeptQueue::take_adopted() {
    return std::exchange(impl_->adopted, {});
}

const std::string& KeptQueue::store_id() const {
    return impl_->store->store_id();
}

std::string KeptQueue::key_prefix() const {
    return fmt::format("{}{}-", store_prefix(), impl_->run.value);
}

std::string KeptQueue::store_prefix() const {
    return store_id().substr(0, 16) + "-";
}

std::vector<std::string> KeptQueue::unwanted(const std::vector<std::string>& keys) {
    auto settled = impl_->store->settled_keys(keys);
    // The next run asks again.
    return settled ? std::move(*settled) : std::vector<std::string>();
}

std::string KeptQueue::receipt_label(const model::Job& job, const model::Node& node,
                                     const std::string& command) const {
    const std::string& name = job.options.name;
    run::ReceiptLabel label;
    label.title = name.empty() ? command : name;
    label.has_name = !name.empty();
    label.run = impl_->run.value;
    label.job = number_of(job.id);
    label.node = node.label;
    label.machine = impl_->machine;
    label.queue = impl_->queue_path;
    return run::label_text(label);
}

run::Recorder& KeptQueue::recorder() {
    return impl_->journal;
}

std::optional<std::uint64_t> KeptQueue::number_of(model::JobId job) const {
    const auto key = impl_->store->number_of(job);
    return key ? std::optional(key->value) : std::nullopt;
}

const std::string& KeptQueue::requests_file() const {
    return impl_->requests_file;
}

Result<std::vector<model::JobId>> KeptQueue::take_requests() {
    auto jobs = impl_->store->take_requests();
    // Some may have ended meanwhile.
    if (jobs) std::erase_if(*jobs, [this](model::JobId job) { return !number_of(job); });
    return jobs;
}

std::size_t KeptQueue::remaining(std::size_t at_start) const {
    return impl_->watched.was_asked ? impl_->queue->remaining() : at_start;
}

}  // namespace remuda::cli
