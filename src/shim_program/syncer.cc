// SPDX-License-Identifier: MIT
#include "shim_program/syncer.h"

#include <csignal>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>

namespace remuda::shim::program {

namespace {
/// So many changes cost one sync; with the sync itself, records are on the disk within 100 ms.
constexpr int kGatherMs = 50;
}  // namespace

bool Syncer::start(int fd, int folder) {
    fd_ = fd;
    folder_ = folder;
    wake_.reset(::eventfd(0, EFD_CLOEXEC));
    if (!wake_) return false;
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const bool has_begun = ::pthread_create(&thread, nullptr, run, this) == 0;
    if (has_begun) ::pthread_detach(thread);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return has_begun;
}

void Syncer::wake() {
    if (is_awake_.exchange(true)) return;
    const std::uint64_t one = 1;
    if (::write(wake_.number(), &one, sizeof one) < 0) is_awake_ = false;
}

void Syncer::remove(std::string name) {
    ++left_;
    ::pthread_mutex_lock(&mutex_);
    doomed_.push_back(std::move(name));
    ::pthread_mutex_unlock(&mutex_);
    wake();
}

bool Syncer::remove_one() {
    ::pthread_mutex_lock(&removing_);
    ::pthread_mutex_lock(&mutex_);
    std::string name;
    if (!doomed_.empty()) {
        name = std::move(doomed_.back());
        doomed_.pop_back();
    }
    ::pthread_mutex_unlock(&mutex_);
    if (!name.empty()) {
        ::unlinkat(folder_, name.c_str(), 0);
        --left_;
    }
    ::pthread_mutex_unlock(&removing_);
    return !name.empty();
}

bool Syncer::remove_all() {
    if (left_ == 0) return false;
    // Whoever finds nothing to do has waited for what the other was in the midst of.
    while (remove_one()) {
    }
    return true;
}

void* Syncer::run(void* self) {
    auto& syncer = *static_cast<Syncer*>(self);
    std::uint64_t count = 0;
    while (::read(syncer.wake_.number(), &count, sizeof count) >= 0) {
        ::poll(nullptr, 0, kGatherMs);
        syncer.is_awake_ = false;
        ::fdatasync(syncer.fd_);
        if (syncer.remove_one() && syncer.left_ > 0) syncer.wake();
    }
    return nullptr;
}

}  // namespace remuda::shim::program
