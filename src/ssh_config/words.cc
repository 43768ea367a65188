// SPDX-License-Identifier: MIT
#include "ssh_config/words.h"

#include <algorithm>
#include <cstddef>

namespace remuda::ssh_config {

namespace {

constexpr std::string_view kBlankOrFormFeed = " \t\r\n\f";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_escaped_by_backslash(char c, char quote) {
    return c == '\'' || c == '"' || c == '\\' || (quote == '\0' && c == ' ');
}

}  // namespace

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

bool is_same_word(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::optional<std::string> take_word(std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    std::string all = std::move(*text);
    const std::size_t end = all.find_first_of(" \t\r\n\"=");
    if (end == std::string::npos) {
        text.reset();
        return all;
    }
    if (all[end] == '"') {
        // What stands before the quote belongs to the word.
        const std::size_t close = all.find('"', end + 1);
        if (close == std::string::npos) {
            text.reset();
            return std::nullopt;
        }
        text = all.substr(std::min(all.find_first_not_of(kBlank, close + 1), all.size()));
        return all.substr(0, end) + all.substr(end + 1, close - end - 1);
    }
    std::size_t next = std::min(all.find_first_not_of(kBlank, end + 1), all.size());
    if (all[end] != '=' && next < all.size() && all[next] == '=')
        next = std::min(all.find_first_not_of(kBlank, next + 1), all.size());
    text = all.substr(next);
    return all.substr(0, end);
}

std::optional<std::vector<std::string>> split_arguments(std::string_view text) {
    std::vector<std::string> result;
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        if (text[at] == '#') break;
        std::string word;
        char quote = '\0';
        for (; at < text.size(); ++at) {
            const char c = text[at];
            if (c == '\\' && at + 1 < text.size() && is_escaped_by_backslash(text[at + 1], quote)) {
                word += text[++at];
            } else if (quote == '\0' && (c == ' ' || c == '\t')) {
                break;
            } else if (quote == '\0' && (c == '"' || c == '\'')) {
                quote = c;
            } else if (quote != '\0' && c == quote) {
                quote = '\0';
            } else {
                word += c;
            }
        }
        if (quote != '\0') return std::nullopt;
        result.push_back(std::move(word));
    }
    return result;
}

std::optional<Line> split_line(std::string_view text) {
    // ssh's lines are C strings.
    text = text.substr(0, text.find('\0'));
    while (text.size() > 1 && kBlankOrFormFeed.find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    std::optional<std::string> left(text);
    std::optional<std::string> keyword = take_word(left);
    if (keyword && keyword->empty()) keyword = take_word(left);
    if (!keyword || keyword->empty() || keyword->front() == '#') return std::nullopt;
    Line line{.keyword = lowered(*keyword), .rest = {}};
    if (left) line.rest = left->substr(std::min(left->find_first_not_of(kBlank), left->size()));
    return line;
}

}  // namespace remuda::ssh_config
