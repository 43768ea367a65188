// SPDX-License-Identifier: MIT
#include "shim_program/job.h"

#include <csignal>
#include <cstring>

namespace remuda::shim::program {

bool take_end_field(End& end, const Field& field) {
    switch (field.tag) {
        case Tag::kind:
            end.kind = static_cast<EndKind>(field.number());
            return true;
        case Tag::code:
            end.code = field.number();
            return true;
        case Tag::signal:
            end.signal = field.value;
            return true;
        case Tag::reason:
            end.reason = field.value;
            return true;
        case Tag::wall:
            end.wall_us = field.number();
            return true;
        case Tag::user:
            end.usage.user_us = field.number();
            return true;
        case Tag::system:
            end.usage.system_us = field.number();
            return true;
        case Tag::memory:
            end.usage.memory_kib = field.number();
            return true;
        case Tag::length_out:
            end.length[0] = field.number();
            return true;
        case Tag::length_err:
            end.length[1] = field.number();
            return true;
        case Tag::cut_out:
            end.cut[0] = field.number();
            return true;
        case Tag::cut_err:
            end.cut[1] = field.number();
            return true;
        default:
            return false;
    }
}

std::string signal_name(int number) {
    if (const char* name = ::sigabbrev_np(number)) return name;
    return std::to_string(number);
}

int signal_number(std::string_view name) {
    if (name.starts_with("SIG")) name.remove_prefix(3);
    for (int number = 1; number < NSIG; ++number) {
        if (signal_name(number) == name) return number;
    }
    return 0;
}

}  // namespace remuda::shim::program
