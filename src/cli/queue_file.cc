// SPDX-License-Identifier: MIT
#include "cli/queue_file.h"

#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/terminal.h"
#include "cli/variables.h"
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/inventory/inventory.h"
#include "remuda/queue/template_faults.h"
#include "remuda/run/plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr int kMostTries = 10;

// What was wrong has been shown.
Error already_shown() {
    return {Code::invalid_input, ""};
}

}  // namespace

Speaker::Speaker(const Options& options)
    : has_colour_(screen_for(look_around(), options.colour, false).err_colour) {}

void Speaker::say(const std::string& text) const {
    std::string lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines += sanitised(std::string_view(text).substr(begin, end - begin), false) + "\n";
        begin = end + 1;
    }
    FdSink(STDERR_FILENO, nullptr).write(lines);
}

int Speaker::fail(const Error& error) const {
    if (!error.text().empty()) say("error: " + error.text());
    if (error.code() == Code::locked) return kLocked;
    return kFileError;
}

bool Speaker::show(const yaml::Source& source, const yaml::Diagnostics& diagnostics) const {
    FdSink(STDERR_FILENO, nullptr).write(diagnostics.render(source, has_colour_));
    return diagnostics.has_errors();
}

Result<std::optional<std::string>> load_queue_text(const std::string& path) {
    auto text = load_file(path);
    if (text) return std::optional(std::move(*text));
    if (text.error().code() == Code::not_found) return std::optional<std::string>();
    return text.error();
}

Result<void> save_queue_text(const std::string& path, const std::optional<std::string>& old,
                             const std::string& text) {
    const auto is_unchanged = [&]() -> Result<void> {
        const auto now = load_queue_text(path);
        if (!now) return now.error();
        if (*now == old) return {};
        return Error(Code::busy, path + " was changed meanwhile by somebody without the lock");
    };
    return replace_file(path, text, 0644, is_unchanged);
}

Result<queue::Change> edit_queue_file(const Options& options, const Speaker& speaker,
                                      const Edit& edit) {
    const std::string& path = options.queue_file;
    for (int tries = 1;; ++tries) {
        const auto old = load_queue_text(path);
        if (!old) return old.error();
        const std::optional<std::string>& old_text = *old;
        const yaml::Source source(path, old_text.value_or(""));
        yaml::Diagnostics diagnostics;
        (void)queue::parse_queue(source, diagnostics);
        if (diagnostics.has_errors()) {
            (void)speaker.show(source, diagnostics);
            return already_shown();
        }
        auto change = edit(source);
        if (!change || old_text == change->text) return change;
        const auto saved = save_queue_text(path, old_text, change->text);
        if (saved) {
            if (change->is_rewritten) {
                speaker.say(
                    fmt::format("note: {} was written anew in canonical form, since single "
                                "entries of a file like this cannot be changed",
                                path));
            }
            return change;
        }
        if (saved.error().code() != Code::busy || tries == kMostTries) return saved.error();
    }
}

TemplateCheck::TemplateCheck(const Options& options) : unknown_(options.unknown_variables()) {
    auto text = load_file(options.hosts_file);
    if (!text) return;
    const yaml::Source source(options.hosts_file, std::move(*text));
    yaml::Diagnostics diagnostics;
    model::Fleet fleet = inventory::parse_hosts(source, diagnostics);
    if (!diagnostics.has_errors()) fleet_ = std::move(fleet);
}

void TemplateCheck::operator()(const std::vector<queue::Entry>& entries,
                               yaml::Diagnostics& diagnostics) const {
    if (fleet_) {
        run::check_plan(entries, *fleet_, diagnostics, unknown_);
    } else {
        queue::check_templates(entries, variables_of(entries), diagnostics, unknown_);
    }
}

std::optional<std::vector<queue::Entry>> checked_entries(const yaml::Source& source,
                                                         const TemplateCheck& check,
                                                         const Speaker& speaker) {
    yaml::Diagnostics diagnostics;
    std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    check(entries, diagnostics);
    if (speaker.show(source, diagnostics)) return std::nullopt;
    return entries;
}

}  // namespace remuda::cli
