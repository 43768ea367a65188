// SPDX-License-Identifier: MIT
#include "shim/conversation.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace remuda::shim;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::model::Stream;
using remuda::transport::Command;

namespace {

using Id = Conversation::Id;

std::string hello(std::uint64_t version = kVersion) {
    std::string frame;
    Frame(frame, FrameType::shim_hello, 0)
        .number(Tag::version, version)
        .text(Tag::program, "abc")
        .text(Tag::boot, "the boot")
        .text(Tag::epoch, "the epoch")
        .text(Tag::host_name, "box")
        .number(Tag::pid, 7);
    return frame;
}

std::string output(Id id, std::uint8_t stream, std::uint64_t offset, std::string_view bytes) {
    std::string frame;
    Frame(frame, FrameType::output, id).output_head(stream, offset).raw(bytes);
    return frame;
}

std::string plain(FrameType type, Id id) {
    std::string frame;
    {
        const Frame made(frame, type, id);
    }
    return frame;
}

struct Sent {
    Header header;
    std::string payload;

    [[nodiscard]] std::vector<std::string> all(Tag tag) const {
        std::vector<std::string> values;
        Fields fields(payload);
        while (const auto field = fields.next()) {
            if (field->tag == tag) values.emplace_back(field->value);
        }
        CHECK_FALSE(fields.is_malformed());
        return values;
    }
    [[nodiscard]] std::string text(Tag tag) const {
        const auto values = all(tag);
        return values.empty() ? "(none)" : values.front();
    }
    [[nodiscard]] std::uint64_t number(Tag tag) const {
        const std::string value = text(tag);
        REQUIRE(value.size() == 8);
        return get_number(value, 8);
    }
    [[nodiscard]] bool has(Tag tag) const { return !all(tag).empty(); }
};

std::vector<Sent> sent(Conversation& talk) {
    const std::string bytes = talk.take_outgoing();
    std::vector<Sent> frames;
    std::string_view rest = bytes;
    while (const auto header = read_header(rest)) {
        REQUIRE(rest.size() >= kHeaderSize + header->length);
        frames.push_back({*header, std::string(rest.substr(kHeaderSize, header->length))});
        rest.remove_prefix(kHeaderSize + header->length);
    }
    REQUIRE(rest.empty());
    return frames;
}

/// One that has heard hello and sent its own.
struct Greeted {
    Greeted() {
        talk.feed(hello());
        REQUIRE(talk.next());
        (void)talk.take_outgoing();
    }
    template <class T>
    T next() {
        auto next = talk.next();
        REQUIRE(next);
        const auto happening = std::move(next).value().value_or(Conversation::Answered{});
        REQUIRE(std::holds_alternative<T>(happening));
        return std::get<T>(happening);
    }
    void check_silence() {
        const auto happening = talk.next();
        REQUIRE(happening);
        CHECK_FALSE(happening->has_value());
    }
    std::string fault_after(const std::string& bytes) {
        talk.feed(bytes);
        for (;;) {
            const auto happening = talk.next();
            if (!happening) return happening.error().text();
            REQUIRE(happening->has_value());
        }
    }
    Id run(const Command& command, bool is_durable = false) {
        const auto id = talk.run(command, is_durable);
        REQUIRE(id);
        return *id;
    }
    Conversation talk{"me"};
};

}  // namespace

TEST_CASE("it says hello first, and takes the other's, cut anywhere") {
    const std::string theirs = hello();
    for (std::size_t cut = 0; cut <= theirs.size(); ++cut) {
        Conversation talk("0123");
        talk.feed(theirs.substr(0, cut));
        const auto early = talk.next();
        REQUIRE(early);
        CHECK(early->has_value() == (cut == theirs.size()));
        talk.feed(theirs.substr(cut));
        if (cut < theirs.size()) {
            const auto happening = talk.next();
            REQUIRE(happening);
            REQUIRE(happening->has_value());
            CHECK(std::holds_alternative<Conversation::Greeted>(**happening));
        }
        REQUIRE(talk.greeting());
        CHECK(talk.greeting()->boot == "the boot");
        CHECK(talk.greeting()->epoch == "the epoch");
        CHECK(talk.total_out() == hello_size("0123"));
        const auto frames = sent(talk);
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].header.type == FrameType::hello);
        CHECK(frames[0].text(Tag::controller) == "0123");
        CHECK(frames[0].number(Tag::version) == kVersion);
    }
}

TEST_CASE("another version, and whatever comes before hello, end the conversation") {
    for (const std::string& bytes :
         {hello(2), plain(FrameType::pong, 0), plain(FrameType::started, 1), plain(FrameType{9}, 1),
          std::string(64, '\xff'), hello() + hello()}) {
        Conversation talk("me");
        talk.feed(bytes);
        auto happening = talk.next();
        if (happening && happening->has_value()) happening = talk.next();
        CHECK_FALSE(happening);
    }
}

TEST_CASE("a command is sent with all that belongs to it, and what is usual is left out") {
    Greeted greeted;
    Command command{"echo hi"};
    greeted.run(command);
    command.key = "run-1";
    command.environment = {{"A", "1"}, {"B", "x=y"}};
    command.directory = "~/work";
    command.input = "given";
    command.time_limit = 1500ms;
    command.grace = 3s;
    command.nice = -5;
    command.label = "train";
    command.output_limit = 4096;
    greeted.run(command, true);

    const auto frames = sent(greeted.talk);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].header.id != frames[1].header.id);
    CHECK(frames[0].text(Tag::script) == "echo hi");
    CHECK(frames[0].text(Tag::key) == "nameless-1");
    for (const Tag tag :
         {Tag::environment, Tag::directory, Tag::input, Tag::input_follows, Tag::time_limit,
          Tag::nice, Tag::durable, Tag::output_limit, Tag::label}) {
        CAPTURE(static_cast<int>(tag));
        CHECK_FALSE(frames[0].has(tag));
    }
    CHECK(frames[1].text(Tag::key) == "run-1");
    CHECK(frames[1].all(Tag::environment) == std::vector<std::string>{"A=1", "B=x=y"});
    CHECK(frames[1].text(Tag::directory) == "~/work");
    CHECK(frames[1].text(Tag::input) == "given");
    CHECK(frames[1].number(Tag::time_limit) == 1500);
    CHECK(frames[1].number(Tag::grace) == 3000);
    CHECK(static_cast<std::int64_t>(frames[1].number(Tag::nice)) == -5);
    CHECK(frames[1].number(Tag::durable) == 1);
    CHECK(frames[1].text(Tag::label) == "train");
    CHECK(frames[1].number(Tag::output_limit) == 4096);
}

TEST_CASE("a command too long for a frame is not sent") {
    Greeted greeted;
    CHECK_FALSE(greeted.talk.run(Command{std::string(kMostPayload, 'x')}, false));
    CHECK(sent(greeted.talk).empty());
}

TEST_CASE("output comes in order, within the credit, and credit is given back as it is taken") {
    Greeted greeted;
    const Id id = greeted.run(Command{"x"});
    (void)sent(greeted.talk);
    greeted.talk.feed(output(id, 1, 0, "one") + output(id, 2, 0, "err") + output(id, 1, 3, "two"));
    CHECK(greeted.next<Conversation::Wrote>().bytes == "one");
    const auto err = greeted.next<Conversation::Wrote>();
    CHECK(err.stream == Stream::err);
    CHECK(greeted.next<Conversation::Wrote>().bytes == "two");
    greeted.check_silence();

    const std::string most(kDefaultWindow - 9, 'x');
    greeted.talk.feed(output(id, 1, 6, most));
    CHECK(greeted.next<Conversation::Wrote>().bytes.size() == most.size());
    greeted.talk.consumed(id, 1000);
    CHECK(sent(greeted.talk).empty());
    greeted.talk.consumed(id, 100'000);
    const auto frames = sent(greeted.talk);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].header.type == FrameType::credit);
    CHECK(frames[0].number(Tag::amount) == 101'000);
    greeted.talk.feed(output(id, 1, 6 + most.size(), std::string(101'000, 'y')));
    (void)greeted.next<Conversation::Wrote>();
    CHECK(greeted.fault_after(output(id, 1, 6 + most.size() + 101'000, "z"))
              .find("more output than it has credit for") != std::string::npos);
}

TEST_CASE("the credit of who writes much grows while all is taken, within what there is for all") {
    Greeted greeted;
    const Id id = greeted.run(Command{"x"});
    std::uint64_t credit = kDefaultWindow;
    std::uint64_t offset = 0;
    // One length of the window is written, and taken in two parts.
    const auto round = [&](bool is_all_taken) {
        (void)sent(greeted.talk);
        const std::uint64_t wrote = credit;
        for (std::uint64_t left = wrote; left > 0;) {
            const std::uint64_t piece = std::min<std::uint64_t>(left, kMostPayload / 2);
            greeted.talk.feed(output(id, 1, offset, std::string(piece, 'x')));
            (void)greeted.next<Conversation::Wrote>();
            offset += piece;
            left -= piece;
        }
        greeted.talk.consumed(id, wrote / 2);
        if (is_all_taken) greeted.talk.consumed(id, wrote - wrote / 2);
        credit = 0;
        for (const auto& frame : sent(greeted.talk))
            credit += frame.number(Tag::amount);
    };
    round(false);
    CHECK(credit == kDefaultWindow / 2);
    greeted.talk.consumed(id, kDefaultWindow / 2);
    for (const auto& frame : sent(greeted.talk))
        credit += frame.number(Tag::amount);
    CHECK(credit == 2 * kDefaultWindow);
    for (int i = 0; i < 10; ++i)
        round(true);
    CHECK(credit == kDefaultWindow + Conversation::kMostGrowth);

    // What has ended leaves its share to others.
    const Id next = greeted.run(Command{"y"});
    std::string end;
    Frame(end, FrameType::ended, id).number(Tag::kind, 0);
    greeted.talk.feed(end);
    (void)greeted.next<Conversation::Ended>();
    (void)sent(greeted.talk);
    greeted.talk.feed(output(next, 1, 0, std::string(kDefaultWindow, 'y')));
    (void)greeted.next<Conversation::Wrote>();
    greeted.talk.consumed(next, kDefaultWindow);
    const auto frames = sent(greeted.talk);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].number(Tag::amount) == 2 * kDefaultWindow);
}

TEST_CASE("what waits of attempts that are attached to anew counts as what they have grown") {
    Greeted greeted;
    std::uint64_t given = 0;
    const auto count = [&] {
        for (const auto& frame : sent(greeted.talk)) {
            if (frame.header.type == FrameType::credit) given += frame.number(Tag::amount);
        }
    };
    constexpr std::uint64_t unread = std::uint64_t{4} << 20;
    const auto begin = [&](const std::string& key) {
        const Id id = greeted.talk.attach(key, {0, 0}, unread);
        CHECK(sent(greeted.talk).back().number(Tag::window) == 0);
        greeted.talk.consumed(id, unread);
        count();
        return id;
    };
    const Id first = begin("a");
    CHECK(given <= unread + kDefaultWindow);
    // All of it is taken: as much may come, and no more than what is there for all.
    given = 0;
    for (std::uint64_t offset = 0; offset < 4 * unread; offset += kMostPayload / 2) {
        greeted.talk.feed(output(first, 1, offset, std::string(kMostPayload / 2, 'x')));
        (void)greeted.next<Conversation::Wrote>();
        greeted.talk.consumed(first, kMostPayload / 2);
        count();
    }
    CHECK(given <= 4 * unread + kDefaultWindow);
}

TEST_CASE("output that is not where the last one ended, or of no stream, ends the conversation") {
    const auto fault = [](const std::string& frame) {
        Greeted greeted;
        greeted.run(Command{"x"});
        return greeted.fault_after(output(1, 1, 0, "one") + frame);
    };
    CHECK(fault(output(1, 1, 2, "x")).find("byte 2 instead of 3") != std::string::npos);
    CHECK(fault(output(1, 1, 4, "x")).find("byte 4 instead of 3") != std::string::npos);
    CHECK(fault(output(1, 0, 0, "x")).find("stream 0") != std::string::npos);
    CHECK(fault(output(1, 3, 0, "x")).find("stream 3") != std::string::npos);
    std::string headless;
    Frame(headless, FrameType::output, 1).raw("short");
    CHECK(fault(headless).find("without its head") != std::string::npos);
}

TEST_CASE("frames and fields that are longer than what they are in end the conversation") {
    std::string long_frame(kHeaderSize, '\0');
    long_frame[2] = '\x20';
    long_frame[4] = static_cast<char>(FrameType::ended);
    CHECK(Greeted().fault_after(long_frame).find("a frame of 2097152 bytes") != std::string::npos);
    std::string long_field;
    Frame(long_field, FrameType::ended, 1).raw(std::string("\x1c\x09\0\0\0", 5));
    CHECK(Greeted().fault_after(long_field).find("malformed") != std::string::npos);
    std::string cut_field;
    Frame(cut_field, FrameType::attached, 1).raw("\x1c");
    CHECK(Greeted().fault_after(cut_field).find("malformed") != std::string::npos);
    std::string odd_state;
    Frame(odd_state, FrameType::attached, 1).number(Tag::state, 3);
    Greeted greeted;
    greeted.talk.attach("k", {}, 0);
    CHECK(greeted.fault_after(odd_state).find("unknown state") != std::string::npos);
}

TEST_CASE("a fault of the other side is told in its words") {
    std::string fault;
    Frame(fault, FrameType::fault, 0).text(Tag::reason, "the disk is full");
    CHECK(Greeted().fault_after(fault) == "the shim says: the disk is full");
    // Also in the place of hello.
    Conversation talk("me");
    talk.feed(fault);
    CHECK_FALSE(talk.next());
}

TEST_CASE("every way to end becomes an outcome with what was used") {
    const auto ended = [](EndKind kind) {
        Greeted greeted;
        greeted.run(Command{"x"});
        std::string frame;
        Frame(frame, FrameType::ended, 1)
            .number(Tag::kind, static_cast<std::uint64_t>(kind))
            .number(Tag::code, 3)
            .text(Tag::signal, "SEGV")
            .text(Tag::reason, "who knows")
            .number(Tag::wall, 10)
            .number(Tag::user, 20)
            .number(Tag::system, 30)
            .number(Tag::memory, 40)
            .number(Tag::cut_out, 5)
            .number(Tag::cut_err, 6);
        greeted.talk.feed(frame + output(1, 1, 0, "late"));
        auto end = greeted.next<Conversation::Ended>().end;
        // Nothing of it follows; what does is passed over.
        greeted.check_silence();
        return end;
    };
    CHECK(ended(EndKind::exited).outcome == Outcome(Exited{3}));
    CHECK(ended(EndKind::signalled).outcome == Outcome(Signalled{"SEGV"}));
    CHECK(ended(EndKind::timed_out).outcome == Outcome(remuda::model::TimedOut{}));
    CHECK(ended(EndKind::cancelled).outcome == Outcome(remuda::model::Cancelled{}));
    CHECK(ended(EndKind::lost).outcome == Outcome(Lost{"who knows"}));
    CHECK(ended(EndKind{200}).outcome == Outcome(Lost{"who knows"}));
    const auto end = ended(EndKind::exited);
    CHECK(end.usage.value_or(remuda::model::Usage()) == remuda::model::Usage{10us, 20us, 30us, 40});
    CHECK(end.cut == remuda::model::CutOutput{5, 6});
}

TEST_CASE("frames of unknown types and for unknown ids are passed over") {
    Greeted greeted;
    const std::string frames = plain(FrameType{99}, 5) + plain(FrameType::started, 5) +
                               output(5, 9, 7, "x") + plain(FrameType::pong, 0);
    greeted.talk.feed(frames);
    (void)greeted.next<Conversation::Answered>();
    greeted.check_silence();
}

TEST_CASE("long input goes within the room there is, and its end behind it") {
    Greeted greeted;
    Command command{"cat"};
    command.input = std::string(100'000, 'x');
    command.input_follows = true;
    const Id id = greeted.run(command);
    auto frames = sent(greeted.talk);
    REQUIRE(frames.size() == 1);
    CHECK_FALSE(frames[0].has(Tag::input));
    CHECK(frames[0].number(Tag::input_follows) == 1);
    CHECK(greeted.talk.unsent(id) == 100'000);

    std::string started;
    Frame(started, FrameType::started, id).number(Tag::window, 70'000);
    greeted.talk.feed(started);
    (void)greeted.next<Conversation::Started>();
    frames = sent(greeted.talk);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].payload.size() + frames[1].payload.size() == 70'000);
    greeted.talk.write(id, "more");
    greeted.talk.end_input(id);
    greeted.talk.write(id, "too late");
    CHECK(greeted.talk.unsent(id) == 30'004);

    std::string credit;
    Frame(credit, FrameType::shim_credit, id).number(Tag::amount, 50'000);
    greeted.talk.feed(credit);
    greeted.check_silence();
    frames = sent(greeted.talk);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].payload.ends_with("xmore"));
    CHECK(frames[1].header.type == FrameType::input_end);
    CHECK(greeted.talk.unsent(id) == 0);
}

TEST_CASE("an attempt is attached to where its output was left") {
    Greeted greeted;
    const Id id = greeted.talk.attach("run-1", {10, 20}, 1000);
    const auto frames = sent(greeted.talk);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].text(Tag::key) == "run-1");
    CHECK(frames[0].number(Tag::offset_out) == 10);
    CHECK(frames[0].number(Tag::offset_err) == 20);
    CHECK(frames[0].number(Tag::window) == kDefaultWindow - 1000);
    std::string attached;
    Frame(attached, FrameType::attached, id).number(Tag::state, 0);
    greeted.talk.feed(attached + output(id, 2, 20, "on"));
    CHECK(greeted.next<Conversation::Attached>().state == AttachState::running);
    CHECK(greeted.next<Conversation::Wrote>().bytes == "on");
}

TEST_CASE("receipts are listed, those that ended with their outcome") {
    Greeted greeted;
    const Id id = greeted.talk.list("run-");
    std::string running;
    std::string done;
    {
        std::string frame;
        Frame(frame, FrameType::listed, 0).text(Tag::key, "run-1").number(Tag::time, 5);
        running = frame.substr(kHeaderSize);
        frame.clear();
        Frame(frame, FrameType::listed, 0)
            .text(Tag::key, "run-2")
            .text(Tag::label, "train")
            .number(Tag::kind, 0)
            .number(Tag::code, 4);
        done = frame.substr(kHeaderSize);
    }
    std::string listed;
    Frame(listed, FrameType::listed, id)
        .text(Tag::entry, running)
        .text(Tag::entry, done)
        .number(Tag::more, 1);
    greeted.talk.feed(listed);
    const auto answer = greeted.next<Conversation::Listed>();
    CHECK(answer.id == id);
    CHECK(answer.has_more);
    REQUIRE(answer.receipts.size() == 2);
    CHECK(answer.receipts[0].key == "run-1");
    CHECK_FALSE(answer.receipts[0].outcome);
    CHECK(answer.receipts[1].label == "train");
    CHECK(answer.receipts[1].outcome == Outcome(Exited{4}));
}

TEST_CASE("any number of keys is released, by frames that are not too long") {
    Greeted greeted;
    greeted.talk.release(std::vector<std::string>(12'000, std::string(100, 'k')), false);
    std::size_t keys = 0;
    for (const Sent& frame : sent(greeted.talk)) {
        CHECK(frame.payload.size() <= kMostPayload);
        keys += frame.all(Tag::key).size();
    }
    CHECK(keys == 12'000);
}
