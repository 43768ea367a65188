// SPDX-License-Identifier: MIT
#include "remuda/base/result.h"

#include <cerrno>
#include <system_error>

namespace remuda {

Error sys_error(const std::string& what) {
    return sys_error(what, errno);
}

Error sys_error(const std::string& what, int errno_value) {
    const Code code = errno_value == ENOENT ? Code::not_found : Code::system;
    return {code, what + ": " + std::generic_category().message(errno_value)};
}

}  // namespace remuda
