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
        if (const auto cancelled = queue.take_cancelled(); cancelled) {
            for (const model::AttemptId attempt : *cancelled)
                driver.end_attempt(attempt);
        }
        (void)co_await watch.changed(loop.now() + kBetweenLooks, over);
    }
}

}  // namespace remuda::cli
