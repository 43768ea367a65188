// SPDX-License-Identifier: MIT
//
// Several takers of one file, in turn: each follows what the others have made of it.
#include "remuda/base/fd.h"
#include "support/seed.h"
#include "support/temp_dir.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::load_file;
using remuda::replace_file;
using remuda::test::in_one_line;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using Lines = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

Lines taken(Queue& queue, std::size_t most, bool is_burst) {
    const auto result = queue.take(
        [&](const auto&) { return Admission{Admission::Verdict::take, most}; }, is_burst);
    REQUIRE(result);
    Lines jobs;
    if (const auto* found = std::get_if<Taken>(&*result)) {
        for (const auto& job : found->jobs)
            jobs.push_back(in_one_line(job));
    } else {
        REQUIRE(std::holds_alternative<Empty>(*result));
    }
    return jobs;
}

class Chance {
  public:
    explicit Chance(unsigned seed) : random_(seed) {}
    std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }
    bool one_in(std::size_t n) { return below(n) == 0; }

  private:
    std::mt19937 random_;
};

// An entry with what stands above it. `number` makes it different from others.
std::string entry_text(Chance& chance, std::size_t number) {
    const std::string name = "c" + std::to_string(number);
    std::string text = chance.one_in(4) ? "# of " + name + "\n\n" : "";
    const auto list = [&](const char* key, std::size_t count) {
        const bool is_flow = chance.one_in(3);
        text += std::string("  ") + key + ":" + (is_flow ? " [0" : "\n  - 0 # first\n");
        for (std::size_t i = 1; i < count; ++i)
            text += (is_flow ? ", " : "  - ") + std::to_string(i) + (is_flow ? "" : "\n");
        if (is_flow) text += "]\n";
    };
    switch (chance.below(7)) {
        case 0:
            text += "- |\n  " + name + "\n\n  more\n";
            break;
        case 1:
            text += "- command: " + name + "\n";
            list("x", 1 + chance.below(5));
            break;
        case 2:
            text += "- command: [" + name + ", d]\n";
            list("x", 1 + chance.below(3));
            list("z", 1 + chance.below(3));
            if (chance.one_in(2)) text += "  slots: 2\n";
            break;
        case 3:
            text += "- command: " + name + "\n";
            // Long enough to be written as runs.
            list("x", number == 3 ? 700 : 3);
            list("z", 2);
            break;
        case 4:
            text += "- command: " + name + "\n";
            list("x", 1 + chance.below(4));
            text += "  slots:\n    - 1\n    - 2 # two\n    - 2\n";
            list("z", 1 + chance.below(3));
            break;
        default:
            text += "- " + name + " # note\n";
    }
    return text;
}

}  // namespace

TEST_CASE("takers in any order take each job once, whatever else becomes of the file") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    for (unsigned round = 0; round < 12; ++round) {
        CAPTURE(seed + round);
        Chance chance(seed + round);
        const MemoryDir dir;
        const std::string path = dir.path("queue.yaml");
        std::size_t number = 0;
        std::chrono::seconds saves{0};
        std::string text = chance.one_in(3) ? "---\n" : chance.one_in(4) ? "\xEF\xBB\xBF" : "";
        for (std::size_t i = chance.below(15); i > 0; --i)
            text += entry_text(chance, ++number);
        if (round % 4 == 3) {
            for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
                text.insert(at, "\r");
        }
        // Some files are always consumed in place.
        if (round % 6 == 0) text += "- last\n# " + std::string(300'000, 'x') + "\n";
        REQUIRE(replace_file(path, text));
        Lines model = jobs_in(text);
        std::size_t gone = 0;
        const auto left = [&] {
            return Lines(model.begin() + static_cast<std::ptrdiff_t>(gone), model.end());
        };
        std::vector<Queue> takers;
        constexpr std::size_t count = 3;
        takers.reserve(count);
        while (takers.size() < count)
            takers.emplace_back(path, QueueSettings{});
        for (int step = 0; step < 40; ++step) {
            CAPTURE(step);
            Queue& taker = takers[chance.below(takers.size())];
            switch (chance.below(12)) {
                case 0:
                    REQUIRE(taker.tidy(chance.one_in(2)));
                    break;
                case 1: {
                    // Under the lock: what remuda add and lock do.
                    auto lock = Lock::try_take(path, "test");
                    REQUIRE(lock);
                    const std::string more = entry_text(chance, ++number);
                    const std::string old = load_file(path).value();
                    const bool is_front = chance.one_in(2) && !old.starts_with("---") &&
                                          !old.starts_with("\xEF\xBB\xBF");
                    REQUIRE(replace_file(path, is_front ? more + old : old + more));
                    model = left();
                    gone = 0;
                    const Lines added = jobs_in(more);
                    model.insert(is_front ? model.begin() : model.end(), added.begin(),
                                 added.end());
                    break;
                }
                case 2: {
                    // Without it, by renaming: what there was, with an entry less or one more.
                    std::string now = load_file(path).value();
                    const std::size_t at = now.rfind("\n- c") + 1;
                    if (at == 0) break;
                    const std::string more = entry_text(chance, ++number);
                    now = chance.one_in(2) ? now.substr(0, at) : now.insert(at, more);
                    REQUIRE(replace_file(path, now));
                    model = jobs_in(now);
                    gone = 0;
                    break;
                }
                case 3: {
                    if (model.size() - gone > 200) break;
                    // Without it, in place: neither size nor file need change.
                    std::string now = load_file(path).value();
                    const std::size_t at = now.rfind("\n- c") + 1;
                    if (at != 0 && now.find_first_of("0123456789", at) == at + 3) {
                        now[at + 2] = static_cast<char>('e' + chance.below(20));
                        std::ofstream(path, std::ios::in | std::ios::binary) << now;
                        // Where the clock of files is coarse, its time might be that of the take.
                        fs::last_write_time(path, fs::last_write_time(path) + ++saves);
                    }
                    model = jobs_in(now);
                    gone = 0;
                    break;
                }
                default: {
                    const std::size_t most = chance.one_in(5) ? 300 : 1 + chance.below(4);
                    const Lines jobs = taken(taker, most, !chance.one_in(4));
                    REQUIRE((gone == model.size()) == jobs.empty());
                    for (const std::string& job : jobs)
                        REQUIRE(job == model.at(gone++));
                }
            }
            if (model.size() - gone < 200 || chance.one_in(10)) {
                REQUIRE(jobs_in(load_file(path).value()) == left());
            }
        }
    }
}

TEST_CASE("a second taker does not read the file anew at each take") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::string text = "# mine\n";
    for (int i = 0; i < 8'000; ++i)
        text += "- echo job number " + std::to_string(i) + "\n";
    REQUIRE(replace_file(path, text));
    std::size_t read = 0;
    const QueueSettings settings{
        .check = [&](const std::vector<Entry>& entries, auto&) { read += entries.size(); }};
    std::vector<Queue> takers;
    takers.emplace_back(path, settings);
    takers.emplace_back(path, settings);
    std::size_t next = 0;
    // Compacted past half by one or the other.
    for (int turn = 0; turn < 76; ++turn) {
        const Lines jobs = taken(takers[turn % 2 == 0 ? 0 : 1], 100, true);
        REQUIRE(jobs.size() == 100);
        for (const std::string& job : jobs)
            REQUIRE(job == "echo job number " + std::to_string(next++));
    }
    CHECK(std::filesystem::file_size(path) < text.size() / 2);
    CHECK(read == 8'000 + 7'900);
    REQUIRE(takers[0].tidy());
    CHECK(taken(takers[1], 1, true) == Lines{"echo job number 7600"});
    CHECK(read == 8'000 + 7'900);
    CHECK(load_file(path).value().starts_with("# mine\n# echo"));
}
