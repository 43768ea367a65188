// SPDX-License-Identifier: MIT
//
// The channel of one controller.
#pragma once

#include "remuda/shim/wire.h"
#include "shim_program/system.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remuda::shim::program {

struct Job;

/// Above so much, nothing is added that can wait, and nothing read that would be answered.
constexpr std::size_t kMostUnsent = std::size_t{1} << 20;

struct FrameView {
    FrameType type{};
    std::uint64_t id = 0;
    std::string_view payload;
};

/// Bytes of a file that are sent without being copied (sendfile(2)).
struct Span {
    Fd file;
    /// Whose they are: the serial of a job, and which of its streams.
    std::uint64_t job = 0;
    int stream = 0;
    std::uint64_t offset = 0;
    std::size_t size = 0;
    /// How much of `output` goes before it.
    std::size_t at = 0;
};

struct Connection {
    std::uint64_t serial = 0;
    /// To the front; closed when it ends.
    Fd control;
    /// The two ends of the channel.
    Fd in;
    Fd out;
    std::vector<std::string> environment;
    std::string home;
    /// What its jobs may not give others (umask(2)).
    mode_t mask = 022;

    std::string input;
    std::size_t input_used = 0;
    std::string output;
    std::size_t output_sent = 0;
    /// Between the bytes of `output`, in order.
    std::deque<Span> spans;
    std::size_t span_bytes = 0;
    /// Its channel is no pipe, or the system does not know how.
    bool must_copy = false;
    /// Whose bytes could not be read though their head was sent: the channel is broken.
    std::optional<std::pair<std::uint64_t, int>> unread;

    bool has_greeted = false;
    bool waits_to_write = false;
    bool is_reading = true;
    /// Nothing more is read; it ends when what is to be sent is sent.
    bool is_closing = false;
    bool is_broken = false;
    std::string controller;
    std::unordered_map<std::uint64_t, Job*> jobs;
    /// Serials of jobs that have output to send, in turn.
    std::deque<std::uint64_t> sending;
    /// `list`: what is asked for, and the last key that was told.
    bool is_listing = false;
    std::uint64_t list_id = 0;
    std::string list_prefix;
    std::string list_after;

    [[nodiscard]] std::size_t unsent() const { return output.size() - output_sent + span_bytes; }
    [[nodiscard]] bool has_room() const { return unsent() < kMostUnsent; }
};

enum class Taken : std::uint8_t { frame, nothing, malformed };

/// The next whole frame of what was read. The view holds until more is read.
Taken take_frame(Connection& connection, FrameView& frame);

/// Reads what there is, up to a limit. False when the channel has ended.
bool read_some(Connection& connection);

/// Puts these bytes behind what is in `output`: its file is open, holds them, and keeps them. Not
/// with `must_copy`.
void add_span(Connection& connection, Span span);

/// Writes what can be written. False when the channel is broken.
bool write_some(Connection& connection);

}  // namespace remuda::shim::program
