// SPDX-License-Identifier: MIT
//
// Conversation: the controller's side of the shim's protocol (docs/protocol/shim.md) on one
// connection. Frames in, happenings out; asked for something, frames for the other side. It knows
// no loop, no transport and no clock.
//
// Whatever the other side sends, no more is kept than the credit that it was given, and one frame.
// An attempt has a window of 256 KiB; those of attempts that write much and are kept up with grow,
// all together by kMostGrowth at most.
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/event.h"
#include "remuda/shim/shim_transport.h"
#include "remuda/shim/wire.h"
#include "remuda/transport/transport.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace remuda::shim {

/// What the shim says of itself.
struct Greeting {
    std::uint64_t version = 0;
    std::string program;
    std::string boot;
    /// Tells machines of one name apart; empty where it cannot.
    std::string machine;
    std::string epoch;
    std::string host_name;
    std::uint64_t pid = 0;
};

class Conversation {
  public:
    using Id = std::uint64_t;
    static constexpr std::uint64_t kMostGrowth = std::uint64_t{4} << 20;

    struct Greeted {};
    struct Started {
        Id id = 0;
    };
    struct Wrote {
        Id id = 0;
        model::Stream stream = model::Stream::out;
        std::string_view bytes;
    };
    struct Ended {
        Id id = 0;
        transport::Ended end;
    };
    struct Refused {
        Id id = 0;
        std::string reason;
        /// The disk there takes no receipts.
        bool has_no_room = false;
    };
    struct Attached {
        Id id = 0;
        AttachState state = AttachState::unknown;
        std::string reason;
    };
    struct Listed {
        Id id = 0;
        std::vector<Kept> receipts;
        bool has_more = false;
        /// What they take here, about.
        std::size_t size = 0;
    };
    struct Told {
        Id id = 0;
        std::string facts;
    };
    struct Answered {};
    /// Views are into what was fed: valid until the next call.
    using Happening =
        std::variant<Greeted, Started, Wrote, Ended, Refused, Attached, Listed, Told, Answered>;

    /// `hello` waits to be sent at once. What has no key gets one that begins with `nameless`,
    /// which is no other conversation's.
    explicit Conversation(std::string_view controller, std::string nameless = "nameless");

    // --- What came.

    /// Bytes of the other side; then `next` until it has nothing more.
    void feed(std::string_view bytes);
    /// The next thing that happened. An error: the other side breaks the protocol or says that
    /// something does; nothing more can be had of it.
    [[nodiscard]] Result<std::optional<Happening>> next();

    // --- What is asked for. Unknown ids, and those that have ended, are passed over.

    /// Fails where the command is too long for a frame.
    [[nodiscard]] Result<Id> run(const transport::Command& command, bool is_durable);
    /// `unread` bytes of its output wait on our side already.
    /// `giver`: if the key is unknown there, connections of that controller are cut, so that it
    /// stays unknown; empty: none.
    Id attach(std::string_view key, transport::Offsets from, std::uint64_t unread,
              std::string_view giver = {});
    void cancel(Id id, std::string_view signal, std::optional<Duration> grace);
    void write(Id id, std::string_view bytes);
    void end_input(Id id);
    /// So many bytes of its output were taken: as many more may come.
    void consumed(Id id, std::uint64_t bytes);
    /// `is_by_another`: not by the run that gave the keys, which may still ask for them.
    void release(const std::vector<std::string>& keys, bool is_by_another);
    Id list(std::string_view prefix);
    Id facts();
    void ping();

    // --- What is to be sent.

    /// Takes it.
    [[nodiscard]] std::string take_outgoing();
    [[nodiscard]] bool has_outgoing() const { return !outgoing_.empty(); }
    /// All bytes that were ever to be sent.
    [[nodiscard]] std::uint64_t total_out() const { return taken_ + outgoing_.size(); }

    // --- What is known.

    [[nodiscard]] const std::optional<Greeting>& greeting() const { return greeting_; }
    /// Bytes of stdin that wait for room on the other side.
    [[nodiscard]] std::size_t unsent(Id id) const;

  private:
    struct Attempt {
        // What may yet come; what was taken and not yet given as credit.
        std::uint64_t credit = kDefaultWindow;
        std::uint64_t owed = 0;
        // What may come before anything is taken, by what of that it has grown, and what was taken
        // since it grew last.
        std::uint64_t window = kDefaultWindow;
        std::uint64_t grown = 0;
        std::uint64_t taken = 0;
        std::uint64_t next_out = 0;
        std::uint64_t next_err = 0;
        std::string input;
        std::uint64_t input_room = 0;
        bool is_input_open = false;
        bool ends_input = false;
    };

    Attempt* find(Id id);
    void forget(Id id);
    void send_input(Id id, Attempt& attempt);
    [[nodiscard]] Result<std::optional<Happening>> take(const Header& header,
                                                        std::string_view payload);
    [[nodiscard]] Result<std::optional<Happening>> take_greeting(std::string_view payload);
    [[nodiscard]] Result<std::optional<Happening>> take_output(Id id, std::string_view payload);
    [[nodiscard]] Result<std::optional<Happening>> take_fields(const Header& header,
                                                               std::string_view payload);

    const std::string nameless_;
    std::string incoming_;
    std::size_t incoming_begin_ = 0;
    std::string outgoing_;
    std::uint64_t taken_ = 0;
    Id last_id_ = 0;
    std::optional<Greeting> greeting_;
    std::unordered_map<Id, Attempt> attempts_;
    // What their windows may yet grow together.
    std::uint64_t spare_window_ = kMostGrowth;
};

/// `hello` as a Conversation sends it first has so many bytes.
[[nodiscard]] std::size_t hello_size(std::string_view controller);

}  // namespace remuda::shim
