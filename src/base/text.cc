// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

#include "base/escape_sequence.h"
#include "remuda/base/utf8.h"

#include <algorithm>

#include <utf8proc.h>

namespace remuda {

namespace {

// What a terminal shows in one piece.
struct Cluster {
    std::size_t length = 0;
    std::size_t width = 0;
};

constexpr bool is_plain_ascii(char c) {
    return c >= 0x20 && c < 0x7F;
}
constexpr bool is_regional_indicator(char32_t code) {
    return code >= 0x1F1E6 && code <= 0x1F1FF;
}
constexpr char32_t kEmojiPresentation = 0xFE0F;

std::size_t code_width(char32_t code) {
    return static_cast<std::size_t>(
        std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(code))));
}

// The first grapheme cluster of `text`, which is not empty.
Cluster first_cluster(std::string_view text) {
    const bool ascii_ahead = text.size() == 1 || (text[1] & 0x80) == 0;
    if (is_plain_ascii(text[0]) && ascii_ahead) return {1, 1};
    if (const std::size_t length = sgr_length(text); length > 0) return {length, 0};

    const Utf8Step first = decode_utf8(text);
    if (!first.is_valid) return {1, 1};
    Cluster cluster{first.length, code_width(first.code)};
    char32_t previous = first.code;
    std::size_t indicators = is_regional_indicator(previous) ? 1 : 0;
    utf8proc_int32_t state = 0;
    while (cluster.length < text.size()) {
        const Utf8Step next = decode_utf8(text.substr(cluster.length));
        if (!next.is_valid ||
            utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(previous),
                                             static_cast<utf8proc_int32_t>(next.code), &state)) {
            break;
        }
        cluster.width = std::max(cluster.width, code_width(next.code));
        // These turn a narrow character into a wide picture: a flag, an emoji.
        if (is_regional_indicator(next.code)) ++indicators;
        if (indicators == 2 || next.code == kEmojiPresentation) cluster.width = 2;
        cluster.length += next.length;
        previous = next.code;
    }
    return cluster;
}

std::string with_spaces_for_breaks(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && i > 0 && text[i - 1] == '\r') continue;
        const bool is_space = text[i] == '\n' || text[i] == '\r' || text[i] == '\t';
        line += is_space ? ' ' : text[i];
    }
    return line;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const Cluster cluster = first_cluster(text);
        width += cluster.width;
        text.remove_prefix(cluster.length);
    }
    return width;
}

std::size_t prefix_within(std::string_view text, std::size_t columns) {
    std::size_t length = 0;
    std::size_t width = 0;
    while (length < text.size()) {
        const Cluster cluster = first_cluster(text.substr(length));
        if (length > 0 && width + cluster.width > columns) break;
        length += cluster.length;
        width += cluster.width;
    }
    return length;
}

std::string elided(std::string_view text, std::size_t columns) {
    if (columns == 0) return "";
    // Nearly all are so.
    if (text.size() <= columns && std::ranges::all_of(text, is_plain_ascii)) {
        return std::string(text);
    }
    std::string line = with_spaces_for_breaks(text);
    std::vector<Cluster> clusters;
    std::size_t width = 0;
    for (std::size_t at = 0; at < line.size(); at += clusters.back().length) {
        clusters.push_back(first_cluster(std::string_view(line).substr(at)));
        width += clusters.back().width;
    }
    if (width <= columns) return line;

    const std::size_t kept = columns - 1;
    const std::size_t tail_columns = kept / 2;
    std::size_t head_bytes = 0;
    std::size_t used = 0;
    for (const Cluster& cluster : clusters) {
        used += cluster.width;
        if (used > kept - tail_columns) break;
        head_bytes += cluster.length;
    }
    std::size_t tail_bytes = 0;
    used = 0;
    for (auto cluster = clusters.rbegin(); cluster != clusters.rend(); ++cluster) {
        used += cluster->width;
        if (used > tail_columns) break;
        tail_bytes += cluster->length;
    }
    return line.substr(0, head_bytes) + "\u2026" + line.substr(line.size() - tail_bytes);
}

}  // namespace remuda
