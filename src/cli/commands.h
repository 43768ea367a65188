// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"

namespace remuda::cli {

// One function for each subcommand; each returns the exit code.

[[nodiscard]] int run_queue(const Options& options);
[[nodiscard]] int run_broadcast(const Options& options);
[[nodiscard]] int lock_queue(const Options& options, const Clock& clock);
[[nodiscard]] int edit_queue(const Options& options, const Clock& clock);
[[nodiscard]] int add_to_queue(const Options& options);
[[nodiscard]] int list_queue(const Options& options);
[[nodiscard]] int remove_from_queue(const Options& options);
[[nodiscard]] int show_hosts(const Options& options);
[[nodiscard]] int show_version();
[[nodiscard]] int show_status(const Options& options);
[[nodiscard]] int show_jobs(const Options& options);
[[nodiscard]] int show_logs(const Options& options);
[[nodiscard]] int show_history(const Options& options);
[[nodiscard]] int retry_jobs(const Options& options);
[[nodiscard]] int cancel_jobs(const Options& options);
[[nodiscard]] int test_self(const Options& options);
[[nodiscard]] int attach_to_jobs(const Options& options);

}  // namespace remuda::cli
