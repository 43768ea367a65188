// SPDX-License-Identifier: MIT
#include "run/crew.h"

#include <utility>

namespace remuda::run {

Crew::Crew(loop::Loop& loop, Fail fail) : fail_(std::move(fail)), scope_(loop) {}

void Crew::spawn(loop::Task<> task) {
    scope_.spawn(guard(std::move(task)));
}

loop::Task<> Crew::join() {
    co_await scope_.join();
}

loop::Task<> Crew::guard(loop::Task<> task) {
    try {
        co_await std::move(task);
    } catch (...) {
        fail_(std::current_exception());
    }
}

}  // namespace remuda::run
