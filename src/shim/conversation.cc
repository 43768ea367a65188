// SPDX-License-Identifier: MIT
#include "shim/conversation.h"

#include "shim/told_end.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace remuda::shim {

namespace {

// Longer input goes by frames of its own, so that it holds up no other command's `run`.
constexpr std::size_t kMostInlineInput = std::size_t{64} << 10;
constexpr std::size_t kInputPiece = std::size_t{64} << 10;
// Credit is given back in such parts of a window: a frame for each line that is read would be too
// many.
constexpr std::uint64_t kCreditParts = 4;
// Keys of one `release` stay well below what a frame holds.
constexpr std::size_t kMostKeys = 5000;
// What the fields of a frame have besides their values.
constexpr std::size_t kFieldHead = 5;

std::uint64_t milliseconds(Duration duration) {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
    return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

Error broken(const std::string& how) {
    return {Code::protocol, "the shim breaks its protocol: " + how};
}

void put_hello(std::string& to, std::string_view controller) {
    Frame(to, FrameType::hello, 0).number(Tag::version, kVersion).text(Tag::controller, controller);
}

}  // namespace

std::size_t hello_size(std::string_view controller) {
    std::string hello;
    put_hello(hello, controller);
    return hello.size();
}

Conversation::Conversation(std::string_view controller, std::string nameless)
    : nameless_(std::move(nameless)) {
    put_hello(outgoing_, controller);
}

// --- What came.

void Conversation::feed(std::string_view bytes) {
    incoming_.erase(0, std::exchange(incoming_begin_, 0));
    incoming_ += bytes;
}

Result<std::optional<Conversation::Happening>> Conversation::next() {
    for (;;) {
        const std::string_view rest = std::string_view(incoming_).substr(incoming_begin_);
        const auto header = read_header(rest);
        if (!header) return std::optional<Happening>();
        if (header->length > kMostPayload) {
            return broken(fmt::format("a frame of {} bytes", header->length));
        }
        if (!greeting_ && header->type != FrameType::shim_hello &&
            header->type != FrameType::fault) {
            return broken("it does not begin with hello");
        }
        if (rest.size() < kHeaderSize + header->length) return std::optional<Happening>();
        incoming_begin_ += kHeaderSize + header->length;
        auto taken = take(*header, rest.substr(kHeaderSize, header->length));
        if (!taken || taken->has_value()) return taken;
    }
}

Result<std::optional<Conversation::Happening>> Conversation::take(const Header& header,
                                                                  std::string_view payload) {
    if (header.type == FrameType::shim_hello) return take_greeting(payload);
    if (header.type == FrameType::output) return take_output(header.id, payload);
    return take_fields(header, payload);
}

Result<std::optional<Conversation::Happening>> Conversation::take_greeting(
    std::string_view payload) {
    if (greeting_) return broken("a second hello");
    Greeting greeting;
    Fields fields(payload);
    while (const auto field = fields.next()) {
        if (field->tag == Tag::version) greeting.version = field->number();
        if (field->tag == Tag::program) greeting.program = field->value;
        if (field->tag == Tag::boot) greeting.boot = field->value;
        if (field->tag == Tag::machine) greeting.machine = field->value;
        if (field->tag == Tag::epoch) greeting.epoch = field->value;
        if (field->tag == Tag::host_name) greeting.host_name = field->value;
        if (field->tag == Tag::pid) greeting.pid = field->number();
    }
    if (fields.is_malformed()) return broken("a malformed hello");
    if (greeting.version != kVersion) {
        return Error(Code::protocol,
                     fmt::format("the shim speaks version {} of the protocol", greeting.version));
    }
    greeting_ = std::move(greeting);
    return std::optional<Happening>(Greeted{});
}

Result<std::optional<Conversation::Happening>> Conversation::take_output(Id id,
                                                                         std::string_view payload) {
    Attempt* attempt = find(id);
    if (attempt == nullptr) return std::optional<Happening>();
    if (payload.size() < kOutputHeadSize) return broken("an output frame without its head");
    const auto stream = static_cast<std::uint8_t>(payload[0]);
    if (stream != 1 && stream != 2) return broken(fmt::format("output of stream {}", stream));
    const std::uint64_t offset = get_number(payload.substr(8), 8);
    const std::string_view bytes = payload.substr(kOutputHeadSize);
    std::uint64_t& expected = stream == 1 ? attempt->next_out : attempt->next_err;
    if (offset != expected) {
        return broken(fmt::format("output at byte {} instead of {}", offset, expected));
    }
    if (bytes.size() > attempt->credit) return broken("more output than it has credit for");
    attempt->credit -= bytes.size();
    expected += bytes.size();
    return std::optional<Happening>(
        Wrote{id, stream == 1 ? model::Stream::out : model::Stream::err, bytes});
}

Result<std::optional<Conversation::Happening>> Conversation::take_fields(const Header& header,
                                                                         std::string_view payload) {
    ToldEnd end;
    Listed listed{header.id, {}, false, payload.size()};
    std::uint64_t room = 0;
    std::optional<std::uint64_t> state;
    bool has_no_room = false;
    std::string_view text;
    Fields fields(payload);
    while (const auto field = fields.next()) {
        end.take(*field);
        if (field->tag == Tag::window || field->tag == Tag::amount) room = field->number();
        if (field->tag == Tag::state) state = field->number();
        if (field->tag == Tag::no_room) has_no_room = field->number() != 0;
        if (field->tag == Tag::text) text = field->value;
        if (field->tag == Tag::more) listed.has_more = field->number() != 0;
        if (field->tag == Tag::entry) listed.receipts.push_back(receipt_of(field->value));
    }
    if (fields.is_malformed()) {
        return broken(fmt::format("a malformed frame of type {}", static_cast<int>(header.type)));
    }

    switch (header.type) {
        case FrameType::fault:
            return Error(Code::protocol, "the shim says: " + end.reason);
        case FrameType::pong:
            return std::optional<Happening>(Answered{});
        case FrameType::listed:
            listed.size += listed.receipts.size() * sizeof(Kept);
            return std::optional<Happening>(std::move(listed));
        case FrameType::shim_facts:
            return std::optional<Happening>(Told{header.id, std::string(text)});
        default:
            break;
    }

    Attempt* attempt = find(header.id);
    if (attempt == nullptr) return std::optional<Happening>();
    switch (header.type) {
        case FrameType::started:
        case FrameType::shim_credit:
            attempt->input_room += room;
            send_input(header.id, *attempt);
            if (header.type == FrameType::shim_credit) break;
            return std::optional<Happening>(Started{header.id});
        case FrameType::ended: {
            forget(header.id);
            // Who does not know how it ended has not measured it either.
            const bool is_measured = end.has_kind && end.kind != EndKind::lost;
            transport::Ended told{end.outcome(),
                                  is_measured ? std::optional(end.usage) : std::nullopt, end.cut()};
            return std::optional<Happening>(Ended{header.id, std::move(told)});
        }
        case FrameType::refused:
            forget(header.id);
            return std::optional<Happening>(Refused{header.id, std::move(end.reason), has_no_room});
        case FrameType::attached: {
            const std::uint64_t known =
                state.value_or(static_cast<std::uint64_t>(AttachState::unknown));
            if (known > static_cast<std::uint64_t>(AttachState::unknown)) {
                return broken("an unknown state of an attempt");
            }
            const auto is = static_cast<AttachState>(known);
            if (is == AttachState::unknown) forget(header.id);
            return std::optional<Happening>(Attached{header.id, is, std::move(end.reason)});
        }
        default:
            break;
    }
    return std::optional<Happening>();
}

// --- What is asked for.

Conversation::Attempt* Conversation::find(Id id) {
    const auto at = attempts_.find(id);
    return at == attempts_.end() ? nullptr : &at->second;
}

void Conversation::forget(Id id) {
    const auto at = attempts_.find(id);
    if (at == attempts_.end()) return;
    spare_window_ += at->second.grown;
    attempts_.erase(at);
}

Result<Conversation::Id> Conversation::run(const transport::Command& command, bool is_durable) {
    std::size_t size = command.script.size() + command.directory.size() + command.label.size() +
                       command.key.size() + 20 * (kFieldHead + sizeof(std::uint64_t));
    for (const auto& [name, value] : command.environment)
        size += name.size() + value.size() + 1 + kFieldHead;
    if (size > kMostPayload) {
        return Error(Code::invalid_input,
                     fmt::format("the command and its environment have {} bytes; at most {} go "
                                 "to the shim",
                                 size, kMostPayload));
    }
    const bool is_inline = command.input.size() <= std::min(kMostInlineInput, kMostPayload - size);

    const Id id = ++last_id_;
    Attempt attempt;
    attempt.is_input_open = command.input_follows || !is_inline;
    attempt.ends_input = !command.input_follows;
    if (!is_inline) attempt.input = command.input;

    Frame frame(outgoing_, FrameType::run, id);
    frame.text(Tag::key, command.key.empty() ? fmt::format("{}-{}", nameless_, id) : command.key);
    frame.text(Tag::script, command.script);
    for (const auto& [name, value] : command.environment)
        frame.text(Tag::environment, fmt::format("{}={}", name, value));
    if (!command.directory.empty()) frame.text(Tag::directory, command.directory);
    if (is_inline && !command.input.empty()) frame.text(Tag::input, command.input);
    if (attempt.is_input_open) frame.number(Tag::input_follows, 1);
    if (command.time_limit) frame.number(Tag::time_limit, milliseconds(*command.time_limit));
    frame.number(Tag::grace, milliseconds(command.grace));
    if (command.nice != 0) {
        frame.number(Tag::nice,
                     static_cast<std::uint64_t>(static_cast<std::int64_t>(command.nice)));
    }
    if (is_durable) frame.number(Tag::durable, 1);
    if (command.output_limit) frame.number(Tag::output_limit, *command.output_limit);
    if (!command.label.empty()) frame.text(Tag::label, command.label);
    attempts_.emplace(id, std::move(attempt));
    return id;
}

Conversation::Id Conversation::attach(std::string_view key, transport::Offsets from,
                                      std::uint64_t unread, std::string_view giver) {
    const Id id = ++last_id_;
    Attempt attempt;
    // More than a window may wait that has not grown: what it had grown by is taken up again.
    attempt.window = std::max(kDefaultWindow, unread);
    attempt.grown = std::min(attempt.window - kDefaultWindow, spare_window_);
    spare_window_ -= attempt.grown;
    attempt.credit = attempt.window - unread;
    attempt.next_out = from.out;
    attempt.next_err = from.err;
    Frame frame(outgoing_, FrameType::attach, id);
    frame.text(Tag::key, key)
        .number(Tag::offset_out, from.out)
        .number(Tag::offset_err, from.err)
        .number(Tag::window, attempt.credit);
    if (!giver.empty()) frame.text(Tag::controller, giver);
    attempts_.emplace(id, std::move(attempt));
    return id;
}

void Conversation::cancel(Id id, std::string_view signal, std::optional<Duration> grace) {
    if (find(id) == nullptr) return;
    Frame frame(outgoing_, FrameType::cancel, id);
    frame.text(Tag::signal, signal);
    if (grace) frame.number(Tag::grace, milliseconds(*grace));
}

void Conversation::write(Id id, std::string_view bytes) {
    Attempt* attempt = find(id);
    if (attempt == nullptr || !attempt->is_input_open || attempt->ends_input) return;
    attempt->input += bytes;
    send_input(id, *attempt);
}

void Conversation::end_input(Id id) {
    Attempt* attempt = find(id);
    if (attempt == nullptr || !attempt->is_input_open) return;
    attempt->ends_input = true;
    send_input(id, *attempt);
}

void Conversation::send_input(Id id, Attempt& attempt) {
    if (!attempt.is_input_open) return;
    std::size_t sent = 0;
    while (sent < attempt.input.size() && attempt.input_room > 0) {
        const std::size_t most = std::min<std::size_t>(kInputPiece, attempt.input_room);
        const std::string_view piece = std::string_view(attempt.input).substr(sent, most);
        Frame(outgoing_, FrameType::input, id).raw(piece);
        attempt.input_room -= piece.size();
        sent += piece.size();
    }
    attempt.input.erase(0, sent);
    if (!attempt.input.empty() || !attempt.ends_input) return;
    attempt.is_input_open = false;
    const Frame end(outgoing_, FrameType::input_end, id);
}

void Conversation::consumed(Id id, std::uint64_t bytes) {
    Attempt* attempt = find(id);
    if (attempt == nullptr) return;
    attempt->owed += bytes;
    attempt->taken += bytes;
    // Its throughput is the window over the round trip. Where nothing waits, we keep up with it.
    const bool is_all_taken = attempt->credit + attempt->owed == attempt->window;
    if (is_all_taken && attempt->taken >= attempt->window) {
        attempt->taken = 0;
        const std::uint64_t more = std::min(attempt->window, spare_window_);
        spare_window_ -= more;
        attempt->grown += more;
        attempt->window += more;
        attempt->owed += more;
    }
    if (attempt->owed < attempt->window / kCreditParts) return;
    attempt->credit += attempt->owed;
    Frame(outgoing_, FrameType::credit, id).number(Tag::amount, std::exchange(attempt->owed, 0));
}

void Conversation::release(const std::vector<std::string>& keys, bool is_by_another) {
    for (std::size_t begin = 0; begin < keys.size(); begin += kMostKeys) {
        Frame frame(outgoing_, FrameType::release, 0);
        const std::size_t end = std::min(keys.size(), begin + kMostKeys);
        for (std::size_t i = begin; i < end; ++i)
            frame.text(Tag::key, keys[i]);
        if (is_by_another) frame.number(Tag::epoch, 1);
    }
}

Conversation::Id Conversation::list(std::string_view prefix) {
    Frame(outgoing_, FrameType::list, ++last_id_).text(Tag::prefix, prefix);
    return last_id_;
}

Conversation::Id Conversation::facts() {
    const Frame frame(outgoing_, FrameType::facts, ++last_id_);
    return last_id_;
}

void Conversation::ping() {
    const Frame frame(outgoing_, FrameType::ping, 0);
}

// --- What is to be sent, and what is known.

std::string Conversation::take_outgoing() {
    taken_ += outgoing_.size();
    return std::exchange(outgoing_, {});
}

std::size_t Conversation::unsent(Id id) const {
    const auto at = attempts_.find(id);
    return at == attempts_.end() ? 0 : at->second.input.size();
}

}  // namespace remuda::shim
