// SPDX-License-Identifier: MIT
#include "cli/requests.h"

#include "remuda/loop/file_watch.h"

#include <chrono>

namespace remuda::cli {

namespace {

/// For file systems on which changes of others are not heard of, and a store that was locked.
constexpr Duration kBetweenLooks = std::chrono::seconds(5);

}  // namespace

loop::Task<> heed_requests(loop::Loop& loop, KeptQueue& queue, run::Driver& driver,
                           loop::Stop& over) {
    loop::FileWatch watch(loop, queue.requests_file());
    while (!over.is_requested()) {
        // What cannot be read now is asked for again.
        if (const auto jobs = queue.take_requests()) {
            for (const model::JobId job : *jobs)
                driver.cancel(job);
        }
        (void)co_await watch.changed(loop.now() + kBetweenLooks, over);
    }
}

}  // namespace remuda::cli
