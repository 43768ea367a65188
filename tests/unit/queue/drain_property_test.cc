// SPDX-License-Identifier: MIT
#include "support/seed.h"
#include "unit/queue/queues.h"

#include <array>
#include <random>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::in_one_line;
using remuda::test::jobs_in;
using remuda::test::queue_text;

namespace {

// Queue files in all styles that people write, by chance.
class Writer {
  public:
    explicit Writer(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }

    // The text between two entries, with a line break of its own.
    std::string between() {
        static const std::array<const char*, 7> kinds = {
            "", "", "\n", "# comment\n", "  # indented: [x]\n\n", "#\n\n\n", "# - echo no\n"};
        return lines(kinds.at(below(kinds.size())));
    }

    std::string entry() {
        switch (below(5)) {
            case 0:
                return lines(indent_ + "- echo " + word() + "\n");
            case 1:
                return lines(indent_ + "-   '" + word() + " # x'   # note\n");
            case 2:
                return lines(indent_ + "- |\n" + indent_ + "  a " + word() + "\n\n" + indent_ +
                             "  # b\n");
            default:
                return lines(mapping());
        }
    }

    std::string line_break = "\n";
    std::string indent_;

  private:
    std::string word() {
        static const std::array<const char*, 8> words = {"a", "0.10", "true", "{{ x }}",
                                                         "é", "~",    "a-b",  "😀"};
        return words.at(below(words.size()));
    }

    std::string list(std::size_t count) {
        std::string text = "[";
        for (std::size_t i = 0; i < count; ++i) {
            text.append(i == 0 ? "\"" : ", \"")
                .append(word())
                .append(std::to_string(i))
                .append("\"");
        }
        return text + "]";
    }

    std::string mapping() {
        std::string text =
            indent_ + "- command: " + (below(3) == 0 ? word() + "x" : list(1 + below(3)));
        if (text.ends_with("{{ x }}x")) text = indent_ + "- command: 'c {{ x }}'";
        text += "\n";
        const std::size_t parameters = below(4);
        for (std::size_t i = 0; i < parameters; ++i) {
            text += indent_ + "  p" + std::to_string(i) + ":";
            if (below(6) == 0 && text.find("slots:") == std::string::npos) {
                text.resize(text.rfind('\n') + 1);
                text += indent_ + "  slots:";
                text += below(2) == 0 ? " [1, 2, 2, 4]\n"
                                      : "\n" + indent_ + "  - 3 # c\n" + indent_ + "  - 1\n";
                continue;
            }
            if (below(2) == 0) {
                text += " " + list(1 + below(3)) + " # c\n";
                continue;
            }
            text += "\n";
            const std::size_t values = 1 + below(3);
            for (std::size_t v = 0; v < values; ++v) {
                text += indent_ + "  - v" + std::to_string(v) + "\n";
                if (below(4) == 0) text += indent_ + "# inside\n";
            }
        }
        if (below(4) == 0 && text.find("slots:") == std::string::npos) {
            text += indent_ + "  slots: 2\n";
        }
        if (below(4) == 0) text += indent_ + "  job:\n" + indent_ + "    name: n\n";
        if (below(6) == 0 && text.find("job:") == std::string::npos) {
            text += indent_ +
                    "  job: {retries: 2, env: {A: 'b c', B: \"x\\ny\"}, retry_on: [lost, 3]}\n";
        }
        return text;
    }

    [[nodiscard]] std::string lines(const std::string& text) const {
        std::string result;
        for (const char c : text) {
            if (c == '\n') {
                result += line_break;
            } else {
                result += c;
            }
        }
        return result;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("any queue drains to its product, and only the head's bytes ever change") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    for (unsigned round = 0; round < 300; ++round) {
        Writer writer(seed + round);
        writer.line_break = writer.below(4) == 0 ? "\r\n" : "\n";
        writer.indent_ = writer.below(4) == 0 ? "  " : "";
        const std::string top =
            std::string(writer.below(4) == 0 ? "\xEF\xBB\xBF" : "") + writer.between();
        // What stands behind each entry up to the end of the file, by entry.
        std::vector<std::string> entries;
        const std::size_t count = writer.below(5);
        entries.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            entries.push_back(writer.entry() + writer.between());
        }
        std::string text = top;
        for (const std::string& entry : entries) {
            text += entry;
        }
        CAPTURE(seed + round);
        CAPTURE(text);

        const std::vector<std::string> expected = jobs_in(text);
        QueueText queue = queue_text(text);
        std::size_t taken = 0;
        for (std::size_t head = 0; head < entries.size(); ++head) {
            std::string behind;
            for (std::size_t i = head + 1; i < entries.size(); ++i) {
                behind += entries[i];
            }
            const std::size_t jobs = jobs_in(entries[head]).size();
            std::size_t of_head = 0;
            while (of_head < jobs) {
                const std::size_t most = 1 + writer.below(jobs - of_head);
                auto removal = queue.without_first_jobs(most);
                REQUIRE(removal);
                // Fewer where a job among them needs other slots.
                REQUIRE_FALSE(removal->jobs.empty());
                REQUIRE(removal->jobs.size() <= most);
                const bool has_list =
                    entries[head].find("slots: [") != std::string::npos ||
                    entries[head].find("slots:" + writer.line_break) != std::string::npos;
                if (!has_list) REQUIRE(removal->jobs.size() == most);
                for (const remuda::model::Job& job : removal->jobs) {
                    REQUIRE(taken < expected.size());
                    REQUIRE(in_one_line(job) == expected[taken++]);
                }
                of_head += removal->jobs.size();
                REQUIRE_FALSE(removal->edit.is_rewritten);
                queue.apply(std::move(removal->edit));
                REQUIRE(queue.text().starts_with(top));
                REQUIRE(queue.text().ends_with(behind));
                // What is kept in memory is what a fresh reading gives.
                const auto left = jobs_in(queue.text());
                REQUIRE(left ==
                        std::vector<std::string>(
                            expected.begin() + static_cast<std::ptrdiff_t>(taken), expected.end()));
                REQUIRE(queue.job_total() == left.size());
            }
        }
        REQUIRE(taken == expected.size());
        REQUIRE(queue.is_empty());
    }
}

TEST_CASE(
    "any queue drains to its product in place as well, and reads as what remains throughout") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    std::size_t in_place = 0;
    for (unsigned round = 0; round < 200; ++round) {
        Writer writer(seed + round);
        writer.line_break = writer.below(4) == 0 ? "\r\n" : "\n";
        writer.indent_ = writer.below(4) == 0 ? "  " : "";
        std::string text =
            std::string(writer.below(4) == 0 ? "\xEF\xBB\xBF" : "") + writer.between();
        for (std::size_t i = writer.below(6); i > 0; --i) {
            text += writer.entry() + writer.between();
        }
        CAPTURE(seed + round);
        CAPTURE(text);
        const std::vector<std::string> expected = jobs_in(text);
        QueueText queue = queue_text(text);
        std::size_t taken = 0;
        while (!queue.is_empty()) {
            auto removal = queue.without_first_jobs(1 + writer.below(4), true);
            REQUIRE(removal);
            for (const remuda::model::Job& job : removal->jobs) {
                REQUIRE(in_one_line(job) == expected[taken++]);
            }
            in_place += removal->edit.is_in_place ? 1 : 0;
            REQUIRE_FALSE(removal->edit.is_rewritten);
            queue.apply(std::move(removal->edit));
            if (writer.below(3) == 0) {
                auto edit = queue.without_hollows();
                REQUIRE(edit);
                REQUIRE_FALSE(edit->is_rewritten);
                queue.apply(std::move(*edit));
                REQUIRE(queue.hollow_bytes() == 0);
            }
            CAPTURE(queue.text());
            const auto left = jobs_in(queue.text());
            REQUIRE(left ==
                    std::vector<std::string>(expected.begin() + static_cast<std::ptrdiff_t>(taken),
                                             expected.end()));
            REQUIRE(queue.job_total() == left.size());
        }
        REQUIRE(taken == expected.size());
    }
    CHECK(in_place > 200);
}
