// SPDX-License-Identifier: MIT
#include "cli/child.h"
#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/edited_copy.h"
#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/queue_lock.h"
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/queue/merge.h"
#include "remuda/queue/new_entry.h"
#include "remuda/queue/queue.h"

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

// As long as it lives, a signal that ends the program first has the user told where their text is.
class NamedIfEnded {
  public:
    explicit NamedIfEnded(const std::string& path)
        : message_("\ninterrupted; your text is in " + path + "\n") {
        to_say = &message_;
        struct sigaction naming{};
        naming.sa_handler = &say_and_end;
        // Raised again it ends the program.
        naming.sa_flags = static_cast<int>(SA_RESETHAND);
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            (void)::sigaction(kSignals[i], nullptr, &old_[i]);
            if (old_[i].sa_handler == SIG_DFL) (void)::sigaction(kSignals[i], &naming, nullptr);
        }
    }
    ~NamedIfEnded() {
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            (void)::sigaction(kSignals[i], &old_[i], nullptr);
        to_say = nullptr;
    }
    NamedIfEnded(const NamedIfEnded&) = delete;
    NamedIfEnded& operator=(const NamedIfEnded&) = delete;

  private:
    static void say_and_end(int number) {
        (void)!::write(STDERR_FILENO, to_say->data(), to_say->size());
        (void)::raise(number);
    }

    static constexpr std::array kSignals{SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    // What a signal handler can reach; there is one copy at a time.
    static inline const std::string* to_say = nullptr;

    std::string message_;
    std::array<struct sigaction, kSignals.size()> old_{};
};

std::string short_command(const std::string& command) {
    constexpr std::size_t columns = 60;
    return elided(sanitised(command.substr(0, command.find_first_of("\r\n")), false), columns);
}

std::string text_of(const queue::Merged::Conflict& conflict) {
    const std::string extent =
        conflict.jobs_taken == conflict.jobs
            ? "was taken"
            : fmt::format("was taken in part ({} of {} jobs)", conflict.jobs_taken, conflict.jobs);
    return fmt::format("error: '{}' {} while you edited it: your change of it cannot be merged",
                       short_command(conflict.was), extent);
}

class Editing {
  public:
    Editing(const Options& options, const Speaker& speaker, const Clock& clock)
        : options_(options), speaker_(speaker), clock_(clock), path_(options.queue_file) {}

    int run() {
        auto text = load_queue_text(path_);
        // A run holds the lock for moments; who holds it for long has tidied the file up.
        constexpr int most_tries = 100;
        for (int tries = 0; text && *text && tries < most_tries; ++tries) {
            const auto lock = queue::Lock::try_take(path_, "remuda edit");
            if (!lock && lock.error().code() == Code::locked) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                continue;
            }
            // Read under the lock, so that nothing in it is only commented out by a run.
            if (lock) (void)queue::Queue(path_, queue::QueueSettings{}).tidy_under(*lock);
            text = load_queue_text(path_);
            break;
        }
        if (!text) return speaker_.fail(text.error());
        base_ = text->value_or("");
        auto copy = EditedCopy::make(base_);
        if (!copy) return speaker_.fail(copy.error());
        const auto words = editor_words(options_.editor, copy->path());
        if (!words) return speaker_.fail(words.error());
        for (;;) {
            const auto code = try_once(*copy, *words);
            if (code) return *code;
        }
    }

  private:
    // Once through the editor; nothing if the user wants to edit again.
    std::optional<int> try_once(EditedCopy& copy, const std::vector<std::string>& words) {
        const Time start = clock_.now();
        const auto code = run_child(words);
        const Duration duration = clock_.now() - start;
        if (!code) return speaker_.fail(code.error());
        const auto mine = load_file(copy.path());
        if (!mine) return speaker_.fail(mine.error());
        if (*code != 0) {
            speaker_.say(fmt::format("error: the editor failed with exit code {}", *code));
            if (*mine != base_) keep(copy);
            return kFailed;
        }
        if (*mine == base_) {
            speaker_.say("no changes");
            if (duration < kAtOnce) {
                speaker_.say(
                    fmt::format("note: the editor came back at once. If it is still open, "
                                "{}; what you save now goes to {} and is not merged",
                                kWaitingEditors, copy.keep()));
            }
            return 0;
        }
        const NamedIfEnded named(copy.path());
        // Faults are shown under the name of the file that can be looked into.
        const TemplateCheck check(options_);
        auto entries = checked_entries(yaml::Source(copy.path(), *mine), check, speaker_);
        if (!entries) return again_or(kFileError, copy);
        return merge(copy, *mine, std::move(*entries));
    }

    std::optional<int> merge(EditedCopy& copy, const std::string& mine,
                             std::vector<queue::Entry> entries) {
        queue::Merged merged;
        std::string theirs;
        {
            const auto lock = take_lock(options_, "remuda edit");
            if (!lock) {
                keep(copy);
                return speaker_.fail(lock.error());
            }
            if (try_replace(mine)) {
                merged.change.entries = std::move(entries);
                tell(merged);
                return 0;
            }
            if (has_faults(base_)) {
                speaker_.say(path_ +
                             " had faults and was changed meanwhile, so nothing can be "
                             "merged");
                keep(copy);
                return kFileError;
            }
            const auto change = edit_queue_file(
                options_, speaker_, [&](const yaml::Source& now) -> Result<queue::Change> {
                    auto result = queue::merge(yaml::Source(path_, base_),
                                               yaml::Source(copy.path(), mine), now);
                    if (!result) return result.error();
                    merged = std::move(*result);
                    theirs = now.text();
                    if (!merged.conflicts.empty()) return Error(Code::invalid_input, "");
                    return merged.change;
                });
            if (!change && merged.conflicts.empty()) {
                if (change.error().text().empty()) {
                    speaker_.say(path_ + " has faults now, so nothing can be merged into it");
                }
                keep(copy);
                return speaker_.fail(change.error());
            }
        }
        if (merged.conflicts.empty()) {
            tell(merged);
            return 0;
        }
        for (const auto& conflict : merged.conflicts)
            speaker_.say(text_of(conflict));
        const auto code = again_or(kFailed, copy);
        if (!code) return start_over(copy, merged.change.text, theirs);
        return code;
    }

    // Under the lock. A queue that is as the user found it takes their text as it is: it may have
    // had faults that they have mended.
    [[nodiscard]] bool try_replace(const std::string& mine) const {
        const auto now = load_queue_text(path_);
        if (!now || now->value_or("") != base_) return false;
        return static_cast<bool>(save_queue_text(path_, *now, mine));
    }

    [[nodiscard]] bool has_faults(const std::string& text) const {
        yaml::Diagnostics diagnostics;
        (void)queue::parse_queue(yaml::Source(path_, text), diagnostics);
        return diagnostics.has_errors();
    }

    // After a conflict: from the queue as it is now, with the user's changes in it as new entries.
    std::optional<int> start_over(const EditedCopy& copy, const std::string& text,
                                  const std::string& theirs) {
        base_ = theirs;
        if (auto written = replace_file(copy.path(), text, 0600); !written) {
            return speaker_.fail(written.error());
        }
        return std::nullopt;
    }

    void tell(const queue::Merged& merged) const {
        std::string text = fmt::format("{}: {}", path_, queue::summary_of(merged.change.entries));
        const auto entries = [](std::size_t count) { return count == 1 ? "entry" : "entries"; };
        if (merged.taken > 0) {
            text += fmt::format("; {} {} left the queue meanwhile, wholly or in part", merged.taken,
                                entries(merged.taken));
        }
        if (merged.added > 0) {
            text += fmt::format("; {} {} came meanwhile", merged.added, entries(merged.added));
        }
        speaker_.say(text);
    }

    // Nothing if the user wants to edit again. Otherwise the text is kept.
    std::optional<int> again_or(int code, EditedCopy& copy) const {
        const char* question = code == kFailed
                                   ? "[e]dit again (what you changed is then a new entry), "
                                     "[g]ive up? "
                                   : "[e]dit again, [g]ive up? ";
        if (can_ask_user() && ask_user(question, "eg") == 'e') return std::nullopt;
        keep(copy);
        return code;
    }

    void keep(EditedCopy& copy) const {
        speaker_.say(fmt::format("{} is unchanged; your text is in {}", path_, copy.keep()));
    }

    const Options& options_;
    const Speaker& speaker_;
    const Clock& clock_;
    const std::string& path_;
    /// What the user's text is compared with.
    std::string base_;
};

}  // namespace

int edit_queue(const Options& options, const Clock& clock) {
    const Speaker speaker(options);
    return Editing(options, speaker, clock).run();
}

}  // namespace remuda::cli
