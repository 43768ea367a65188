// SPDX-License-Identifier: MIT
#include "ssh/status_frame.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/core.h>

#include <sys/random.h>

namespace remuda::ssh {

namespace {

// Descriptor 3 is the command's stderr, 4 our stdin. What the shells say of children that a signal
// ended goes to /dev/null, since a command without the frame would not have it either. (In a
// subshell: dash redirects itself for a plain command.)
//
// The traps keep the frame alive through a signal to its own group, so that it can still tell the
// status; the subshell and the command have the default actions again. The reader of signals must
// not hold stdout or stderr open, for these end with the command. A server that makes no process
// group for a command leaves it without signals, rather than that others get them.
constexpr std::string_view kFrame =
    R"(exec 3>&2 4<&0 </dev/null 2>/dev/null
trap : HUP INT QUIT TERM USR1 USR2
{ trap '' HUP INT QUIT TERM USR1 USR2
  while read -r s; do kill -s "$s" -- "-$$"; done; } <&4 >/dev/null 3>&- &
exec 4<&-
(printf '%s begun %d\n' MARK $$ >&3; exec sh -c "$1" 2>&3 3>&-)
c=$?
kill -s KILL $!
printf '%s %d\n' MARK "$c" >&3)";

// The same for a command that has stdin for itself.
constexpr std::string_view kFrameWithInput =
    R"(exec 3>&2 2>/dev/null
trap : HUP INT QUIT TERM USR1 USR2
(printf '%s begun %d\n' MARK $$ >&3; exec sh -c "$1" 2>&3 3>&-)
c=$?
printf '%s %d\n' MARK "$c" >&3)";

constexpr std::string_view kBegun = " begun ";
// "<mark> begun <number>\n" has at most so many characters behind the mark.
constexpr std::size_t kMostWordBytes = kBegun.size() + 20 + 1;

template <class Number>
bool parse(std::string_view text, Number& number) {
    // So that it has an end that from_chars can be given.
    const std::string digits(text);
    const char* end = digits.c_str() + digits.size();
    const auto parsed = std::from_chars(digits.c_str(), end, number);
    return !digits.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

// The length of the longest end of `text` that `mark` begins with.
std::size_t begun_mark(std::string_view text, std::string_view mark) {
    for (std::size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n) {
        if (text.substr(text.size() - n) == mark.substr(0, n)) return n;
    }
    return 0;
}

}  // namespace

RemoteCommand StatusFrame::command(const std::string& script, bool reads_input) const {
    constexpr std::string_view place = "MARK";
    std::string frame(reads_input ? kFrameWithInput : kFrame);
    for (std::size_t at = frame.find(place); at != std::string::npos;
         at = frame.find(place, at + mark_.size())) {
        frame.replace(at, place.size(), mark_);
    }
    return framed_command(frame, script);
}

bool StatusFrame::take(std::string_view word) {
    if (word.starts_with(kBegun)) {
        has_begun_ = parse(word.substr(kBegun.size()), group_);
        return has_begun_;
    }
    int status = 0;
    if (!word.starts_with(' ') || !parse(word.substr(1), status)) return false;
    status_ = status;
    return true;
}

std::string StatusFrame::add_err(std::string_view bytes) {
    held_ += bytes;
    std::string own;
    while (!status_) {
        const std::size_t at = held_.find(mark_);
        if (at == std::string::npos) {
            const std::size_t sure = held_.size() - begun_mark(held_, mark_);
            own += held_.substr(0, sure);
            held_.erase(0, sure);
            return own;
        }
        own += held_.substr(0, at);
        held_.erase(0, at);
        const std::string_view behind = std::string_view(held_).substr(mark_.size());
        const std::size_t end = behind.find('\n');
        if (end == std::string_view::npos && behind.size() < kMostWordBytes) return own;
        if (end != std::string_view::npos && take(behind.substr(0, end))) {
            held_.erase(0, mark_.size() + end + 1);
        } else {
            // The command has written the mark itself.
            own += mark_;
            held_.erase(0, mark_.size());
        }
    }
    return own + std::exchange(held_, {});
}

std::string StatusFrame::rest() {
    return std::exchange(held_, {});
}

std::string random_mark() {
    std::array<std::uint64_t, 2> random{};
    // Fails only before the system has gathered any randomness, which waits instead.
    (void)::getrandom(random.data(), sizeof random, 0);
    return fmt::format("remuda{:016x}{:016x}", random[0], random[1]);
}

}  // namespace remuda::ssh
