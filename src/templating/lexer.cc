// SPDX-License-Identifier: MIT
#include "templating/lexer.h"

#include "templating/json.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace remuda::templating {

namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_name_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (std::isalnum(byte) != 0) || c == '_' || c == '-' || c == '$';
}

// Quotes within a quoted string, and the other escapes of JSON. What is no escape stays.
char escaped(char c, char quote) {
    if (c == quote) return quote;
    constexpr std::string_view from = "\\/bfnrt";
    constexpr std::string_view meant = "\\/\b\f\n\r\t";
    const std::size_t which = from.find(c);
    return which == std::string_view::npos ? '\0' : meant[which];
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
                if (stands_at(begin + length, "~")) ++length;
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
    token.strips.before = strips || source_[begin + length - 1] == '~';
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
    token.strips.before = strips_before;
    token.strips.after = strips_after;
    return token;
}

Token Lexer::closing() {
    static constexpr std::array<std::string_view, 3> triple = {"}}}", "}~}}", "~}}}"};
    static constexpr std::array<std::string_view, 2> raw_block = {"}}}}", "~}}}}"};
    static constexpr std::array<std::string_view, 2> other = {"}}", "~}}"};
    std::span<const std::string_view> allowed = other;
    if (tag_ == Token::Tag::triple) allowed = triple;
    if (tag_ == Token::Tag::raw_block) allowed = raw_block;
    for (const std::string_view wanted : allowed) {
        if (!stands_at(at_, wanted)) continue;
        Token token = taken(Token::Kind::close, wanted.size());
        token.strips.after = wanted.find('~') != std::string_view::npos;
        in_tag_ = false;
        return token;
    }
    return {};
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
        case '.':
            if (stands_at(at_ + 1, "/") || stands_at(at_ + 1, ".")) return word();
            break;
        case '[':
        case '@':
            return word();
        default:
            if (is_name_byte(c)) return word_or_number();
    }
    Token token = taken(Token::Kind::stray, 1);
    token.text = source_[token.offset];
    return token;
}

char Lexer::peek() const {
    const std::size_t next = source_.find_first_not_of(kSpace, at_);
    return next == std::string_view::npos ? '\0' : source_[next];
}

bool Lexer::take_literal_at(std::size_t offset, Token& token) {
    auto literal = literal_at_start(source_.substr(offset));
    if (!literal || !ends_name(offset + literal->second)) return false;
    at_ = offset;
    token = taken(Token::Kind::literal, literal->second);
    token.value = std::move(literal->first);
    return true;
}

bool Lexer::take_raw_text(std::string_view name, Token& token) {
    constexpr std::string_view braces = "{{{{";
    int open = 1;
    for (std::size_t tag = source_.find(braces, at_); tag != std::string_view::npos;
         tag = source_.find(braces, tag + braces.size())) {
        std::size_t at =
            std::min(source_.find_first_not_of(" ~", tag + braces.size()), source_.size());
        if (!stands_at(at, "/")) {
            ++open;
            continue;
        }
        if (--open > 0) continue;
        at = std::min(source_.find_first_not_of(kSpace, at + 1), source_.size());
        if (!stands_at(at, name)) return false;
        at = std::min(source_.find_first_not_of(" ~", at + name.size()), source_.size());
        if (!stands_at(at, "}}}}")) return false;
        const std::size_t begin = at_;
        token = taken(Token::Kind::text, tag - at_);
        token.text = source_.substr(begin, token.length);
        at_ = at + braces.size();
        return true;
    }
    return false;
}

Token Lexer::quoted_string() {
    const char quote = source_[at_];
    std::string value;
    for (std::size_t i = at_ + 1; i < source_.size(); ++i) {
        if (source_[i] == quote) {
            Token token = taken(Token::Kind::literal, i + 1 - at_);
            token.value = Value(std::move(value));
            return token;
        }
        if (source_[i] != '\\' || i + 1 == source_.size()) {
            value += source_[i];
        } else if (const char meant = escaped(source_[i + 1], quote); meant != '\0') {
            value += meant;
            ++i;
        } else {
            value += '\\';
        }
    }
    Token token = taken(Token::Kind::unterminated_string, 1);
    token.text = quote;
    return token;
}

Token Lexer::word_or_number() {
    std::size_t end = at_;
    while (end < source_.size() && (is_name_byte(source_[end]) || source_[end] == '.')) {
        ++end;
    }
    Value number = number_of(source_.substr(at_, end - at_));
    if (number.is_null()) return word();
    Token token = taken(Token::Kind::literal, end - at_);
    token.value = std::move(number);
    return token;
}

bool Lexer::ends_name(std::size_t offset) const {
    if (offset >= source_.size()) return true;
    const char c = source_[offset];
    return !is_name_byte(c) && c != '.' && c != '/' && c != '[';
}

bool Lexer::read_name(std::size_t& offset, std::string& name) const {
    if (stands_at(offset, "[")) {
        const std::size_t end = source_.find(']', offset);
        if (end == std::string_view::npos) return false;
        name = source_.substr(offset + 1, end - offset - 1);
        offset = end + 1;
        return true;
    }
    const std::size_t begin = offset;
    while (offset < source_.size() && is_name_byte(source_[offset])) {
        ++offset;
    }
    name = source_.substr(begin, offset - begin);
    return offset > begin;
}

Token Lexer::word() {
    Path path;
    std::size_t end = at_;
    if (stands_at(end, "@")) {
        path.start = Path::Start::loop;
        ++end;
    }
    // Whether a name has to come, since a separator went before.
    bool wants_name = true;
    while (stands_at(end, "..")) {
        ++path.up;
        path.is_explicit = true;
        end += 2;
        wants_name = stands_at(end, "/");
        if (!wants_name) break;
        ++end;
    }
    if (path.up == 0 && path.start == Path::Start::context) {
        if (stands_at(end, "./")) {
            path.is_explicit = true;
            end += 2;
        } else if (stands_at(end, "this") &&
                   (ends_name(end + 4) || stands_at(end + 4, ".") || stands_at(end + 4, "/"))) {
            path.is_explicit = true;
            end += 4;
            wants_name = !ends_name(end);
            if (wants_name) ++end;
        }
    }
    while (wants_name) {
        std::string name;
        if (!read_name(end, name)) {
            if (!stands_at(end, "[")) break;
            at_ = end;
            Token token = taken(Token::Kind::unterminated_string, 1);
            token.text = "]";
            return token;
        }
        path.names.push_back(std::move(name));
        wants_name = false;
        const bool is_separator = stands_at(end, ".") || stands_at(end, "/");
        const bool goes_on =
            end + 1 < source_.size() && (is_name_byte(source_[end + 1]) || source_[end + 1] == '[');
        if (!is_separator || !goes_on) break;
        wants_name = true;
        ++end;
    }
    if (wants_name) {
        Token token = taken(Token::Kind::stray, std::max<std::size_t>(end - at_, 1));
        token.text = source_.substr(token.offset, token.length);
        return token;
    }
    if (path.start == Path::Start::loop && path.up == 0 && path.names.front() == "root") {
        path.start = Path::Start::root;
        path.names.erase(path.names.begin());
    }
    Token token = taken(Token::Kind::word, end - at_);
    token.text = source_.substr(token.offset, token.length);
    token.path = std::move(path);
    return token;
}

}  // namespace remuda::templating
