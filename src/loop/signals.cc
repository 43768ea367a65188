// SPDX-License-Identifier: MIT
#include "remuda/loop/signals.h"

#include "remuda/base/check.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace remuda::loop {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers) : loop_(loop) {
    sigset_t mask;
    sigemptyset(&mask);
    for (const int number : numbers)
        sigaddset(&mask, number);
    REMUDA_CHECK(pthread_sigmask(SIG_BLOCK, &mask, &old_mask_) == 0);
    fd_.reset(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
    REMUDA_CHECK(fd_);
}

Signals::~Signals() {
    loop_.forget(fd_.number());
    pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

int Signals::take() {
    signalfd_siginfo info{};
    const ssize_t n = ::read(fd_.number(), &info, sizeof info);
    return n == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

Task<int> Signals::next(Stop& stop) {
    for (;;) {
        const int number = take();
        if (number != 0) co_return number;
        const Wake wake = co_await loop_.wait_fd(fd_.number(), Readiness::readable, kNever, stop);
        if (wake == Wake::stopped) co_return 0;
    }
}

}  // namespace remuda::loop
