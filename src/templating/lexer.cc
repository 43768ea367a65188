// SPDX-License-Identifier: MIT
#include "templating/lexer.h"

#include <algorithm>
#include <cctype>

namespace remuda::templating {

namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_name_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (std::isalnum(byte) != 0) || c == '_' || c == '-' || c == '$';
}

bool is_number(std::string_view word) {
    if (word.starts_with('-')) word.remove_prefix(1);
    const auto digits = [](std::string_view part) {
        return !part.empty() &&
               std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    const std::size_t dot = word.find('.');
    if (dot == std::string_view::npos) return digits(word);
    return digits(word.substr(0, dot)) && digits(word.substr(dot + 1));
}

}  // namespace

Token Lexer::taken(Token::Kind kind, std::size_t length) {
    Token token;
    token.kind = kind;
    token.offset = at_;
    token.length = std::min(length, source_.size() - at_);
    at_ += token.length;
    return token;
}

Token Lexer::next() {
    return in_tag_ ? next_in_tag() : next_text();
}

bool Lexer::resume_behind_tag(std::size_t offset) {
    const std::size_t close = source_.find("}}", offset);
    in_tag_ = false;
    if (close == std::string_view::npos) {
        at_ = source_.size();
        return false;
    }
    at_ = std::min(source_.find_first_not_of('}', close), source_.size());
    return true;
}

Token Lexer::next_text() {
    if (at_ >= source_.size()) return taken(Token::Kind::end, 0);
    std::size_t search_from = at_;
    if (is_escaped_) {
        search_from = std::min(source_.find_first_not_of('{', at_), source_.size());
        is_escaped_ = false;
    }
    const std::size_t open = std::min(source_.find("{{", search_from), source_.size());
    if (open == at_) return open_tag();

    const std::size_t begin = at_;
    Token token = taken(Token::Kind::text, open - at_);
    std::size_t kept = token.length;
    // `\{{` is a literal `{{`; `\\{{` is a backslash and a tag.
    if (open < source_.size() && source_[open - 1] == '\\') {
        kept -= 1;
        is_escaped_ = kept == 0 || source_[open - 2] != '\\';
    }
    token.text = source_.substr(begin, kept);
    return token;
}

Token Lexer::open_tag() {
    using Tag = Token::Tag;
    const std::size_t begin = at_;
    if (stands_at(at_, "{{{{")) {
        Token token = taken(Token::Kind::open, 4);
        token.tag = tag_ = Tag::raw_block;
        in_tag_ = true;
        return token;
    }
    std::size_t length = 2;
    const bool strips = stands_at(begin + length, "~");
    if (strips) ++length;
    if (stands_at(begin + length, "!")) return comment(begin + length + 1, strips);

    tag_ = Tag::output;
    if (begin + length < source_.size()) {
        ++length;
        switch (source_[begin + length - 1]) {
            case '{':
                tag_ = Tag::triple;
                break;
            case '&':
                break;
            case '#':
                tag_ = Tag::block;
                break;
            case '/':
                tag_ = Tag::block_end;
                break;
            case '^':
                tag_ = Tag::inverse;
                break;
            case '>':
                tag_ = Tag::partial;
                break;
            case '*':
                tag_ = Tag::decorator;
                break;
            default:
                --length;
        }
    }
    Token token = taken(Token::Kind::open, length);
    token.tag = tag_;
    token.strips_before = strips;
    in_tag_ = true;
    return token;
}

Token Lexer::comment(std::size_t body, bool strips_before) {
    const bool is_long = stands_at(body, "--");
    const std::size_t search_from = is_long ? body + 2 : body;
    std::size_t end = std::string_view::npos;
    bool strips_after = false;
    if (is_long) {
        for (std::size_t dashes = source_.find("--", search_from);
             dashes != std::string_view::npos && end == std::string_view::npos;
             dashes = source_.find("--", dashes + 1)) {
            strips_after = stands_at(dashes + 2, "~}}");
            if (strips_after || stands_at(dashes + 2, "}}")) end = dashes + (strips_after ? 5 : 4);
        }
    } else if (const std::size_t close = source_.find("}}", search_from);
               close != std::string_view::npos) {
        strips_after = close > search_from && source_[close - 1] == '~';
        end = close + 2;
    }
    if (end == std::string_view::npos) {
        Token token = taken(Token::Kind::unterminated_comment, source_.size() - at_);
        token.text = is_long ? "--}}" : "}}";
        token.length = 3;
        return token;
    }
    Token token = taken(Token::Kind::comment, end - at_);
    token.strips_before = strips_before;
    token.strips_after = strips_after;
    return token;
}

Token Lexer::closing() {
    const bool strips = stands_at(at_, "~}}") || stands_at(at_, "}~}}");
    const std::string_view wanted = tag_ == Token::Tag::triple      ? strips ? "}~}}" : "}}}"
                                    : tag_ == Token::Tag::raw_block ? "}}}}"
                                    : strips                        ? "~}}"
                                                                    : "}}";
    if (!stands_at(at_, wanted)) return {};
    Token token = taken(Token::Kind::close, wanted.size());
    token.strips_after = strips;
    in_tag_ = false;
    return token;
}

Token Lexer::next_in_tag() {
    at_ = std::min(source_.find_first_not_of(kSpace, at_), source_.size());
    if (at_ == source_.size()) return taken(Token::Kind::end, 0);
    if (Token close = closing(); close.kind == Token::Kind::close) return close;
    switch (const char c = source_[at_]) {
        case '(':
            return taken(Token::Kind::open_paren, 1);
        case ')':
            return taken(Token::Kind::close_paren, 1);
        case '"':
        case '\'':
            return quoted_string();
        case '[':
            return raw_key();
        default:
            if (is_name_byte(c)) return word_or_number();
    }
    Token token = taken(Token::Kind::stray, 1);
    token.text = source_[token.offset];
    return token;
}

Token Lexer::quoted_string() {
    const char quote = source_[at_];
    std::string value;
    for (std::size_t i = at_ + 1; i < source_.size(); ++i) {
        if (source_[i] == quote) {
            Token token = taken(Token::Kind::string, i + 1 - at_);
            token.text = std::move(value);
            return token;
        }
        if (source_[i] == '\\' && i + 1 < source_.size() && source_[i + 1] == quote) ++i;
        value += source_[i];
    }
    Token token = taken(Token::Kind::unterminated_string, 1);
    token.text = quote;
    return token;
}

Token Lexer::raw_key() {
    const std::size_t end = source_.find(']', at_);
    if (end == std::string_view::npos) {
        Token token = taken(Token::Kind::unterminated_string, 1);
        token.text = "]";
        return token;
    }
    Token token = taken(Token::Kind::word, end + 1 - at_);
    token.text = source_.substr(token.offset + 1, token.length - 2);
    token.is_raw_key = true;
    return token;
}

Token Lexer::word_or_number() {
    std::size_t end = at_;
    while (end < source_.size() && is_name_byte(source_[end])) {
        ++end;
    }
    // A fraction: digits, dot, digits.
    if (is_number(source_.substr(at_, end - at_)) && stands_at(end, ".")) {
        std::size_t fraction = end + 1;
        while (fraction < source_.size() && is_name_byte(source_[fraction])) {
            ++fraction;
        }
        if (is_number(source_.substr(at_, fraction - at_))) end = fraction;
    }
    const std::string_view word = source_.substr(at_, end - at_);
    Token token = taken(is_number(word) ? Token::Kind::number : Token::Kind::word, word.size());
    token.text = word;
    return token;
}

}  // namespace remuda::templating
