// SPDX-License-Identifier: MIT
#include "remuda/queue/retry_words.h"

#include <charconv>
#include <optional>

namespace remuda::queue {

namespace {

constexpr int kHighestCode = 255;

std::optional<int> code_of(std::string_view text) {
    int code = 0;
    const char* begin = text.data();
    const auto read = std::from_chars(begin, begin + text.size(), code);
    const bool is_code = read.ec == std::errc() && read.ptr == begin + text.size() && code >= 1 &&
                         code <= kHighestCode;
    return is_code ? std::optional(code) : std::nullopt;
}

}  // namespace

bool add_retry_word(std::string_view word, model::RetryOn& on) {
    if (word == "any") {
        on = model::RetryOn();
    } else if (word == "lost") {
        on.lost = true;
    } else if (word == "timeout") {
        on.timeout = true;
    } else {
        const std::size_t dash = word.find('-');
        const std::optional<int> first = code_of(word.substr(0, dash));
        const std::optional<int> last =
            dash == std::string_view::npos ? first : code_of(word.substr(dash + 1));
        if (!first || !last || *first > *last) return false;
        on.codes.push_back({*first, *last});
    }
    return true;
}

std::string retry_on_help() {
    return "exit codes from 1 to 255 (`3`, `1-10`), `lost`, `timeout` or `any`";
}

}  // namespace remuda::queue
