// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/results.h"
#include "remuda/base/fd.h"
#include "remuda/output/listing.h"
#include "remuda/queue/entry_ids.h"
#include "remuda/queue/new_entry.h"

#include <utility>

namespace remuda::cli {

namespace {

std::vector<std::string> texts_of(const std::vector<queue::Entry::Value>& values) {
    std::vector<std::string> texts;
    texts.reserve(values.size());
    for (const queue::Entry::Value& value : values)
        texts.push_back(value.text);
    return texts;
}

std::vector<output::ListedEntry> listed(const yaml::Source& source,
                                        const std::vector<queue::Entry>& entries) {
    const std::vector<std::string> ids = queue::ids_of(entries);
    std::vector<output::ListedEntry> result;
    result.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const queue::Entry& entry = entries[i];
        output::ListedEntry& item = result.emplace_back();
        item.number = i + 1;
        item.id = ids[i];
        item.jobs = queue::job_count(entry);
        item.commands = texts_of(entry.commands);
        for (const queue::Entry::Parameter& parameter : entry.parameters) {
            if (parameter.name == "slots") continue;
            item.parameters.emplace_back(parameter.name, texts_of(parameter.values));
        }
        item.slots = queue::slots_of(entry);
        item.name = entry.options.name;
        item.line = source.position(entry.span.begin).line;
    }
    return result;
}

}  // namespace

int list_queue(const Options& options) {
    const Speaker speaker(options);
    auto text = load_file(options.queue_file);
    if (!text) return speaker.fail(text.error());
    const yaml::Source source(options.queue_file, std::move(*text));
    yaml::Diagnostics diagnostics;
    const std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    // Warnings are for those who write or run the file.
    if (diagnostics.has_errors()) {
        (void)speaker.show(source, diagnostics);
        return kFileError;
    }

    Results out(options);
    const std::vector<output::ListedEntry> items = listed(source, entries);
    if (options.json) {
        std::string lines;
        for (const output::ListedEntry& item : items)
            lines += output::entry_as_json(item);
        out.write(lines);
    } else {
        out.write(output::listing(items, out.columns()));
        if (!out.is_closed()) speaker.say(queue::summary_of(entries));
    }
    return out.exit_code();
}

}  // namespace remuda::cli
