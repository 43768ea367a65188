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
    // Posted, because an attempt is known before it is told of.
    queue.end_by({.end_attempt =
                      [&loop, &driver](model::AttemptId attempt) {
                          loop.post([&driver, attempt] { driver.end_attempt(attempt); });
                      },
                  .drop_retry =
                      [&loop, &driver](model::JobId job) {
                          loop.post([&driver, job] { driver.drop_retry(job); });
                      }});
    while (!over.is_requested()) {
        // What cannot be read now is asked for again.
        (void)queue.heed_requests();
        (void)co_await watch.changed(loop.now() + kBetweenLooks, over);
    }
    queue.end_by({});
}

}  // namespace remuda::cli
