// SPDX-License-Identifier: MIT
#include "templating/json_helpers.h"

#include "templating/jmespath.h"
#include "templating/jmespath_parser.h"
#include "templating/json.h"

namespace remuda::templating {

namespace {

Error unknown_format(std::string_view format) {
    std::string text = "format '" + std::string(format.substr(0, 40)) + "' is not supported";
    text += ": it is json or json_pretty";
    return {Code::invalid_input, std::move(text)};
}

bool is_known(std::string_view format) {
    return format == "json" || format == "json_pretty";
}

}  // namespace

std::optional<Error> wrong_format(std::string_view format) {
    if (is_known(format)) return std::nullopt;
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
    if (!is_known(format)) return unknown_format(format);
    if (text.empty()) return Value(std::string());
    return parse_json(text);
}

Result<std::string> write_format(std::string_view format, const Value& value) {
    if (!is_known(format)) return unknown_format(format);
    const bool is_empty = value.is_null() || (value.text() != nullptr && value.text()->empty());
    if (is_empty) return std::string();
    auto text = json_text(value, format == "json_pretty", kLongestValue);
    if (!text) return Error(Code::invalid_input, "the value grows beyond 8 MiB");
    return std::move(*text);
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
    if (!is_known(format_of(inputs))) return unknown_format(format_of(inputs));
    // str_to_json makes an empty text of an empty text.
    const std::string* text = inputs.arguments[1].text();
    if (text != nullptr && !text->empty()) return query_in_text();
    const std::string query = inputs.arguments[0].rendered(kLongestValue);
    return run_jmespath(query, inputs.arguments[1]);
}

Result<Value> json_str_query(const Inputs& inputs) {
    const std::string text = inputs.arguments[1].rendered(kLongestValue);
    auto data = read_format(format_of(inputs), text);
    if (!data) return data;
    auto found = run_jmespath(inputs.arguments[0].rendered(kLongestValue), *data);
    if (!found) return found;
    const bool is_whole = found->items() != nullptr || found->members() != nullptr;
    auto written = write_format(is_whole ? format_of(inputs) : "json", *found);
    if (!written) return written.error();
    return Value(std::move(*written));
}

}  // namespace remuda::templating
