// SPDX-License-Identifier: MIT
#include "cli/host_script.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace remuda::cli {

namespace {

// What a cleaning says fits many times.
constexpr std::size_t kMostAnswer = std::size_t{1} << 20;

struct Answer {
    std::string said;
    std::optional<Result<ScriptEnd>> result;
    loop::Notice ended;
};

Result<ScriptEnd> end_of(transport::Happening happening, std::string said) {
    if (auto* ended = std::get_if<transport::Ended>(&happening)) {
        return ScriptEnd{std::move(said), std::move(ended->outcome)};
    }
    if (auto* refused = std::get_if<transport::Refused>(&happening)) {
        return Error(Code::unreachable, refused->reason);
    }
    return Error(Code::unreachable, "the connection is gone");
}

loop::Task<> hear(transport::Execution& execution, Answer& answer) {
    while (!answer.result) {
        auto happening = co_await execution.next();
        if (std::holds_alternative<transport::Began>(happening)) continue;
        if (const auto* output = std::get_if<transport::Output>(&happening)) {
            if (answer.said.size() < kMostAnswer) answer.said += output->bytes;
            continue;
        }
        answer.result = end_of(std::move(happening), std::move(answer.said));
    }
    answer.ended.notify();
}

}  // namespace

loop::Task<Result<ScriptEnd>> run_script(loop::Loop& loop, transport::Transport& transport,
                                         std::string script, loop::Stop& stop) {
    const auto execution = transport.start(transport::Command{std::move(script)});
    Answer answer;
    loop::Scope hearing(loop);
    hearing.spawn(hear(*execution, answer));
    const loop::Wake wake = co_await loop.wait(answer.ended, loop.now() + kHostAnswerTime, stop);
    const bool is_late = !answer.result;
    if (is_late) {
        execution->signal("KILL");
        // What hangs may not even end then; without its connection it has ended for us.
        co_await transport.close(loop.now() + kHostClosingTime);
    }
    co_await hearing.join();
    if (!is_late) co_return std::move(*answer.result);
    co_return wake == loop::Wake::stopped
        ? Error(Code::stopped, "stopped")
        : Error(Code::timed_out, "the host does not answer within 30 s");
}

}  // namespace remuda::cli
