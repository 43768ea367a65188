// SPDX-License-Identifier: MIT
#include "shim_program/journal.h"

#include "shim_program/checksums.h"
#include "support/temp_dir.h"

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>

using namespace remuda::shim;
using namespace remuda::shim::program;

namespace {

std::string two_records() {
    std::string bytes;
    Record(bytes, RecordType::accepted).text(Tag::key, "one").text(Tag::script, "echo");
    Record(bytes, RecordType::released).text(Tag::key, "two");
    return bytes;
}

}  // namespace

TEST_CASE("records are read as they were written") {
    const std::string bytes = two_records();
    Records records(bytes);
    RecordType type{};
    std::string_view payload;
    REQUIRE(records.next(type, payload));
    CHECK(type == RecordType::accepted);
    Fields fields(payload);
    CHECK(fields.next()->value == "one");
    CHECK(fields.next()->value == "echo");
    REQUIRE(records.next(type, payload));
    CHECK(type == RecordType::released);
    CHECK(!records.next(type, payload));
    CHECK(records.sound() == bytes.size());
    CHECK(!records.is_damaged());
}

TEST_CASE("a record that is cut anywhere ends the reading before it") {
    const std::string bytes = two_records();
    Records whole(bytes);
    RecordType type{};
    std::string_view payload;
    whole.next(type, payload);
    const std::size_t first = whole.sound();
    for (std::size_t size = first; size < bytes.size(); ++size) {
        CAPTURE(size);
        Records records(std::string_view(bytes).substr(0, size));
        CHECK(records.next(type, payload));
        CHECK(!records.next(type, payload));
        CHECK(records.sound() == first);
        CHECK(!records.is_damaged());
    }
}

TEST_CASE("a record with any other byte is damaged, not cut") {
    const std::string bytes = two_records();
    RecordType type{};
    std::string_view payload;
    constexpr std::size_t length_size = 4;
    for (std::size_t at = length_size; at < 20; ++at) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] ^= 1;
        Records records(changed);
        CHECK(!records.next(type, payload));
        CHECK(records.is_damaged());
    }
    Records zeros(std::string_view("\0\0\0\0\0\0\0\0\0", 9));
    CHECK(!zeros.next(type, payload));
    CHECK(zeros.is_damaged());
}

TEST_CASE("a journal is written at its end and replaced whole") {
    const remuda::test::TempDir dir;
    const Fd folder(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::string fault;
    {
        Journal journal;
        CHECK(journal.open(folder.number(), fault).empty());
        journal.pending() += two_records();
        CHECK(journal.flush() == 0);
        CHECK(journal.take_unsynced());
        journal.pending() += "rest";
        CHECK(journal.flush() == 0);
        CHECK(journal.size() == two_records().size() + 4);
    }
    Journal journal;
    CHECK(journal.open(folder.number(), fault) == two_records() + "rest");
    const int before = journal.fd();
    CHECK(journal.replace("new "));
    CHECK(journal.fd() == before);
    journal.pending() += "end";
    CHECK(journal.flush() == 0);
    CHECK(Journal().open(folder.number(), fault) == "new end");
    CHECK(fault.empty());
}

TEST_CASE("checksums are those that everybody knows") {
    CHECK(crc32("123456789") == 0xcbf43926);
    const remuda::test::TempDir dir;
    const std::vector<std::pair<std::size_t, std::string>> known = {
        {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {1'000'000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const auto& [size, hash] : known) {
        std::ofstream(dir.path("file"), std::ios::binary) << std::string(size, 'a');
        CHECK(sha256_of_file(dir.path("file").c_str()) == hash);
        CHECK(sha256(std::string(size, 'a')) == hash);
    }
    CHECK(sha256_of_file(dir.path("none").c_str()).empty());
}

TEST_CASE("a journal that cannot be written anew is mended in its place") {
    const remuda::test::TempDir folder;
    const std::string path = folder.path("journal");
    const std::string damaged = two_records() + std::string("\4\0\0\0abcdefgh", 12);
    std::ofstream(path, std::ios::binary) << damaged;
    const Fd opened(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::string fault;
    Journal journal;
    const std::string content = journal.open(opened.number(), fault);
    REQUIRE(fault.empty());
    const std::size_t sound = two_records().size();
    std::string first;
    Record(first, RecordType::opened).text(Tag::epoch, "new");
    REQUIRE(journal.mend(sound, first));
    CHECK(journal.size() == sound + first.size());
    journal.pending() = two_records();
    CHECK(journal.flush() == 0);
    std::string again;
    {
        std::ifstream file(path, std::ios::binary);
        again.assign(std::istreambuf_iterator<char>(file), {});
    }
    CHECK(again == two_records() + first + two_records());
    REQUIRE(journal.mend(sound, ""));
    CHECK(journal.size() == sound);
}
