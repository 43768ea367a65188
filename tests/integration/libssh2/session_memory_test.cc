// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <cstdlib>

#include <doctest/doctest.h>
#include <libssh2.h>

#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::size_t kMostPages = 64;

// The largest piece of memory that a session asks for, which is the session itself, in pages of its
// own.
struct Pages {
    void* begin = nullptr;
    std::size_t length = 0;
};

void* allocate(std::size_t length, void** abstract) {
    auto& pages = *static_cast<Pages*>(*abstract);
    if (pages.begin != nullptr) return std::malloc(length);
    pages.begin =
        ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pages.length = length;
    return pages.begin;
}

void release(void* pointer, void** abstract) {
    if (pointer != static_cast<Pages*>(*abstract)->begin) std::free(pointer);
}

void* reallocate(void* pointer, std::size_t length, void** /*abstract*/) {
    return std::realloc(pointer, length);
}

}  // namespace

TEST_CASE("a new session touches few pages of its memory") {
    Pages pages;
    LIBSSH2_SESSION* session = libssh2_session_init_ex(&allocate, &release, &reallocate, &pages);
    REQUIRE(session != nullptr);

    const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t count = (pages.length + page_size - 1) / page_size;
    REQUIRE(count <= kMostPages);
    std::array<unsigned char, kMostPages> residence{};
    REQUIRE(::mincore(pages.begin, pages.length, residence.data()) == 0);
    std::size_t resident = 0;
    for (const unsigned char page : residence)
        resident += page & 1U;
    CHECK(pages.length > 70'000);
    CHECK(resident * page_size < pages.length / 2);

    libssh2_session_free(session);
    ::munmap(pages.begin, pages.length);
}
