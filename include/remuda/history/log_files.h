// SPDX-License-Identifier: MIT
//
// LogFiles: the output of attempts on the disk, `<state directory>/logs/<run>/<attempt>.out` and
// `.err` (0600, folders 0700), made with the first byte. A file is a beginning of what its attempt
// wrote, without gaps: after `kill -9` its length is where to go on. Where not all can be kept (the
// disk is full, the limit is reached) nothing further of that stream is; the lengths in the store
// are those of all that was written, so a file that is shorter has been cut.
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/model/ids.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace remuda::history {

/// An attempt among those of all runs.
struct AttemptName {
    RunId run;
    model::AttemptId attempt;

    bool operator==(const AttemptName&) const = default;
};

/// Where the output of an attempt is kept, whether or not it wrote any.
[[nodiscard]] std::string log_path(const std::string& state_directory, const AttemptName& name,
                                   model::Stream stream);

/// Removes the folder with the logs of a run, if there is one.
void remove_logs(const std::string& state_directory, RunId run);

/// Of one stream, where nothing else is asked for.
inline constexpr std::uint64_t kDefaultLogLimit = std::uint64_t{1} << 30;

class LogFiles {
  public:
    /// Bytes that were written on each stream.
    struct Lengths {
        std::uint64_t out = 0;
        std::uint64_t err = 0;
    };

    /// `note` is told, once each, that something cannot be kept. At most `most_open` files are
    /// held open.
    LogFiles(std::string state_directory, std::function<void(const std::string&)> note,
             std::size_t most_open = 64);
    ~LogFiles();
    LogFiles(const LogFiles&) = delete;
    LogFiles& operator=(const LogFiles&) = delete;

    /// Bytes of each stream of this attempt that are kept at most.
    void set_limit(const AttemptName& name, std::uint64_t bytes);
    /// Goes on with the files that a dead run has left; their lengths.
    [[nodiscard]] Lengths go_on(const AttemptName& name);
    /// Goes on under the name `to` with what a dead run has left of `from`, whose files stay where
    /// the file system lets one file have two names; their lengths.
    [[nodiscard]] Lengths take_over(const AttemptName& from, const AttemptName& to);
    /// Written when this returns. What cannot be kept is counted.
    void append(const AttemptName& name, model::Stream stream, std::string_view bytes);
    /// Nothing of it follows. Its lengths, those of what was not kept too.
    Lengths end(const AttemptName& name);

    [[nodiscard]] std::size_t open_count() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::history
