// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/queue_file.h"
#include "cli/queue_lock.h"
#include "remuda/base/fd.h"
#include "remuda/queue/entry_ids.h"
#include "remuda/queue/new_entry.h"

#include <cerrno>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

int remove_from_queue(const Options& options) {
    const Speaker speaker(options);
    // Before the lock, so that a wrong path leaves no lock file behind.
    if (const auto text = load_file(options.queue_file); !text) return speaker.fail(text.error());
    const auto lock = take_lock(options, "remuda rm");
    if (!lock) return speaker.fail(lock.error());
    std::vector<queue::Entry> removed;
    const auto change =
        edit_queue_file(options, speaker, [&](const yaml::Source& source) -> Result<queue::Change> {
            yaml::Diagnostics diagnostics;
            const std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
            const auto indices = queue::selected(entries, options.selection);
            if (!indices) return indices.error();
            removed.clear();
            for (const std::size_t index : *indices)
                removed.push_back(entries[index]);
            return queue::without_entries(source, *indices);
        });
    if (!change) {
        if (change.error().text().empty()) return kFileError;
        const int code = speaker.fail(change.error());
        speaker.say("nothing was removed");
        return code;
    }
    // On stdout what is gone, in full: appended to a queue, it is back.
    std::string text;
    for (const queue::Entry& entry : removed)
        text += queue::entry_text(entry);
    FdSink out(STDOUT_FILENO, nullptr);
    out.write(text);
    if (out.failure() != 0) {
        // Nobody has it now but us.
        speaker.say("error: " + sys_error("cannot write the output", out.failure()).text());
        speaker.say("these entries are no longer in " + options.queue_file + ":");
        FdSink(STDERR_FILENO, nullptr).write(text);
        return out.failure() == EPIPE ? kOutputClosed : kFailed;
    }
    speaker.say(fmt::format("removed {} from {} ({} left)", queue::summary_of(removed),
                            options.queue_file, queue::summary_of(change->entries)));
    return 0;
}

}  // namespace remuda::cli
