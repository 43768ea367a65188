// SPDX-License-Identifier: MIT
//
// Signatures as SSH carries them (RFC 4253 section 6.6, 5656, 8332, 8709): what stands behind the
// algorithm's name, without an outer length.
#pragma once

#include "remuda/base/result.h"

#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace remuda::ssh {

/// invalid_input if `algorithm` is unknown or not one of this key's type.
[[nodiscard]] Result<std::string> make_signature(EVP_PKEY* key, std::string_view algorithm,
                                                 std::string_view data);

/// False too for what cannot be decoded.
[[nodiscard]] bool is_signature(EVP_PKEY* key, std::string_view algorithm, std::string_view data,
                                std::string_view signature);

}  // namespace remuda::ssh
