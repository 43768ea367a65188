// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"

#include <memory>
#include <string>

namespace remuda::loop {

/// Hears of changes of one file by inotify: written, replaced by a rename, removed, made anew; if
/// it is a symbolic link, of its target's changes too. The folders are watched, not the file, which
/// need not exist; a folder that disappears is looked for once a second.
///
/// What a network file system changes elsewhere is not heard of: poll as well.
class FileWatch {
  public:
    /// Watches from now on. `loop` outlives it.
    FileWatch(Loop& loop, std::string path);
    ~FileWatch();
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;

    /// Wake::ready when the file may have changed since this last said so, or since the watch was
    /// made. Await one at a time.
    Task<Wake> changed(Time deadline, Stop& stop);

    /// Why nothing can be heard of, a limit of the system most often; empty if it can. Then
    /// `changed` ends by its deadline or by `stop` alone.
    [[nodiscard]] const std::string& fault() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::loop
