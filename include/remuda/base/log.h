// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace remuda {

/// How much a note matters. `note` is shown by default, `detail` with -v, `protocol` with -vv.
enum class LogLevel { note, detail, protocol };

/// Where notes for the person at the terminal go. Given to whoever needs it; there is no global
/// one. Not for outcomes, which are events. Secrets never go through here.
class Log {
  public:
    using Sink = std::function<void(LogLevel, std::string_view)>;

    Log() = default;
    /// Notes above `threshold` are dropped before they reach `sink`.
    Log(LogLevel threshold, Sink sink) : threshold_(threshold), sink_(std::move(sink)) {}

    [[nodiscard]] bool wants(LogLevel level) const { return sink_ && level <= threshold_; }
    void operator()(LogLevel level, std::string_view text) const {
        if (wants(level)) sink_(level, text);
    }

  private:
    LogLevel threshold_ = LogLevel::note;
    Sink sink_;
};

}  // namespace remuda
