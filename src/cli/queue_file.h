// SPDX-License-Identifier: MIT
//
// The queue file as the commands that edit it read, check and write it.
#pragma once

#include "cli/options.h"
#include "remuda/base/result.h"
#include "remuda/model/fleet.h"
#include "remuda/queue/editing.h"
#include "remuda/queue/queue.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace remuda::cli {

/// What a command says on stderr: notes, errors and faults.
class Speaker {
  public:
    explicit Speaker(const Options& options);

    /// A line of text.
    void say(const std::string& text) const;
    /// "error: text"; the exit code that goes with it.
    [[nodiscard]] int fail(const Error& error) const;
    /// Shows what was found. True if there are errors among it.
    [[nodiscard]] bool show(const yaml::Source& source, const yaml::Diagnostics& diagnostics) const;

  private:
    bool has_colour_ = false;
};

/// The text of the queue file; nothing if there is none.
[[nodiscard]] Result<std::optional<std::string>> load_queue_text(const std::string& path);

/// Replaces the file's text `old` (nothing: no file) by `text`. Code::busy if it is another one
/// meanwhile.
[[nodiscard]] Result<void> save_queue_text(const std::string& path,
                                           const std::optional<std::string>& old,
                                           const std::string& text);

/// Under the lock: reads the file, lets `edit` make a change of it, and writes that; again if
/// somebody has saved it meanwhile without the lock. `edit` fails with an Error to be shown.
/// Nothing is written if the text stays the same. A file with faults is an Error after they were
/// shown.
using Edit = std::function<Result<queue::Change>(const yaml::Source& source)>;
[[nodiscard]] Result<queue::Change> edit_queue_file(const Options& options, const Speaker& speaker,
                                                    const Edit& edit);

/// Finds what is wrong with the templates of entries: with the parameters of the nodes if the file
/// of hosts is there and right; else each variable that an entry does not have may be a node's.
class TemplateCheck {
  public:
    explicit TemplateCheck(const Options& options);

    void operator()(const std::vector<queue::Entry>& entries, yaml::Diagnostics& diagnostics) const;

  private:
    templating::Unknown unknown_;
    std::optional<model::Fleet> fleet_;
};

/// The entries of a text; all that is wrong with it is shown. Nothing if there are errors.
[[nodiscard]] std::optional<std::vector<queue::Entry>> checked_entries(const yaml::Source& source,
                                                                       const TemplateCheck& check,
                                                                       const Speaker& speaker);

}  // namespace remuda::cli
