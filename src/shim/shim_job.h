// SPDX-License-Identifier: MIT
//
// ShimJob: one command between whoever awaits what happens with it and the transport, which has it
// run, by one connection to the shim after another if need be.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/transport/output_queue.h"
#include "remuda/transport/transport.h"
#include "shim/conversation.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::shim {

class ShimJob {
  public:
    /// Whoever has it run. Told until the job has ended or has no carrier any more.
    class Carrier {
      public:
        virtual ~Carrier() = default;
        /// So many bytes of its output were taken.
        virtual void on_consumed(ShimJob& job, std::size_t bytes) = 0;
        virtual void on_signal(ShimJob& job, const std::string& name) = 0;
        virtual void on_written(ShimJob& job, std::string_view bytes) = 0;
        virtual void on_input_end(ShimJob& job) = 0;
        [[nodiscard]] virtual std::size_t unsent(const ShimJob& job) const = 0;
    };

    ShimJob(loop::Loop& loop, Carrier& carrier, transport::Command of)
        : command(std::move(of)), loop_(loop), carrier_(&carrier) {}

    // --- The side that has it run.

    /// The shim has it: it runs there.
    void begin();
    void add_output(model::Stream stream, std::string_view bytes);
    /// The end; everything after it is ignored.
    void finish(transport::Happening end);
    [[nodiscard]] bool is_finished() const { return end_.has_value(); }
    void leave_carrier() { carrier_ = nullptr; }
    [[nodiscard]] bool is_abandoned() const { return is_abandoned_; }
    /// Bytes that came of each stream, and those of them that nobody has taken yet.
    [[nodiscard]] transport::Offsets received() const { return received_; }
    [[nodiscard]] std::size_t unread_bytes() const { return outputs_.bytes(); }

    /// Only key and grace of one that is attached to.
    transport::Command command;
    /// On the connection of now; 0: on none.
    Conversation::Id id = 0;
    /// Who kept its receipt when it was sent; absent: it was not yet.
    std::optional<transport::Keeper> sent_to;
    /// Where its `run` ends among all that was to be sent on the connection of now; 0: it was
    /// attached to.
    std::uint64_t run_end = 0;
    /// It goes on when the connection ends.
    bool is_durable = false;
    /// It was there already, for certain: it was started or attached to.
    bool is_known_there = false;
    /// Signals that came while there was no connection.
    std::vector<std::string> waiting_signals;

    // --- The side that awaits it.

    loop::Task<transport::Happening> next();
    void signal(const std::string& name);
    void write(std::string_view bytes);
    void end_input();
    [[nodiscard]] std::size_t unsent() const;
    void abandon();

    /// Sets where its output begins, for an attempt that is attached to.
    void begin_at(transport::Offsets from) { received_ = from; }

  private:
    loop::Loop& loop_;
    Carrier* carrier_;
    transport::OutputQueue outputs_;
    transport::Offsets received_;
    bool has_news_of_begin_ = false;
    std::optional<transport::Happening> end_;
    bool is_abandoned_ = false;
    loop::Notice happened_;
};

/// The awaiting side of `job`; its destruction abandons the job.
[[nodiscard]] std::unique_ptr<transport::Execution> execution_of(std::shared_ptr<ShimJob> job);

}  // namespace remuda::shim
