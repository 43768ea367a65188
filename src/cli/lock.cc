// SPDX-License-Identifier: MIT
#include "cli/child.h"
#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/queue_lock.h"
#include "remuda/queue/new_entry.h"

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

// The lock, and what programs are told that run under it.
ChildSettings settings_under(const QueueLock& lock, const std::string& queue_file) {
    std::error_code error;
    const auto path = std::filesystem::absolute(queue_file, error);
    ChildSettings settings;
    settings.inherited = lock.descriptor();
    settings.variables = {{kLockFdVariable, std::to_string(lock.descriptor())},
                          {kLockPidVariable, std::to_string(::getpid())},
                          {kQueueVariable, error ? queue_file : path.string()}};
    return settings;
}

int run_command(const Options& options, const ChildSettings& settings, const Speaker& speaker) {
    const auto code = run_child(options.words, settings);
    if (code) return *code;
    speaker.say("error: " + code.error().text());
    return code.error().code() == Code::not_found ? kNotFound : kNotExecutable;
}

// Undoes what the editor did.
Result<void> restore(const std::string& path, const std::optional<std::string>& text) {
    const auto now = load_queue_text(path);
    if (!now) return now.error();
    if (text) return save_queue_text(path, *now, *text);
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) return Error(Code::system, "cannot remove " + path + ": " + error.message());
    return {};
}

// Runs the editor until the file is right or the user has decided otherwise.
int run_editor(const Options& options, const ChildSettings& settings, const Speaker& speaker,
               const Clock& clock) {
    const std::string& path = options.queue_file;
    const auto words = editor_words(options.editor, path);
    if (!words) return speaker.fail(words.error());
    const auto before = load_queue_text(path);
    if (!before) return speaker.fail(before.error());
    for (;;) {
        const Time start = clock.now();
        const auto code = run_child(*words, settings);
        const Duration duration = clock.now() - start;
        if (!code) return speaker.fail(code.error());
        if (*code != 0) {
            speaker.say(
                fmt::format("error: the editor failed with exit code {}; {} is as it left "
                            "it",
                            *code, path));
            return kFailed;
        }
        const auto loaded = load_queue_text(path);
        if (!loaded) return speaker.fail(loaded.error());
        const std::optional<std::string>& after = *loaded;
        if (!after) {
            speaker.say("there is no " + path);
            return 0;
        }
        const TemplateCheck check(options);
        const auto entries = checked_entries(yaml::Source(path, *after), check, speaker);
        if (entries) {
            const bool is_same = after == *before;
            speaker.say(fmt::format("{}: {}{}", path, is_same ? "no changes, " : "",
                                    queue::summary_of(*entries)));
            if (is_same && duration < kAtOnce) {
                speaker.say(
                    fmt::format("note: the editor came back at once. If it is still open, "
                                "{}; it is not sure to hold the lock",
                                kWaitingEditors));
            }
            return 0;
        }
        if (!can_ask_user()) {
            speaker.say(path +
                        " has been saved with these faults; nothing is taken from it until "
                        "they are mended");
            return kFileError;
        }
        const auto answer =
            ask_user("[e]dit again, [k]eep as it is, [r]estore the old text? ", "ekr");
        if (answer == 'e') continue;
        if (answer != 'r') {
            speaker.say(path + " has faults; nothing is taken from it until they are mended");
            return kFileError;
        }
        if (const auto restored = restore(path, *before); !restored) {
            return speaker.fail(restored.error());
        }
        speaker.say(path + " is as it was");
        return 0;
    }
}

// Programs that went on in the background hold the lock that we have let go.
void tell_if_held(const std::string& path, const std::string& sharers, const Speaker& speaker) {
    const auto lock = queue::Lock::try_take(path, "remuda lock");
    if (lock || lock.error().code() != Code::locked) return;
    // Others that have taken it since are none of our affair.
    if (lock.error().text().find(fmt::format("(pid {} ", ::getpid())) == std::string::npos) return;
    speaker.say(fmt::format("warning: {} stays locked until {}; if that is your editor, {}", path,
                            sharers.empty() ? "the programs end that were started under the lock"
                                            : sharers + " has ended",
                            kWaitingEditors));
}

}  // namespace

int lock_queue(const Options& options, const Clock& clock) {
    const Speaker speaker(options);
    int code = 0;
    std::string sharers;
    {
        const auto lock = take_lock(options, "remuda lock", Holding::lets_write);
        if (!lock) return speaker.fail(lock.error());
        const ChildSettings settings = settings_under(*lock, options.queue_file);
        code = options.words.empty() ? run_editor(options, settings, speaker, clock)
                                     : run_command(options, settings, speaker);
        if (lock->is_inherited()) return code;
        sharers = lock->sharers();
    }
    tell_if_held(options.queue_file, sharers, speaker);
    return code;
}

}  // namespace remuda::cli
