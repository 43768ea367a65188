// SPDX-License-Identifier: MIT
#include "templating/helpers.h"
#include "templating/yaml_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <yaml.h>

namespace remuda::templating {

namespace {

// Words that readers of YAML 1.1 take for something else than text.
bool is_word_of_old_yaml(std::string_view text) {
    static constexpr std::array<std::string_view, 11> words = {
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "<<", "="};
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::find(words, lower) != words.end();
}

// A number, a date or a number with the base 60 to some reader.
bool looks_like_number(std::string_view text) {
    const std::size_t first = text.find_first_not_of("+-.");
    return first != std::string_view::npos && text[first] >= '0' && text[first] <= '9' &&
           text.find_first_not_of("0123456789abcdefABCDEFxXoO_.,:+-TZ ") == std::string_view::npos;
}

yaml_scalar_style_t style_of(std::string_view text) {
    // Of all that ends a line to YAML only `\n` comes back as it was from a block of lines.
    for (const std::string_view other : {"\r", "\u0085", "\u2028", "\u2029"}) {
        if (text.find(other) != std::string_view::npos) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    if (text.find('\n') != std::string_view::npos) return YAML_LITERAL_SCALAR_STYLE;
    const bool is_ambiguous = is_word_of_old_yaml(text) || looks_like_number(text) ||
                              meaning_of_plain(text).text() == nullptr;
    return is_ambiguous ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE;
}

std::string number_in_yaml(const Value& number) {
    const double real = number.real();
    if (std::isnan(real)) return ".nan";
    if (std::isinf(real)) return real < 0 ? "-.inf" : ".inf";
    return number_text(number);
}

class YamlWriter {
  public:
    explicit YamlWriter(std::size_t longest) : longest_(longest) {
        yaml_emitter_initialize(&emitter_);
        yaml_emitter_set_output(&emitter_, &YamlWriter::take, this);
        yaml_emitter_set_unicode(&emitter_, 1);
        // No line is broken for its length.
        yaml_emitter_set_width(&emitter_, -1);
    }
    ~YamlWriter() { yaml_emitter_delete(&emitter_); }
    YamlWriter(const YamlWriter&) = delete;
    YamlWriter& operator=(const YamlWriter&) = delete;

    bool write(const Value& value) {
        yaml_event_t event;
        yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
        if (!emit(event)) return false;
        yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
        if (!emit(event) || !node(value)) return false;
        yaml_document_end_event_initialize(&event, 1);
        if (!emit(event)) return false;
        yaml_stream_end_event_initialize(&event);
        return emit(event) && yaml_emitter_flush(&emitter_) != 0;
    }

    std::string text;

  private:
    static int take(void* self, unsigned char* bytes, std::size_t size) {
        auto& writer = *static_cast<YamlWriter*>(self);
        if (size > writer.longest_ - writer.text.size()) return 0;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes.
        writer.text.append(reinterpret_cast<const char*>(bytes), size);
        return 1;
    }

    // Frees the event, too.
    bool emit(yaml_event_t& event) { return yaml_emitter_emit(&emitter_, &event) != 0; }

    bool node(const Value& value) {
        yaml_event_t event;
        if (const Items* items = value.items()) {
            yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1,
                                                 YAML_BLOCK_SEQUENCE_STYLE);
            const bool is_good =
                emit(event) &&
                std::ranges::all_of(*items, [this](const Value& item) { return node(item); });
            yaml_sequence_end_event_initialize(&event);
            return is_good && emit(event);
        }
        if (const Members* members = value.members()) {
            yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1,
                                                YAML_BLOCK_MAPPING_STYLE);
            const bool is_good =
                emit(event) && std::ranges::all_of(*members, [this](const auto& member) {
                    return words(member.first) && node(member.second);
                });
            yaml_mapping_end_event_initialize(&event);
            return is_good && emit(event);
        }
        if (const std::string* text_value = value.text()) return words(*text_value);
        if (value.is_number()) return scalar(number_in_yaml(value), YAML_PLAIN_SCALAR_STYLE);
        const std::string word = value.is_null() ? "null" : value.rendered(kLongestValue);
        return scalar(word, YAML_PLAIN_SCALAR_STYLE);
    }

    bool words(std::string_view raw) {
        const std::string valid = valid_utf8(raw);
        return scalar(valid, style_of(valid));
    }

    bool scalar(const std::string& content, yaml_scalar_style_t style) {
        yaml_event_t event;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes.
        const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
        return yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes,
                                            static_cast<int>(content.size()), 1, 1, style) != 0 &&
               emit(event);
    }

    yaml_emitter_t emitter_{};
    std::size_t longest_;
};

}  // namespace

Result<std::string> yaml_text(const Value& value, std::size_t longest) {
    YamlWriter writer(longest);
    if (writer.write(value)) return std::move(writer.text);
    return Error(Code::invalid_input, "the value grows beyond 8 MiB");
}

}  // namespace remuda::templating
