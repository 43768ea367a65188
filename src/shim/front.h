// SPDX-License-Identifier: MIT
//
// Front: one channel with the shim at its other end, from the bootstrap to the channel's end.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/transport/transport.h"
#include "shim/bootstrap.h"
#include "shim/conversation.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace remuda::shim {

class Front {
  public:
    class Listener {
      public:
        virtual ~Listener() = default;
        virtual void on_happening(Conversation::Happening happening) = 0;
        /// What came has made something to be sent.
        virtual void on_outgoing() = 0;
    };

    /// Starts the shim by `inner`: `controller` and `folder` as in the settings. `loop` and `inner`
    /// outlive it.
    Front(loop::Loop& loop, transport::Transport& inner, std::string_view controller,
          std::string_view folder);

    /// Reads until the channel's end, whatever becomes of the conversation. Once; it outlives the
    /// Front's use (hence the shared ownership by this task and the transport).
    static loop::Task<> read(std::shared_ptr<Front> front);

    /// Returns when the shim has said hello, or why it has not.
    loop::Task<Result<void>> greeted(loop::Stop& stop);
    /// Why nothing more comes; or that `stop` came.
    loop::Task<Error> ended(loop::Stop& stop);
    /// Waits for the channel's end.
    loop::Task<> closed(Time deadline);

    [[nodiscard]] Conversation& talk() { return talk_; }
    /// Who is told what happens; null: nobody.
    void set_listener(Listener* listener) { listener_ = listener; }

    /// Hands over what is to be sent.
    void send();
    /// Whether all of the conversation up to here may have left this machine.
    [[nodiscard]] bool may_have_left(std::uint64_t end) const;
    /// Says that nothing more comes; the shim closes the channel.
    void leave();
    /// The same for one that does not answer.
    void give_up();

  private:
    void take(std::string_view bytes);
    void take_word(std::string_view bytes);
    void take_frames(std::string_view bytes);
    void write(std::string bytes);
    void end(Error reason);
    [[nodiscard]] Error end_of(const transport::Happening& happening) const;

    loop::Loop& loop_;
    BootstrapWords words_;
    Conversation talk_;
    std::string hello_;
    std::unique_ptr<transport::Execution> execution_;
    Listener* listener_ = nullptr;
    bool is_talking_ = false;
    // Bytes that were handed over, and those of them that are not the conversation's.
    std::uint64_t handed_ = 0;
    std::uint64_t foreign_ = 0;
    bool was_pushed_ = false;
    // The end of what came on stderr.
    std::string errors_;
    std::optional<Error> end_;
    bool is_closed_ = false;
    bool has_left_ = false;
    loop::Notice changed_;
    loop::Notice closed_;
};

/// 32 random hex digits.
[[nodiscard]] std::string random_name();

}  // namespace remuda::shim
