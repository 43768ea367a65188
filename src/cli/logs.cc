// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/log_copy.h"
#include "cli/queue_file.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "remuda/base/text.h"
#include "remuda/history/log_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

using history::AttemptRecord;
using history::JobRecord;

/// Whether it has ended is only in the store.
constexpr int kBetweenLooksMs = 200;

std::vector<const AttemptRecord*> chosen(const JobRecord& job, const Options& options) {
    std::vector<const AttemptRecord*> all;
    if (options.attempt) {
        for (const AttemptRecord& attempt : job.attempts) {
            if (attempt.attempt.value == *options.attempt) all.push_back(&attempt);
        }
        return all;
    }
    // The last one on each node.
    std::map<std::string, const AttemptRecord*> last;
    for (const AttemptRecord& attempt : job.attempts) {
        if (!attempt.is_refused) last[attempt.node] = &attempt;
    }
    for (const AttemptRecord& attempt : job.attempts) {
        const auto found = last.find(attempt.node);
        if (found != last.end() && found->second == &attempt) all.push_back(&attempt);
    }
    if (options.follow && all.size() > 1) all.erase(all.begin(), all.end() - 1);
    return all;
}

/// Its run is over, and it goes on on its host: a later run may go on with it.
bool may_be_gone_on_with(const JobRecord& job) {
    const bool is_left =
        job.stage == JobRecord::Stage::left || job.stage == JobRecord::Stage::unsettled;
    return is_left && std::ranges::any_of(job.attempts, [](const AttemptRecord& attempt) {
               return !attempt.outcome && !attempt.is_refused && !attempt.key.empty();
           });
}

/// Hears of changes of a folder, where the system lets us.
class FolderNews {
  public:
    explicit FolderNews(std::string folder) : folder_(std::move(folder)) {
        fd_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    }
    /// Until something may have changed, a moment has passed, or nobody reads our stdout.
    void wait() {
        if (fd_ && watch_ < 0) {
            watch_ = ::inotify_add_watch(fd_.number(), folder_.c_str(), IN_MODIFY | IN_CREATE);
        }
        std::array<pollfd, 2> waited{
            {{watch_ >= 0 ? fd_.number() : -1, POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
        (void)::poll(waited.data(), waited.size(), kBetweenLooksMs);
        std::array<char, 4096> events{};
        while (fd_ && ::read(fd_.number(), events.data(), events.size()) > 0) {
        }
        is_unread_ = (waited[1].revents & POLLERR) != 0;
    }
    [[nodiscard]] bool is_unread() const { return is_unread_; }

  private:
    std::string folder_;
    Fd fd_;
    int watch_ = -1;
    bool is_unread_ = false;
};

/// Both streams of an attempt, or the one that is wanted.
class AttemptLogs {
  public:
    AttemptLogs(const std::string& directory, const history::AttemptName& name,
                const Options& options, FdSink& out, FdSink& err) {
        const Surroundings around = look_around();
        const output::Screen screen = screen_for(around, options.colour, true);
        const LogCopy::Manner to_out{around.out_is_terminal, screen.out_colour};
        const LogCopy::Manner to_err{around.err_is_terminal, screen.err_colour};
        const bool wants_all = !options.stdout_only && !options.stderr_only;
        const std::string out_path = history::log_path(directory, name, model::Stream::out);
        const std::string err_path = history::log_path(directory, name, model::Stream::err);
        if (wants_all || options.stdout_only) out_.emplace(out_path, out, to_out);
        if (wants_all) err_.emplace(err_path, err, to_err);
        if (options.stderr_only) err_.emplace(err_path, out, to_out);
    }
    /// The same attempt has another name now.
    void go_on_in(const std::string& directory, const history::AttemptName& name) {
        if (out_) out_->go_on_in(history::log_path(directory, name, model::Stream::out));
        if (err_) err_->go_on_in(history::log_path(directory, name, model::Stream::err));
    }
    [[nodiscard]] Result<void> copy() {
        for (std::optional<LogCopy>* log : {&out_, &err_}) {
            if (!*log) continue;
            if (auto copied = (*log)->copy(); !copied) return copied;
        }
        return {};
    }
    void finish() {
        if (out_) out_->finish();
        if (err_) err_->finish();
    }
    /// Of `attempt`, which has ended: what is not there although it was written.
    [[nodiscard]] std::string gaps(const AttemptRecord& attempt) const {
        std::string text;
        const auto add = [&](const char* name, const std::optional<LogCopy>& log,
                             const std::optional<std::uint64_t>& written) {
            if (!log || !written || log->length() >= *written) return;
            text += fmt::format("{}{} of {} bytes of its {} are kept", text.empty() ? "" : ", ",
                                log->length(), *written, name);
        };
        add("stdout", out_, attempt.facts.out_length);
        add("stderr", err_, attempt.facts.err_length);
        return text;
    }

  private:
    std::optional<LogCopy> out_;
    std::optional<LogCopy> err_;
};

int exit_code_of(const FdSink& out, const Speaker& speaker) {
    if (out.failure() == EPIPE) return kOutputClosed;
    if (out.failure() == 0) return 0;
    speaker.say("error: " + sys_error("cannot write the output", out.failure()).text());
    return kFailed;
}

class Shower {
  public:
    Shower(const Options& options, Records& records, const Speaker& speaker)
        : options_(options), records_(records), speaker_(speaker) {}

    [[nodiscard]] Result<void> show(const JobRecord& job, const AttemptRecord& attempt);
    /// Until its end.
    [[nodiscard]] Result<void> follow(history::JobKey key);
    void head(const JobRecord& job, const AttemptRecord& attempt) {
        out_.write(fmt::format("==> job {} on {} (attempt {}) <==\n", job.key.value,
                               sanitised(attempt.node, false), attempt.attempt.value));
    }
    [[nodiscard]] const FdSink& out() const { return out_; }

  private:
    struct Place;
    [[nodiscard]] const AttemptRecord* attempt_at(const Place& place, const JobRecord& job) const;
    /// The attempt that is shown now, with its logs open; null: it is still to come.
    [[nodiscard]] const AttemptRecord* enter(Place& place, const JobRecord& job);
    /// Nothing further follows. What there was of `attempt` is shown.
    [[nodiscard]] bool is_at_end(Place& place, const JobRecord& job, const AttemptRecord* attempt);
    void say_gaps(const AttemptLogs& logs, const JobRecord& job, const AttemptRecord& attempt) {
        // What nobody wanted to read is there all the same.
        if (out_.failure() != 0 || err_.failure() != 0) return;
        const std::string gaps = logs.gaps(attempt);
        if (!gaps.empty()) speaker_.say(fmt::format("job {}: {}", job.key.value, gaps));
    }

    const Options& options_;
    Records& records_;
    const Speaker& speaker_;
    FdSink out_{STDOUT_FILENO, nullptr};
    FdSink err_{STDERR_FILENO, nullptr};
};

Result<void> Shower::show(const JobRecord& job, const AttemptRecord& attempt) {
    AttemptLogs logs(records_.directory, {job.run, attempt.attempt}, options_, out_, err_);
    if (auto copied = logs.copy(); !copied) return copied;
    logs.finish();
    if (attempt.outcome) say_gaps(logs, job, attempt);
    if (!attempt.outcome && job.stage == JobRecord::Stage::running) {
        speaker_.say(fmt::format("job {} is running; -f follows it to its end", job.key.value));
    }
    return {};
}

/// Where -f is.
struct Shower::Place {
    history::JobKey job;
    /// The attempt that is shown; without one its first log is still to come.
    std::optional<model::AttemptId> attempt;
    std::optional<AttemptLogs> logs;
    std::optional<FolderNews> news;
    /// The attempt behind which the next one is to follow.
    std::optional<model::AttemptId> ended;
    /// It is of the job that this one goes on with, whose first attempt it is.
    bool has_ended_earlier = false;
    bool is_waiting_told = false;
};

const AttemptRecord* Shower::attempt_at(const Place& place, const JobRecord& job) const {
    if (place.attempt) {
        const auto found = std::ranges::find(job.attempts, *place.attempt, &AttemptRecord::attempt);
        return found != job.attempts.end() && !found->is_refused ? &*found : nullptr;
    }
    if (place.ended) {
        const auto found = std::ranges::find_if(job.attempts, [&](const AttemptRecord& attempt) {
            if (attempt.is_refused) return false;
            if (place.has_ended_earlier) return &attempt != &job.attempts.front();
            return *place.ended < attempt.attempt;
        });
        return found != job.attempts.end() ? &*found : nullptr;
    }
    // The first attempt of a job that goes on with another one is the last one of that.
    if (place.logs) return job.attempts.empty() ? nullptr : &job.attempts.front();
    const auto attempts = chosen(job, options_);
    return attempts.empty() ? nullptr : attempts.back();
}

const AttemptRecord* Shower::enter(Place& place, const JobRecord& job) {
    const AttemptRecord* attempt = attempt_at(place, job);
    if (attempt == nullptr && place.attempt) {
        // It was refused, and the job goes elsewhere.
        place.attempt.reset();
        place.logs.reset();
        attempt = attempt_at(place, job);
    }
    if (attempt == nullptr || place.attempt) return attempt;
    const history::AttemptName name{job.run, attempt->attempt};
    place.attempt = attempt->attempt;
    if (place.logs) {
        place.logs->go_on_in(records_.directory, name);
    } else {
        if (place.ended) {
            speaker_.say(fmt::format("job {} is tried again, on {} (attempt {})", job.key.value,
                                     sanitised(attempt->node, false), attempt->attempt.value));
        }
        place.logs.emplace(records_.directory, name, options_, out_, err_);
    }
    place.news.emplace(fmt::format("{}/logs/{}", records_.directory, job.run.value));
    return attempt;
}

bool Shower::is_at_end(Place& place, const JobRecord& job, const AttemptRecord* attempt) {
    const bool is_under_way =
        job.stage == JobRecord::Stage::taken || job.stage == JobRecord::Stage::running;
    if (attempt != nullptr && attempt->outcome && place.logs) {
        place.logs->finish();
        say_gaps(*place.logs, job, *attempt);
        if (options_.attempt || job.is_broadcast) return true;
        // It may be tried again, or have been.
        place.ended = std::exchange(place.attempt, std::nullopt);
        place.has_ended_earlier = false;
        place.logs.reset();
        return !is_under_way && attempt_at(place, job) == nullptr;
    }
    if (is_under_way) return false;
    if (may_be_gone_on_with(job)) {
        if (!std::exchange(place.is_waiting_told, true)) {
            speaker_.say(fmt::format(
                "job {}: its run {}, and it goes on on its host; waiting for "
                "the next `remuda q`, which goes on with it",
                job.key.value, job.stage == JobRecord::Stage::left ? "ended" : "was killed"));
        }
        return false;
    }
    if (place.logs) place.logs->finish();
    if (job.stage == JobRecord::Stage::left) {
        speaker_.say(
            fmt::format("job {}: its run ended before it could be put back", job.key.value));
    }
    if (job.stage == JobRecord::Stage::unsettled) {
        speaker_.say(fmt::format("job {}: its run was killed", job.key.value));
    }
    return true;
}

Result<void> Shower::follow(history::JobKey key) {
    Place place;
    place.job = key;
    for (;;) {
        // First, since what is read behind that is all of it if it has ended.
        auto found = records_.query->job(place.job);
        if (!found) return found.error();
        const std::optional<JobRecord>& job = *found;
        if (!job) return Error(Code::not_found, "the job was forgotten meanwhile");
        const AttemptRecord* attempt = enter(place, *job);
        if (place.logs) {
            if (auto copied = place.logs->copy(); !copied) return copied;
        }
        if (job->goes_on_as) {
            speaker_.say(
                fmt::format("job {} goes on as job {}", place.job.value, job->goes_on_as->value));
            place.job = *job->goes_on_as;
            place.attempt.reset();
            place.has_ended_earlier = place.ended.has_value();
            place.is_waiting_told = false;
            continue;
        }
        if (is_at_end(place, *job, attempt)) return {};
        if (!place.news) place.news.emplace(records_.directory);
        place.news->wait();
        if (place.news->is_unread() || out_.failure() != 0) return {};
    }
}

}  // namespace

int show_logs(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    const auto jobs = jobs_of_numbers(*records, options.selection);
    if (!jobs) return speaker.fail(jobs.error());
    if (options.follow && jobs->size() != 1) {
        return speaker.fail(Error(Code::invalid_input, "-f follows one job"));
    }
    Shower shower(options, *records, speaker);
    std::size_t count = 0;
    for (const JobRecord& job : *jobs)
        count += chosen(job, options).size();
    for (const JobRecord& job : *jobs) {
        const auto attempts = chosen(job, options);
        if (options.attempt && attempts.empty()) {
            return speaker.fail(
                Error(Code::invalid_input,
                      fmt::format("job {} has no attempt {}; `remuda show {}` lists them",
                                  job.key.value, *options.attempt, job.key.value)));
        }
        if (options.follow) {
            if (auto done = shower.follow(job.key); !done) return speaker.fail(done.error());
            break;
        }
        if (attempts.empty()) {
            speaker.say(fmt::format("job {} was never started", job.key.value));
        }
        for (const AttemptRecord* attempt : attempts) {
            if (count > 1) shower.head(job, *attempt);
            if (auto done = shower.show(job, *attempt); !done) return speaker.fail(done.error());
        }
    }
    return exit_code_of(shower.out(), speaker);
}

}  // namespace remuda::cli
