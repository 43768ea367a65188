// SPDX-License-Identifier: MIT
#include "cli/pausing_reader.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace remuda;
using cli::PausingReader;

namespace {

// Writes down what it is told.
class Scribe final : public output::Reader {
  public:
    explicit Scribe(std::string& text) : text_(text) {}
    void read(const model::Event& event, Time /*now*/) override {
        if (const auto* output = std::get_if<model::OutputArrived>(&event)) text_ += output->bytes;
        if (std::holds_alternative<model::StopAsked>(event)) text_ += "stop ";
    }
    void tick(Time /*now*/) override { text_ += "tick "; }
    void note(std::string_view text) override { text_ += text; }
    void flush() override { text_ += "flush "; }
    void suspend(bool is_suspended) override { text_ += is_suspended ? "leave " : "return "; }

  private:
    std::string& text_;
};

struct Bench {
    std::string told;
    PausingReader reader{std::make_unique<Scribe>(told)};

    void output(std::string bytes) {
        reader.read(model::OutputArrived{{1}, model::Stream::out, std::move(bytes)}, Time{});
    }
};

}  // namespace

TEST_CASE("nothing is written into a question, and all of it in order behind the answer") {
    Bench bench;
    bench.output("a ");
    bench.reader.pause(true);
    CHECK(bench.told == "a leave ");
    bench.told.clear();
    bench.output("b ");
    bench.reader.flush();
    bench.reader.flush();
    bench.reader.note("note ");
    bench.reader.tick(Time{});
    bench.output("c ");
    CHECK(bench.told.empty());
    bench.reader.pause(false);
    bench.output("d ");
    bench.reader.tick(Time{});
    CHECK(bench.told == "return b flush note c d tick ");
}

TEST_CASE("a stop is answered although a question is open") {
    Bench bench;
    bench.reader.pause(true);
    bench.output("a ");
    bench.reader.read(model::StopAsked{1}, Time{});
    CHECK(bench.told == "leave a stop ");
}

TEST_CASE("what is held back has a bound") {
    Bench bench;
    bench.reader.pause(true);
    const std::string piece(PausingReader::kMostHeldBytes / 2, 'x');
    bench.told.clear();
    bench.output(piece);
    CHECK(bench.told.empty());
    bench.output(piece);
    CHECK(bench.told.size() == 2 * piece.size());
}

TEST_CASE("a question and a ctrl-z in it leave the terminal once, and both must be over") {
    Bench bench;
    bench.reader.pause(true);
    bench.reader.suspend(true);
    bench.reader.suspend(false);
    CHECK(bench.told == "leave ");
    bench.reader.pause(false);
    CHECK(bench.told == "leave return ");
}
