// SPDX-License-Identifier: MIT
#include "templating/json_helpers.h"

#include "templating/jmespath.h"
#include "templating/jmespath_parser.h"
#include "templating/json.h"
#include "templating/toml_text.h"
#include "templating/yaml_text.h"

#include <algorithm>
#include <array>

namespace remuda::templating {

namespace {

enum class Format { json, json_pretty, yaml, toml, toml_pretty };

struct NamedFormat {
    std::string_view name;
    Format format;
};

constexpr std::array kFormats = {
    NamedFormat{"json", Format::json}, NamedFormat{"json_pretty", Format::json_pretty},
    NamedFormat{"yaml", Format::yaml}, NamedFormat{"toml", Format::toml},
    NamedFormat{"toml_pretty", Format::toml_pretty}};

// In any case, as in Pegasus.
std::optional<Format> find_format(std::string_view name) {
    std::string small(name);
    std::ranges::transform(small, small.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto* const found = std::ranges::find(kFormats, small, &NamedFormat::name);
    if (found == kFormats.end()) return std::nullopt;
    return found->format;
}

Error unknown_format(std::string_view format) {
    std::string text = "format '" + std::string(format.substr(0, 40)) + "' is not supported";
    text += ": it is json, json_pretty, yaml, toml or toml_pretty";
    return {Code::invalid_input, std::move(text)};
}

Result<std::string> written(Format format, const Value& value) {
    if (format == Format::yaml) return yaml_text(value, kLongestValue);
    if (format == Format::toml || format == Format::toml_pretty) {
        return toml_text(value, format == Format::toml_pretty, kLongestValue);
    }
    auto text = json_text(value, format == Format::json_pretty, kLongestValue);
    if (!text) return Error(Code::invalid_input, "the value grows beyond 8 MiB");
    return std::move(*text);
}

bool is_empty(const Value& value) {
    return value.is_null() || (value.text() != nullptr && value.text()->empty());
}

// A value that is neither list nor object, to stand within a line: TOML has no text for it alone,
// and YAML's would end in a line break.
Result<std::string> written_in_line(Format format, const Value& value) {
    if (format != Format::yaml) return written(Format::json, value);
    auto text = written(format, value);
    if (text && text->ends_with('\n')) text->pop_back();
    return text;
}

}  // namespace

std::optional<Error> wrong_format(std::string_view format) {
    if (find_format(format)) return std::nullopt;
    return unknown_format(format);
}

std::optional<Error> wrong_query(std::string_view query) {
    const auto parsed = parse_jmespath(query);
    if (parsed) return std::nullopt;
    return parsed.error();
}

Error query_in_text() {
    return {Code::invalid_input,
            "argument 2 is a text, not a value; a JSON text is asked with json_str_query"};
}

Result<Value> read_format(std::string_view format, std::string_view text) {
    const auto known = find_format(format);
    if (!known) return unknown_format(format);
    if (text.empty()) return Value(std::string());
    if (*known == Format::yaml) return parse_yaml(text);
    if (*known == Format::toml || *known == Format::toml_pretty) return parse_toml(text);
    return parse_json(text);
}

Result<std::string> write_format(std::string_view format, const Value& value) {
    const auto known = find_format(format);
    if (!known) return unknown_format(format);
    if (is_empty(value)) return std::string();
    return written(*known, value);
}

Result<Value> str_to_json(const Inputs& inputs) {
    return read_format(format_of(inputs), inputs.arguments[0].rendered(kLongestValue));
}

Result<Value> json_to_str(const Inputs& inputs) {
    auto text = write_format(format_of(inputs), inputs.arguments[0]);
    if (!text) return text.error();
    return Value(std::move(*text));
}

Result<Value> json_query(const Inputs& inputs) {
    if (auto why = wrong_format(format_of(inputs))) return std::move(*why);
    // str_to_json makes an empty text of an empty text.
    const std::string* text = inputs.arguments[1].text();
    if (text != nullptr && !text->empty()) return query_in_text();
    const std::string query = inputs.arguments[0].rendered(kLongestValue);
    return run_jmespath(query, inputs.arguments[1]);
}

Result<Value> json_str_query(const Inputs& inputs) {
    const std::string text = inputs.arguments[1].rendered(kLongestValue);
    const auto format = find_format(format_of(inputs));
    if (!format) return unknown_format(format_of(inputs));
    auto data = read_format(format_of(inputs), text);
    if (!data) return data;
    auto found = run_jmespath(inputs.arguments[0].rendered(kLongestValue), *data);
    if (!found) return found;
    if (is_empty(*found)) return Value(std::string());
    const bool is_whole = found->items() != nullptr || found->members() != nullptr;
    auto result = is_whole ? written(*format, *found) : written_in_line(*format, *found);
    if (!result) return result.error();
    return Value(std::move(*result));
}

}  // namespace remuda::templating
