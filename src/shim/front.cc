// SPDX-License-Identifier: MIT
#include "shim/front.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <sys/random.h>

namespace remuda::shim {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// For the host to start a shell and the shim; while the program is being sent, for the next bytes
// of it to leave. A host that swaps takes seconds.
constexpr auto kAnswerTime = 20s;
constexpr std::size_t kMostErrors = std::size_t{4} * 1024;

transport::Command bootstrap_command(std::string_view folder, std::string_view mark,
                                     std::string hello) {
    transport::Command command;
    command.script = bootstrap_script(programs(), folder, mark, hello.size());
    command.input = std::move(hello);
    command.input_follows = true;
    return command;
}

std::string last_line(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    const std::size_t begin = text.rfind('\n');
    return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

}  // namespace

std::string random_name() {
    std::array<std::uint64_t, 2> random{};
    // Fails only before the system has gathered any randomness, which waits instead.
    (void)::getrandom(random.data(), sizeof random, 0);
    return fmt::format("{:016x}{:016x}", random[0], random[1]);
}

Front::Front(loop::Loop& loop, transport::Transport& inner, std::string_view controller,
             std::string_view folder)
    : loop_(loop), words_(""), talk_(controller, random_name()) {
    const std::string mark = "remuda-" + random_name();
    words_ = BootstrapWords(mark);
    hello_ = talk_.take_outgoing();
    handed_ = hello_.size();
    execution_ = inner.start(bootstrap_command(folder, mark, hello_));
}

// --- What comes.

Task<> Front::read(std::shared_ptr<Front> front) {
    for (;;) {
        transport::Happening happening = co_await front->execution_->next();
        const auto* output = std::get_if<transport::Output>(&happening);
        if (output == nullptr) {
            front->end(front->end_of(happening));
            break;
        }
        if (output->stream == model::Stream::out) {
            front->take(output->bytes);
        } else {
            front->errors_ += output->bytes;
            if (front->errors_.size() > kMostErrors) {
                front->errors_.erase(0, front->errors_.size() - kMostErrors);
            }
        }
    }
    front->is_closed_ = true;
    front->closed_.notify();
}

void Front::take(std::string_view bytes) {
    if (end_) return;
    if (is_talking_) {
        take_frames(bytes);
    } else {
        take_word(bytes);
    }
}

void Front::take_word(std::string_view bytes) {
    auto word = words_.feed(bytes);
    while (word) {
        using Kind = BootstrapWords::Word::Kind;
        if (word->kind == Kind::cannot) {
            end(Error(Code::system, "the host cannot " + word->text));
            return;
        }
        if (word->kind == Kind::ready) {
            if (was_pushed_) write(hello_);
            is_talking_ = true;
            take_frames(words_.take_rest());
            return;
        }
        const auto all = programs();
        const auto program = std::ranges::find(all, word->text, &Program::machine);
        if (program == all.end() || was_pushed_) {
            end(Error(Code::protocol, "it asks for the program of '" + word->text + "'"));
            return;
        }
        was_pushed_ = true;
        write(std::string(reinterpret_cast<const char*>(program->bytes.data()),
                          program->bytes.size()));
        changed_.notify();
        word = words_.feed({});
    }
}

void Front::take_frames(std::string_view bytes) {
    talk_.feed(bytes);
    while (!end_) {
        auto next = talk_.next();
        if (!next) {
            end(next.error());
            return;
        }
        auto happening = std::move(next).value();
        if (!happening) break;
        if (std::holds_alternative<Conversation::Greeted>(*happening)) {
            changed_.notify();
        } else if (listener_ != nullptr) {
            listener_->on_happening(std::move(*happening));
        }
    }
    if (listener_ != nullptr && talk_.has_outgoing()) listener_->on_outgoing();
}

Error Front::end_of(const transport::Happening& happening) const {
    if (const auto* refused = std::get_if<transport::Refused>(&happening)) {
        return {Code::unreachable, refused->reason};
    }
    const auto* ended = std::get_if<transport::Ended>(&happening);
    if (ended == nullptr) return {Code::unreachable, "the connection is gone"};
    if (const auto* lost = std::get_if<model::Lost>(&ended->outcome)) {
        return {Code::unreachable, lost->reason};
    }
    const std::string said = last_line(errors_);
    if (!said.empty()) return {Code::system, "the host says: " + said};
    return {Code::system, "the shim ended: " + model::describe(ended->outcome)};
}

void Front::end(Error reason) {
    if (!end_) end_ = std::move(reason);
    changed_.notify();
}

Task<Result<void>> Front::greeted(Stop& stop) {
    std::size_t unsent = 0;
    Time deadline = loop_.now() + kAnswerTime;
    while (!talk_.greeting()) {
        if (end_) co_return *end_;
        const Wake wake = co_await loop_.wait(changed_, deadline, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
        if (wake == Wake::timeout &&
            std::exchange(unsent, execution_->unsent()) == execution_->unsent()) {
            co_return Error(Code::timed_out,
                            fmt::format("the shim does not answer within {} s",
                                        std::chrono::seconds(kAnswerTime).count()));
        }
        deadline = loop_.now() + kAnswerTime;
    }
    co_return Result<void>();
}

Task<Error> Front::ended(Stop& stop) {
    while (!end_) {
        const Wake wake = co_await loop_.wait(changed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    co_return *end_;
}

Task<> Front::closed(Time deadline) {
    Stop never;
    while (!is_closed_) {
        const Wake wake = co_await loop_.wait(closed_, deadline, never);
        if (wake == Wake::timeout) co_return;
    }
}

// --- What goes.

void Front::write(std::string bytes) {
    foreign_ += bytes.size();
    handed_ += bytes.size();
    execution_->write(std::move(bytes));
}

void Front::send() {
    if (!is_talking_ || !talk_.has_outgoing() || has_left_) return;
    std::string bytes = talk_.take_outgoing();
    handed_ += bytes.size();
    execution_->write(std::move(bytes));
}

bool Front::may_have_left(std::uint64_t end) const {
    return end + foreign_ <= handed_ - std::min<std::uint64_t>(handed_, execution_->unsent());
}

void Front::leave() {
    if (std::exchange(has_left_, true)) return;
    execution_->end_input();
}

void Front::give_up() {
    leave();
    execution_->signal("TERM");
    execution_->signal("KILL");
}

}  // namespace remuda::shim
