// SPDX-License-Identifier: MIT
#include "remuda/loop/file_watch.h"

#include "remuda/base/fd.h"
#include "remuda/base/result.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

namespace remuda::loop {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kChanges = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                   IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
/// The folder is another one now, or none.
constexpr std::uint32_t kFolderGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;
constexpr Duration kFolderRetry = std::chrono::seconds(1);

/// A name in a folder that is watched.
struct Watched {
    int folder = -1;
    std::string name;
};

/// The file, and what it links to, and so on.
std::vector<fs::path> chain_of(const fs::path& file) {
    constexpr std::size_t most_links = 40;
    std::vector<fs::path> chain{file};
    std::error_code failed;
    while (chain.size() < most_links && fs::is_symlink(chain.back(), failed)) {
        const fs::path target = fs::read_symlink(chain.back(), failed);
        if (failed) break;
        chain.push_back(chain.back().parent_path() / target);
    }
    return chain;
}

}  // namespace

struct FileWatch::Impl {
    Impl(Loop& on, std::string file) : loop(on), path(std::move(file)) {
        inotify.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!inotify) {
            fault = sys_error("cannot watch files").text();
            return;
        }
        watch_all();
    }

    /// Watches what `path` means now, and nothing else.
    void watch_all() {
        std::vector<Watched> fresh;
        is_whole = true;
        for (const fs::path& file : chain_of(path)) {
            const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
            const int number =
                ::inotify_add_watch(inotify.number(), folder.c_str(), kChanges | IN_ONLYDIR);
            if (number >= 0) {
                fresh.push_back({number, file.filename().string()});
            } else if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
                is_whole = false;
            } else {
                fault = sys_error("cannot watch " + folder.string()).text();
            }
        }
        for (const Watched& old : watched) {
            if (std::ranges::find(fresh, old.folder, &Watched::folder) == fresh.end()) {
                ::inotify_rm_watch(inotify.number(), old.folder);
            }
        }
        watched = std::move(fresh);
    }

    /// Whether what was heard of since is about the file.
    [[nodiscard]] bool hear() const {
        alignas(inotify_event) std::array<char, std::size_t{16} * 1024> buffer;
        bool is_about_it = false;
        for (;;) {
            const ssize_t size = ::read(inotify.number(), buffer.data(), buffer.size());
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) break;
            for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                // The name is filled up with NUL bytes.
                const char* const name = event.len > 0 ? buffer.data() + at + sizeof event : "";
                is_about_it = concerns(event, name) || is_about_it;
                at += sizeof event + event.len;
            }
        }
        return is_about_it;
    }

    [[nodiscard]] bool concerns(const inotify_event& event, std::string_view name) const {
        if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
        const bool is_of_folder = (event.mask & kFolderGone) != 0;
        return std::ranges::any_of(watched, [&](const Watched& one) {
            return one.folder == event.wd && (is_of_folder || one.name == name);
        });
    }

    Loop& loop;
    std::string path;
    Fd inotify;
    std::vector<Watched> watched;
    /// All folders that are to be watched exist.
    bool is_whole = true;
    std::string fault;
};

FileWatch::FileWatch(Loop& loop, std::string path)
    : impl_(std::make_unique<Impl>(loop, std::move(path))) {}

FileWatch::~FileWatch() {
    if (impl_->inotify) impl_->loop.forget(impl_->inotify.number());
}

Task<Wake> FileWatch::changed(Time deadline, Stop& stop) {
    Impl& impl = *impl_;
    if (!impl.fault.empty()) co_return co_await impl.loop.sleep_until(deadline, stop);
    for (;;) {
        const Time retry = impl.is_whole ? kNever : impl.loop.now() + kFolderRetry;
        const Time until = std::min(deadline, retry);
        const Wake wake =
            co_await impl.loop.wait_fd(impl.inotify.number(), Readiness::readable, until, stop);
        if (wake == Wake::stopped) co_return wake;
        if (wake == Wake::ready) {
            if (!impl.hear()) continue;
            // It may be a link to elsewhere by now. Before the caller looks at it, so that nothing
            // slips through between the two.
            impl.watch_all();
            co_return wake;
        }
        if (!impl.is_whole) {
            impl.watch_all();
            if (impl.is_whole) co_return Wake::ready;
        }
        if (until == deadline) co_return Wake::timeout;
    }
}

const std::string& FileWatch::fault() const {
    return impl_->fault;
}

}  // namespace remuda::loop
