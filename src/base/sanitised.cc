// SPDX-License-Identifier: MIT
#include "base/escape_sequence.h"
#include "remuda/base/text.h"
#include "remuda/base/utf8.h"

namespace remuda {

namespace {

constexpr char kEscape = '\x1B';
constexpr char kBell = '\x07';

constexpr bool within(char c, char low, char high) {
    return c >= low && c <= high;
}

constexpr bool is_plain(char c) {
    return within(c, 0x20, 0x7E) || c == '\t';
}

// Walks over foreign text and keeps what is harmless.
class Sanitiser {
  public:
    Sanitiser(std::string_view text, bool keep_colour) : rest_(text), keep_colour_(keep_colour) {
        kept_.reserve(text.size());
    }

    std::string run() {
        while (!rest_.empty())
            step();
        return std::move(kept_);
    }

  private:
    void step() {
        if (const std::size_t plain = plain_length(rest_); plain > 0) return keep(plain);
        if (rest_[0] == kEscape) return escape();
        const Utf8Step next = decode_utf8(rest_);
        if (!next.is_valid) {
            kept_ += kReplacementCharacter;
            return drop(next.length);
        }
        if (is_harmful(next.code)) return drop(next.length);
        keep(next.length);
    }

    static bool is_harmful(char32_t code) {
        const bool is_control = code < 0x20 || (code >= 0x7F && code <= 0x9F);
        // Embeddings, overrides and isolates: they let text look other than it is.
        const bool turns_text =
            (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
        return is_control || turns_text;
    }

    void escape() {
        if (const std::size_t length = sgr_length(rest_); length > 0) {
            if (keep_colour_) return keep(length);
            return drop(length);
        }
        if (rest_.size() == 1) return drop(1);
        switch (rest_[1]) {
            case '[':
                return drop(control_sequence_length());
            case ']':  // operating system command (window title, clipboard ...)
            case 'P':  // device control
            case 'X':  // start of string
            case '^':  // privacy message
            case '_':  // application command
                return drop(string_length());
            default:
                return drop(short_sequence_length());
        }
    }

    // ESC [ parameters, intermediates, final byte.
    [[nodiscard]] std::size_t control_sequence_length() const {
        std::size_t i = 2;
        while (i < rest_.size() && within(rest_[i], 0x30, 0x3F))
            ++i;
        while (i < rest_.size() && within(rest_[i], 0x20, 0x2F))
            ++i;
        if (i < rest_.size() && within(rest_[i], 0x40, 0x7E)) ++i;
        return i;
    }

    // ESC ] ... up to BEL or ESC \. Without an end on this line the introducer alone goes, so that
    // no text is lost.
    std::size_t string_length() {
        constexpr std::size_t introducer = 2;
        if (no_string_ends_) return introducer;
        for (std::size_t i = introducer; i < rest_.size(); ++i) {
            if (rest_[i] == kBell) return i + 1;
            if (rest_[i] == kEscape && i + 1 < rest_.size() && rest_[i + 1] == '\\') return i + 2;
        }
        // Known for the rest of the line: a thousand introducers do not search it a thousand times.
        no_string_ends_ = true;
        return introducer;
    }

    // ESC, intermediates, final byte.
    [[nodiscard]] std::size_t short_sequence_length() const {
        std::size_t i = 1;
        while (i < rest_.size() && within(rest_[i], 0x20, 0x2F))
            ++i;
        if (i < rest_.size() && within(rest_[i], 0x30, 0x7E)) ++i;
        return i;
    }

    void keep(std::size_t length) {
        kept_ += rest_.substr(0, length);
        rest_.remove_prefix(length);
    }
    void drop(std::size_t length) { rest_.remove_prefix(length); }

    std::string_view rest_;
    bool keep_colour_;
    bool no_string_ends_ = false;
    std::string kept_;
};

}  // namespace

std::size_t sgr_length(std::string_view text) {
    if (text.size() < 3 || text[0] != kEscape || text[1] != '[') return 0;
    const std::size_t end = text.find_first_not_of("0123456789;:", 2);
    return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::size_t plain_length(std::string_view text) {
    std::size_t length = 0;
    // Blocks without a branch in them: compilers look at many bytes at once.
    constexpr std::size_t block = 32;
    while (text.size() - length >= block) {
        bool has_other = false;
        for (const char c : text.substr(length, block))
            has_other |= !is_plain(c);
        if (has_other) break;
        length += block;
    }
    while (length < text.size() && is_plain(text[length]))
        ++length;
    return length;
}

std::string sanitised(std::string_view text, bool keep_colour) {
    return Sanitiser(text, keep_colour).run();
}

}  // namespace remuda
