// SPDX-License-Identifier: MIT
#include "history/slots_column.h"

#include <algorithm>
#include <charconv>

namespace remuda::history {

std::string text_of_slots(const std::vector<int>& slots) {
    std::string text;
    for (const int slot : slots) {
        if (!text.empty()) text += ',';
        text += std::to_string(slot);
    }
    return text;
}

std::vector<int> slots_of_text(std::string_view text) {
    std::vector<int> slots;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        int slot = 0;
        const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), slot);
        if (failure == std::errc() && end == word.data() + word.size()) slots.push_back(slot);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return slots;
}

}  // namespace remuda::history
