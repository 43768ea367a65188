// SPDX-License-Identifier: MIT
#include "remuda/base/letter_case.h"

#include <utf8proc.h>

namespace remuda {

namespace {

constexpr utf8proc_int32_t kSharpS = 0xDF;

template <class Convert>
std::string converted(std::string_view text, Convert convert) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t length =
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                             static_cast<utf8proc_ssize_t>(text.size()), &point);
        if (length <= 0) {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        convert(point, result);
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return result;
}

void append(std::string& text, utf8proc_int32_t point) {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(point, bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}  // namespace

std::string lower_case(std::string_view text) {
    return converted(text, [](utf8proc_int32_t point, std::string& result) {
        append(result, utf8proc_tolower(point));
    });
}

std::string upper_case(std::string_view text) {
    return converted(text, [](utf8proc_int32_t point, std::string& result) {
        // The one common letter whose capital form is two letters.
        if (point == kSharpS) {
            result += "SS";
        } else {
            append(result, utf8proc_toupper(point));
        }
    });
}

}  // namespace remuda
