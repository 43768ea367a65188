// SPDX-License-Identifier: MIT
//
// However much a job writes, a reader's memory is bounded. (A gigabyte takes the same memory, and
// more time.)
#include "fixture.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif
#ifdef HAS_SANITIZER
// malloc is theirs, and mallinfo2 knows nothing.
#include <sanitizer/allocator_interface.h>
#endif

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;
constexpr std::size_t kMostGrowth = 2 * kMebibyte;
constexpr std::size_t kMostPiece = kMebibyte;
constexpr std::size_t kChunk = std::size_t{64} * 1024;

class CountingSink final : public Sink {
  public:
    void write(std::string_view text) override {
        bytes += text.size();
        longest = std::max(longest, text.size());
    }
    std::size_t bytes = 0;
    std::size_t longest = 0;
};

std::size_t allocated_bytes() {
#ifdef HAS_SANITIZER
    return __sanitizer_get_current_allocated_bytes();
#else
    return ::mallinfo2().uordblks;
#endif
}

struct Bench {
    explicit Bench(std::size_t width = 0) : fleet(fleet_of({"n"})) {
        PlainOptions options;
        options.screen.out_is_terminal = width > 0;
        options.screen.width = width;
        reader = make_plain(fleet, options, out, err);
    }

    // Feeds `bytes` in chunks that `chunk` gives, and watches the memory.
    template <class Chunk>
    void feed(std::size_t bytes, const Chunk& chunk) {
        const std::size_t before = allocated_bytes();
        std::size_t most = before;
        reader->read(started(1, 0, "c"), at(0));
        for (std::size_t fed = 0; fed < bytes;) {
            std::string piece = chunk();
            fed += piece.size();
            reader->read(wrote(1, std::move(piece)), at(0));
            most = std::max(most, allocated_bytes());
        }
        reader->read(ended(1, model::Exited{1}), at(1));
        reader->read(model::RunEnded{}, at(1));
        CHECK(most < before + kMostGrowth);
        CHECK(out.longest < kMostPiece);
        CHECK(err.longest < kMostPiece);
    }

    model::Fleet fleet;
    CountingSink out;
    CountingSink err;
    std::unique_ptr<Reader> reader;
};

}  // namespace

TEST_CASE("32 MiB that are one line take no memory to speak of") {
    Bench bench;
    bench.feed(32 * kMebibyte, [] { return std::string(kChunk, 'x'); });
    CHECK(bench.out.bytes > 32 * kMebibyte);
}

TEST_CASE("4 MiB of lines take no memory to speak of") {
    Bench bench;
    std::string lines;
    while (lines.size() < kChunk)
        lines += "a line of output as programs write them\n";
    bench.feed(4 * kMebibyte, [&] { return lines; });
    CHECK(bench.out.bytes > 4 * kMebibyte);
}

TEST_CASE("4 MiB of binary output take no memory to speak of") {
    Bench bench;
    std::uint32_t state = 1;
    bench.feed(4 * kMebibyte, [&] {
        std::string bytes;
        bytes.reserve(kChunk);
        while (bytes.size() < kChunk) {
            state = state * 1664525U + 1013904223U;
            bytes += static_cast<char>(state >> 24U);
        }
        return bytes;
    });
}

TEST_CASE("32 MiB that rewrite one line are one line") {
    Bench bench;
    std::string states;
    while (states.size() < kChunk)
        states += "50% of very much\r";
    bench.feed(32 * kMebibyte, [&] { return states; });
    CHECK(bench.out.bytes == std::string_view("[n] 50% of very much\n").size());
}

TEST_CASE("a line of a megabyte on a narrow terminal is wrapped in small pieces of text") {
    Bench bench(20);
    bench.reader->read(started(1, 0, "c"), at(0));
    bench.reader->read(wrote(1, std::string(kMebibyte, 'x') + "\n"), at(0));
    CHECK(bench.out.bytes > kMebibyte);
    CHECK(bench.out.longest < kMostPiece);
}
