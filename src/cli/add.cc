// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/queue_lock.h"
#include "remuda/queue/new_entry.h"

#include <fmt/format.h>

namespace remuda::cli {

namespace {

// Shows what is wrong with the entry, which is in no file yet. True if there are errors.
bool show_faults(const queue::Entry& entry, const Options& options, const Speaker& speaker) {
    const yaml::Source text("new entry", queue::entry_text(entry));
    yaml::Diagnostics diagnostics;
    (void)queue::parse_queue(text, diagnostics);
    if (speaker.show(text, diagnostics)) return true;
    // Templates are shown in the command as the shell gave it to us.
    const yaml::Source command("command", entry.commands.front().text);
    yaml::Diagnostics template_faults;
    const TemplateCheck check(options);
    check({entry}, template_faults);
    return speaker.show(command, template_faults);
}

}  // namespace

int add_to_queue(const Options& options) {
    const Speaker speaker(options);
    if (options.words.empty()) {
        speaker.say(
            "error: a command is missing\n"
            "  = help: it stands behind two dashes: remuda add -- make test");
        return kFileError;
    }
    const auto entry =
        queue::make_entry({options.words, options.parameters, options.slots, options.name});
    if (!entry) return speaker.fail(entry.error());
    if (show_faults(*entry, options, speaker)) return kFileError;

    const auto lock = take_lock(options, "remuda add");
    if (!lock) return speaker.fail(lock.error());
    const auto end = options.at_front ? queue::End::front : queue::End::back;
    const auto change = edit_queue_file(options, speaker, [&](const yaml::Source& source) {
        return queue::with_entry(source, *entry, end);
    });
    if (!change) return speaker.fail(change.error());
    const std::size_t jobs = queue::job_count(*entry);
    speaker.say(fmt::format("added {} {} to {} ({})", jobs, jobs == 1 ? "job" : "jobs",
                            options.queue_file, queue::summary_of(change->entries)));
    return 0;
}

}  // namespace remuda::cli
