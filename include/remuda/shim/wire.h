// SPDX-License-Identifier: MIT
//
// The frames between remuda and the shim (docs/protocol/shim.md): numbers, names, reading and
// writing. Shared with the shim's program, which has no library but libc: so nothing throws here,
// and only what std keeps in headers is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace remuda::shim {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeaderSize = 16;
/// Of the payload.
constexpr std::size_t kMostPayload = std::size_t{1} << 20;
constexpr std::uint64_t kDefaultWindow = std::uint64_t{256} << 10;
constexpr std::uint64_t kDefaultOutputLimit = std::uint64_t{1} << 30;
constexpr std::uint64_t kDefaultGraceMs = 10'000;

enum class FrameType : std::uint8_t {
    // From the controller.
    hello = 1,
    run = 2,
    input = 3,
    input_end = 4,
    cancel = 5,
    attach = 6,
    list = 7,
    facts = 8,
    ping = 9,
    release = 10,
    credit = 11,
    // From the shim.
    shim_hello = 64,
    started = 65,
    output = 66,
    ended = 67,
    refused = 68,
    listed = 69,
    shim_facts = 70,
    pong = 71,
    attached = 72,
    fault = 73,
    shim_credit = 75,
};

enum class Tag : std::uint8_t {
    version = 1,
    controller = 2,
    key = 3,
    script = 4,
    environment = 5,
    directory = 6,
    input = 7,
    input_follows = 8,
    time_limit = 9,
    grace = 10,
    nice = 11,
    durable = 12,
    output_limit = 13,
    window = 14,
    label = 15,
    probe = 16,
    signal = 17,
    offset_out = 18,
    offset_err = 19,
    prefix = 20,
    amount = 21,
    program = 22,
    boot = 23,
    epoch = 24,
    host_name = 25,
    pid = 26,
    reason = 27,
    kind = 28,
    code = 29,
    wall = 30,
    user = 31,
    system = 32,
    memory = 33,
    length_out = 34,
    length_err = 35,
    cut_out = 36,
    cut_err = 37,
    state = 38,
    text = 39,
    more = 40,
    /// A value of fields: a receipt in `listed`.
    entry = 41,
    /// Milliseconds since 1970-01-01 UTC.
    time = 42,
    /// Of the process, in clock ticks since the boot (proc(5), stat, field 22).
    start_time = 43,
    machine = 44,
    no_room = 45,
    /// Of a job whose process has ended: it is being ended, and its output is open (1) or closed
    /// (2).
    ending = 46,
};

enum class EndKind : std::uint8_t { exited, signalled, timed_out, cancelled, lost };
enum class AttachState : std::uint8_t { running, ended, unknown };

struct Header {
    std::uint32_t length = 0;
    FrameType type{};
    std::uint64_t id = 0;
};

inline void put_number(std::string& to, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
        to.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i))));
    }
}

/// `bytes` of `from`, which holds at least so many.
inline std::uint64_t get_number(std::string_view from, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        value |= std::uint64_t{static_cast<std::uint8_t>(from[i])} << (8 * i);
    }
    return value;
}

/// The header at the front of `bytes`; nothing while there are fewer than kHeaderSize. The caller
/// checks `length`.
inline std::optional<Header> read_header(std::string_view bytes) {
    if (bytes.size() < kHeaderSize) return std::nullopt;
    return Header{static_cast<std::uint32_t>(get_number(bytes, 4)),
                  static_cast<FrameType>(bytes[4]), get_number(bytes.substr(8), 8)};
}

/// Appends one frame to a buffer: fields are added, and the length is filled in at the end.
///
///     Frame(buffer, FrameType::run, id).text(Tag::key, key).number(Tag::durable, 1);
class Frame {
  public:
    Frame(std::string& to, FrameType type, std::uint64_t id) : to_(to), begin_(to.size()) {
        put_number(to_, 0, 4);
        to_.push_back(static_cast<char>(type));
        put_number(to_, 0, 3);
        put_number(to_, id, 8);
    }
    ~Frame() {
        const std::uint64_t length = to_.size() - begin_ - kHeaderSize + behind_;
        for (std::size_t i = 0; i < 4; ++i) {
            to_[begin_ + i] = static_cast<char>(static_cast<std::uint8_t>(length >> (8 * i)));
        }
    }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    Frame& text(Tag tag, std::string_view value) {
        to_.push_back(static_cast<char>(tag));
        put_number(to_, value.size(), 4);
        to_.append(value);
        return *this;
    }
    Frame& number(Tag tag, std::uint64_t value) {
        to_.push_back(static_cast<char>(tag));
        put_number(to_, 8, 4);
        put_number(to_, value, 8);
        return *this;
    }
    /// Bytes without a tag: the payload of `input`, and the end of that of `output`.
    Frame& raw(std::string_view bytes) {
        to_.append(bytes);
        return *this;
    }
    /// The head of an `output` frame; stream 1 or 2.
    Frame& output_head(std::uint8_t stream, std::uint64_t offset) {
        to_.push_back(static_cast<char>(stream));
        put_number(to_, 0, 7);
        put_number(to_, offset, 8);
        return *this;
    }
    /// The last `size` bytes of the payload are sent behind the buffer, by other means.
    void followed_by(std::size_t size) { behind_ = size; }

  private:
    std::string& to_;
    std::size_t begin_;
    std::size_t behind_ = 0;
};

constexpr std::size_t kOutputHeadSize = 16;

struct Field {
    Tag tag{};
    std::string_view value;

    /// 0 where the value is no number.
    [[nodiscard]] std::uint64_t number() const {
        return value.size() == 8 ? get_number(value, 8) : 0;
    }
};

/// Reads the fields of a payload, one after the other. The views are into the payload.
class Fields {
  public:
    explicit Fields(std::string_view payload) : rest_(payload) {}

    /// The next field; nothing at the end, and where the payload is malformed.
    std::optional<Field> next() {
        constexpr std::size_t head = 5;
        if (rest_.empty() || is_malformed_) return std::nullopt;
        if (rest_.size() < head || get_number(rest_.substr(1), 4) > rest_.size() - head) {
            is_malformed_ = true;
            return std::nullopt;
        }
        const auto size = static_cast<std::size_t>(get_number(rest_.substr(1), 4));
        const Field field{static_cast<Tag>(rest_[0]), rest_.substr(head, size)};
        rest_.remove_prefix(head + size);
        return field;
    }
    [[nodiscard]] bool is_malformed() const { return is_malformed_; }

  private:
    std::string_view rest_;
    bool is_malformed_ = false;
};

}  // namespace remuda::shim
