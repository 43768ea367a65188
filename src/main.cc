// SPDX-License-Identifier: MIT
#include "remuda/cli/main.h"

#include <malloc.h>

namespace {

/// Output comes in pieces of some ten to some hundred KiB that live for one turn of the loop. By
/// itself glibc gives such memory back to the kernel and takes it anew, zeroed page by page, each
/// time: a third of all CPU while a job writes much (mallopt(3)). What is kept for reuse is
/// bounded.
void keep_freed_memory() {
    constexpr int most_kept = 8 << 20;
    constexpr int largest_of_heap = 4 << 20;
    // NOLINTBEGIN(concurrency-mt-unsafe): there is no other thread yet.
    ::mallopt(M_TRIM_THRESHOLD, most_kept);
    ::mallopt(M_MMAP_THRESHOLD, largest_of_heap);
    // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace

int main(int argc, char** argv) {
    keep_freed_memory();
    return remuda::cli::run_main(argc, argv);
}
