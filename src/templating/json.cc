// SPDX-License-Identifier: MIT
#include "templating/json.h"

#include "remuda/base/utf8.h"

#include <cstdint>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

void append_utf8(std::string& to, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { to += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0U | code >> 6U);
        byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0U | code >> 12U);
        byte(0x80U | (code >> 6U & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    } else {
        byte(0xF0U | code >> 18U);
        byte(0x80U | (code >> 12U & 0x3FU));
        byte(0x80U | (code >> 6U & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    }
}

class Reader {
  public:
    Reader(std::string_view text, bool takes_single_quotes)
        : text_(text), takes_single_quotes_(takes_single_quotes) {}

    std::optional<Value> value(int depth = 0) {
        skip_space();
        if (at_ == text_.size()) return failed("the text ends where a value is wanted");
        if (depth > Value::kDeepest) return failed("more than 128 levels");
        switch (const char c = text_[at_]) {
            case '{':
                return object(depth);
            case '[':
                return list(depth);
            case '"':
                return string();
            case '\'':
                if (takes_single_quotes_) return string();
                break;
            default:
                if (c == '-' || (c >= '0' && c <= '9')) return number();
                if (take_word("true")) return Value(true);
                if (take_word("false")) return Value(false);
                if (take_word("null")) return Value();
        }
        return failed("no value can begin here");
    }

    [[nodiscard]] bool is_at_end() {
        skip_space();
        return at_ == text_.size();
    }
    [[nodiscard]] std::size_t at() const { return at_; }

    [[nodiscard]] Error error() const {
        std::size_t line = 1;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
            if (text_[i] != '\n') continue;
            ++line;
            begin = i + 1;
        }
        return {Code::invalid_input, fmt::format("this is no JSON: line {}, column {}: {}", line,
                                                 at_ - begin + 1, reason_)};
    }
    std::nullopt_t failed(std::string reason) {
        reason_ = std::move(reason);
        return std::nullopt;
    }

  private:
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    bool take(char c) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool take_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    std::optional<Value> finished(Result<Value> made) {
        if (!made) return failed(made.error().text());
        return std::move(*made);
    }

    std::optional<Value> list(int depth) {
        ++at_;
        Items items;
        if (take(']')) return finished(Value::list({}));
        do {
            auto item = value(depth + 1);
            if (!item) return item;
            items.push_back(std::move(*item));
        } while (take(','));
        if (!take(']')) return failed("`,` or `]` is wanted");
        return finished(Value::list(std::move(items)));
    }

    std::optional<Value> object(int depth) {
        ++at_;
        Members members;
        if (take('}')) return finished(Value::object({}));
        do {
            skip_space();
            const bool is_name =
                at_ < text_.size() &&
                (text_[at_] == '"' || (takes_single_quotes_ && text_[at_] == '\''));
            if (!is_name) return failed("a name in quotes is wanted");
            auto name = string();
            if (!name) return name;
            if (!take(':')) return failed("`:` is wanted");
            auto member = value(depth + 1);
            if (!member) return member;
            members.emplace_back(*name->text(), std::move(*member));
        } while (take(','));
        if (!take('}')) return failed("`,` or `}` is wanted");
        return finished(Value::object(std::move(members)));
    }

    std::optional<Value> number() {
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_not_of("0123456789+-.eE", begin), text_.size());
        Value number = number_of(text_.substr(begin, at_ - begin));
        if (number.is_null()) {
            at_ = begin;
            return failed("this is no number");
        }
        return number;
    }

    std::optional<Value> string() {
        const char quote = text_[at_++];
        std::string result;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == quote) return Value(std::move(result));
            if (c != '\\') {
                result += c;
            } else if (!escape(quote, result)) {
                return failed("no such escape");
            }
        }
        return failed("a quote is never closed");
    }

    bool escape(char quote, std::string& to) {
        if (at_ == text_.size()) return false;
        const char c = text_[at_++];
        if (c == quote) {
            to += c;
            return true;
        }
        constexpr std::string_view from = "\"\\/bfnrt";
        constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
        if (const std::size_t which = from.find(c); which != std::string_view::npos) {
            to += meant[which];
            return true;
        }
        if (c != 'u') return false;
        auto code = hex();
        if (!code) return false;
        const bool is_first_half = *code >= 0xD800 && *code < 0xDC00;
        if (is_first_half && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            const auto second = hex();
            if (!second || *second < 0xDC00 || *second > 0xDFFF) return false;
            code = 0x10000 + ((*code - 0xD800) << 10U) + (*second - 0xDC00);
        } else if (*code >= 0xD800 && *code <= 0xDFFF) {
            return false;
        }
        append_utf8(to, *code);
        return true;
    }

    std::optional<std::uint32_t> hex() {
        std::uint32_t code = 0;
        for (int i = 0; i < 4; ++i) {
            constexpr std::string_view digits = "0123456789abcdefABCDEF";
            const std::size_t digit =
                at_ < text_.size() ? digits.find(text_[at_++]) : std::string_view::npos;
            if (digit == std::string_view::npos) return std::nullopt;
            code = code * 16 + static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
        }
        return code;
    }

    std::string_view text_;
    bool takes_single_quotes_;
    std::size_t at_ = 0;
    std::string reason_;
};

class Writer {
  public:
    Writer(bool is_pretty, std::size_t longest) : is_pretty_(is_pretty), longest_(longest) {}

    void write(const Value& value, std::size_t depth) {
        if (text.size() > longest_) return;
        if (const Items* items = value.items()) {
            write_all(*items, '[', ']', depth, [&](const Value& item) { write(item, depth + 1); });
        } else if (const Members* members = value.members()) {
            write_all(*members, '{', '}', depth, [&](const Members::value_type& member) {
                write_string(member.first);
                text += is_pretty_ ? ": " : ":";
                write(member.second, depth + 1);
            });
        } else if (const std::string* words = value.text()) {
            write_string(*words);
        } else {
            text += value.is_null() ? "null" : value.rendered(longest_);
        }
    }

    std::string text;

  private:
    template <class All, class Write>
    void write_all(const All& all, char open, char close, std::size_t depth, const Write& one) {
        text += open;
        bool is_first = true;
        for (const auto& part : all) {
            if (!is_first) text += ',';
            is_first = false;
            break_line(depth + 1);
            one(part);
            if (text.size() > longest_) return;
        }
        if (!all.empty()) break_line(depth);
        text += close;
    }

    void break_line(std::size_t depth) {
        if (!is_pretty_) return;
        text += '\n';
        text.append(2 * depth, ' ');
    }

    void write_string(std::string_view words) {
        text += '"';
        while (!words.empty()) {
            const Utf8Step step = decode_utf8(words);
            constexpr std::string_view from = "\"\\\b\f\n\r\t";
            constexpr std::string_view written = "\"\\bfnrt";
            const std::size_t which = from.find(words.front());
            if (!step.is_valid) {
                text += kReplacementCharacter;
            } else if (which != std::string_view::npos) {
                text += '\\';
                text += written[which];
            } else if (step.code < 0x20) {
                text += fmt::format("\\u{:04x}", static_cast<unsigned>(step.code));
            } else {
                text += words.substr(0, step.length);
            }
            words.remove_prefix(step.length);
        }
        text += '"';
    }

    bool is_pretty_;
    std::size_t longest_;
};

}  // namespace

Result<Value> parse_json(std::string_view text) {
    Reader reader(text, false);
    auto value = reader.value();
    if (value && !reader.is_at_end()) {
        value.reset();
        (void)reader.failed("something stands behind the value");
    }
    if (!value) return reader.error();
    return std::move(*value);
}

std::optional<std::pair<Value, std::size_t>> literal_at_start(std::string_view text) {
    Reader reader(text, true);
    auto value = reader.value();
    if (!value) return std::nullopt;
    return std::pair(std::move(*value), reader.at());
}

std::optional<std::string> json_text(const Value& value, bool is_pretty, std::size_t longest) {
    Writer writer(is_pretty, longest);
    writer.write(value, 0);
    if (writer.text.size() > longest) return std::nullopt;
    return std::move(writer.text);
}

}  // namespace remuda::templating
