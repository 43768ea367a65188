// SPDX-License-Identifier: MIT
#include "cli/files.h"

#include "cli/variables.h"
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/inventory/inventory.h"
#include "remuda/queue/template_faults.h"
#include "remuda/run/plan.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

constexpr std::string_view kHostsHelp =
    R"(  = help: list your machines in it, one an item, for example:
      - localhost
      - user@node-1
      - node[03-10]
    or name another file with --hosts-file FILE
)";

constexpr std::string_view kQueueHelp =
    R"(  = help: list your commands in it, one an item, for example:
      - echo hi from {{ hostname }}
      - command: python train.py --bs {{ bs }}
        bs: [8, 16, 32]
    or name another file with --queue-file FILE
)";

std::string unreadable(const Error& error, std::string_view help) {
    return fmt::format("error: {}\n{}", sanitised(error.text(), false),
                       error.code() == Code::not_found ? help : "");
}

}  // namespace

LoadedFiles load_files(const Options& options, bool colour) {
    LoadedFiles loaded;
    Files files;
    files.unknown_variables = options.unknown_variables();
    bool is_good = true;

    // The queue is read first, since its commands tell which parameters of the nodes are used; the
    // faults of the hosts are told first.
    std::optional<yaml::Source> queue_source;
    yaml::Diagnostics queue_faults;
    auto queue_text = load_file(options.queue_file);
    if (queue_text) {
        queue_source.emplace(options.queue_file, std::move(*queue_text));
        files.entries = queue::parse_queue(*queue_source, queue_faults);
    }
    std::optional<std::vector<std::string>> used;
    const auto is_used = [&](const std::string& name) {
        if (!used) used = variables_of(files.entries);
        return std::find(used->begin(), used->end(), name) != used->end();
    };
    const bool are_commands_known = queue_source && !queue_faults.has_errors();

    if (auto text = load_file(options.hosts_file)) {
        const yaml::Source source(options.hosts_file, std::move(*text));
        yaml::Diagnostics diagnostics;
        files.fleet = inventory::parse_hosts(
            source, diagnostics,
            are_commands_known ? inventory::IsUsed(is_used) : inventory::IsUsed());
        loaded.findings += diagnostics.render(source, colour);
        is_good = !diagnostics.has_errors();
    } else {
        loaded.findings += unreadable(text.error(), kHostsHelp);
        is_good = false;
    }
    // Which variables the nodes give is known only if their file is right.
    const bool is_fleet_known = is_good;

    // A daemon waits for a queue that it can take from, and says so itself.
    const bool may_wait = options.daemon && !options.dry_run;
    if (queue_source) {
        if (is_fleet_known) {
            run::check_plan(files.entries, files.fleet, queue_faults, files.unknown_variables);
        } else {
            // Any variable may be one of the nodes'; the other faults of templates are told.
            queue::check_templates(files.entries, variables_of(files.entries), queue_faults,
                                   files.unknown_variables);
        }
        if (may_wait && is_good && queue_faults.has_errors()) {
            files.entries.clear();
        } else {
            loaded.findings += queue_faults.render(*queue_source, colour);
            is_good = is_good && !queue_faults.has_errors();
        }
    } else if (!may_wait) {
        loaded.findings += unreadable(queue_text.error(), kQueueHelp);
        is_good = false;
    }
    if (is_good) loaded.files = std::move(files);
    return loaded;
}

}  // namespace remuda::cli
