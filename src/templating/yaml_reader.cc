// SPDX-License-Identifier: MIT
#include "templating/helpers.h"
#include "templating/yaml_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include <yaml.h>

namespace remuda::templating {

namespace {

// One event of libyaml, freed when it goes.
struct Event {
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { yaml_event_delete(&raw); }

    yaml_event_t raw{};
};

std::string text_of(const yaml_char_t* chars) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's characters are bytes.
    return chars == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(chars));
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

std::optional<Value> number_with_base(std::string_view digits, int base) {
    std::int64_t number = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto read = std::from_chars(begin, end, number, base);
    const bool is_whole = !digits.empty() && digits.front() != '-' && read.ptr == end;
    if (!is_whole || read.ec != std::errc()) return std::nullopt;
    return Value(number);
}

std::optional<Value> number_of_plain(std::string_view scalar) {
    std::string_view digits = scalar;
    const bool is_negative = digits.starts_with('-');
    if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
    if (is_any_of(digits, {".inf", ".Inf", ".INF"})) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        return Value(is_negative ? -infinity : infinity);
    }
    if (digits.size() == scalar.size()) {
        if (digits.starts_with("0x")) return number_with_base(digits.substr(2), 16);
        if (digits.starts_with("0o")) return number_with_base(digits.substr(2), 8);
    }
    const bool has_leading_zero =
        digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    const bool is_of_digits = digits.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
    const std::size_t first_digit = digits.find_first_of("0123456789");
    if (has_leading_zero || !is_of_digits || first_digit > 1 ||
        (first_digit == 1 && digits[0] != '.')) {
        return std::nullopt;
    }
    const std::string written = (is_negative ? "-" : "") + std::string(digits);
    const char* const begin = written.data();
    const char* const end = begin + written.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(begin, end, whole);
        read.ec == std::errc() && read.ptr == end) {
        return Value(whole);
    }
    double real = 0;
    const auto read = std::from_chars(begin, end, real);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return Value(real);
}

class YamlReader {
  public:
    explicit YamlReader(std::string_view text) {
        yaml_parser_initialize(&parser_);
        // Without this libyaml would take some texts for UTF-16.
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes.
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        yaml_parser_set_input_string(&parser_, bytes, text.size());
    }
    ~YamlReader() { yaml_parser_delete(&parser_); }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;

    std::optional<Value> document() {
        std::optional<Value> root;
        for (;;) {
            Event event;
            if (!next(event)) return std::nullopt;
            switch (event.raw.type) {
                case YAML_STREAM_START_EVENT:
                case YAML_DOCUMENT_END_EVENT:
                    break;
                case YAML_DOCUMENT_START_EVENT:
                    if (root) return failed(event, "a second document begins here");
                    break;
                case YAML_STREAM_END_EVENT:
                case YAML_NO_EVENT:
                    return root ? std::move(root) : Value();
                default:
                    root = node(event, 0);
                    if (!root) return std::nullopt;
            }
        }
    }

    [[nodiscard]] Error error() const { return {Code::invalid_input, "this is no YAML: " + why_}; }

  private:
    bool next(Event& event) {
        if (yaml_parser_parse(&parser_, &event.raw) != 0) return true;
        const std::string problem =
            parser_.problem == nullptr ? "it is not readable" : parser_.problem;
        if (parser_.error == YAML_READER_ERROR) {
            why_ = fmt::format("byte {}: {}", parser_.problem_offset + 1, problem);
        } else {
            (void)failed_at(parser_.problem_mark, problem);
        }
        return false;
    }

    std::nullopt_t failed_at(const yaml_mark_t& mark, std::string_view why) {
        why_ = fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, why);
        return std::nullopt;
    }
    std::nullopt_t failed(const Event& event, std::string_view why) {
        return failed_at(event.raw.start_mark, why);
    }
    std::optional<Value> finished(const Event& event, Result<Value> made) {
        if (!made) return failed(event, made.error().text());
        return std::move(*made);
    }

    std::optional<Value> node(const Event& event, int depth) {
        // Lists and objects count their parts only when they are whole.
        if (++count_ > Value::kHeaviest) {
            return failed(event, "the value has more than a million parts");
        }
        const auto& data = event.raw.data;
        switch (event.raw.type) {
            case YAML_ALIAS_EVENT:
                return alias(event);
            case YAML_SCALAR_EVENT:
                return named(data.scalar.anchor, scalar(event));
            case YAML_SEQUENCE_START_EVENT:
                if (!is_tag(data.sequence_start.tag, YAML_SEQ_TAG)) return unknown_tag(event);
                if (depth == Value::kDeepest) return failed(event, "more than 128 levels");
                return named(data.sequence_start.anchor, list(event, depth));
            default:
                if (!is_tag(data.mapping_start.tag, YAML_MAP_TAG)) return unknown_tag(event);
                if (depth == Value::kDeepest) return failed(event, "more than 128 levels");
                return named(data.mapping_start.anchor, object(event, depth));
        }
    }

    std::optional<Value> named(const yaml_char_t* anchor, std::optional<Value> value) {
        if (value && anchor != nullptr) anchors_[text_of(anchor)] = *value;
        return value;
    }

    std::optional<Value> alias(const Event& event) {
        const std::string name = text_of(event.raw.data.alias.anchor);
        const auto found = anchors_.find(name);
        if (found == anchors_.end()) {
            return failed(event, fmt::format("'*{}' names an anchor that is not there", name));
        }
        // Lists and objects are shared, texts are copied.
        if (const std::string* copied = found->second.text()) copied_bytes_ += copied->size();
        if (copied_bytes_ > kLongestValue) return failed(event, "the value grows beyond 8 MiB");
        return found->second;
    }

    std::optional<Value> list(const Event& begin, int depth) {
        Items items;
        for (;;) {
            Event event;
            if (!next(event)) return std::nullopt;
            if (event.raw.type == YAML_SEQUENCE_END_EVENT) {
                return finished(begin, Value::list(std::move(items)));
            }
            auto item = node(event, depth + 1);
            if (!item) return std::nullopt;
            items.push_back(std::move(*item));
        }
    }

    std::optional<Value> object(const Event& begin, int depth) {
        Members members;
        std::set<std::string> names;
        for (;;) {
            Event event;
            if (!next(event)) return std::nullopt;
            if (event.raw.type == YAML_MAPPING_END_EVENT) {
                return finished(begin, Value::object(std::move(members)));
            }
            auto name = name_of(event);
            if (!name) return std::nullopt;
            if (!names.insert(*name).second) {
                return failed(event, fmt::format("the name '{}' comes twice", name->substr(0, 40)));
            }
            Event value_event;
            if (!next(value_event)) return std::nullopt;
            auto value = node(value_event, depth + 1);
            if (!value) return std::nullopt;
            members.emplace_back(std::move(*name), std::move(*value));
        }
    }

    std::optional<std::string> name_of(const Event& event) {
        if (event.raw.type == YAML_SCALAR_EVENT) {
            std::string name = raw_text(event);
            (void)named(event.raw.data.scalar.anchor, Value(name));
            return name;
        }
        if (event.raw.type == YAML_ALIAS_EVENT) {
            const auto value = alias(event);
            if (!value) return std::nullopt;
            if (value->items() == nullptr && value->members() == nullptr) {
                return value->rendered(kLongestValue);
            }
        }
        (void)failed(event, "the name of a member is a text, not a list or an object");
        return std::nullopt;
    }

    static std::string raw_text(const Event& event) {
        const auto& scalar = event.raw.data.scalar;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its characters are bytes.
        return {reinterpret_cast<const char*>(scalar.value), scalar.length};
    }

    std::optional<Value> scalar(const Event& event) {
        std::string text = raw_text(event);
        const std::string tag = text_of(event.raw.data.scalar.tag);
        const bool is_plain = event.raw.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        if (tag == YAML_STR_TAG || tag == "!" || (tag.empty() && !is_plain)) {
            return Value(std::move(text));
        }
        Value value = meaning_of_plain(text);
        const bool fits = tag.empty() || (tag == YAML_NULL_TAG && value.is_null()) ||
                          (tag == YAML_BOOL_TAG && value.boolean() != nullptr) ||
                          (tag == YAML_INT_TAG && value.integer() != nullptr) ||
                          (tag == YAML_FLOAT_TAG && value.is_number());
        if (fits) return value;
        return unknown_tag(event);
    }

    static bool is_tag(const yaml_char_t* tag, std::string_view known) {
        const std::string text = text_of(tag);
        return text.empty() || text == "!" || text == known;
    }
    std::nullopt_t unknown_tag(const Event& event) {
        return failed(event, "its tag does not fit, or is none of JSON's types");
    }

    yaml_parser_t parser_{};
    std::map<std::string, Value> anchors_;
    std::size_t count_ = 0;
    std::size_t copied_bytes_ = 0;
    std::string why_;
};

}  // namespace

Value meaning_of_plain(std::string_view scalar) {
    if (is_any_of(scalar, {"", "~", "null", "Null", "NULL"})) return {};
    if (is_any_of(scalar, {"true", "True", "TRUE"})) return true;
    if (is_any_of(scalar, {"false", "False", "FALSE"})) return false;
    if (is_any_of(scalar, {".nan", ".NaN", ".NAN"})) return std::nan("");
    if (auto number = number_of_plain(scalar)) return std::move(*number);
    return Value(scalar);
}

Result<Value> parse_yaml(std::string_view text) {
    YamlReader reader(text);
    auto value = reader.document();
    if (!value) return reader.error();
    return std::move(*value);
}

}  // namespace remuda::templating
