// SPDX-License-Identifier: MIT
//
// Any text is read as JSON, YAML and TOML (the first byte says as which) in bounded time and size.
// What was read is written in all three, reads back, and is then written the same again.
#include "remuda/base/check.h"
#include "templating/helpers.h"
#include "templating/json.h"
#include "templating/toml_text.h"
#include "templating/yaml_text.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using remuda::Result;
using remuda::templating::Value;

namespace {

constexpr std::size_t kLongest = remuda::templating::kLongestValue;
// Tables that dotted keys make in inline tables nest deeper, once written, than TOML is read.
constexpr int kDeepestToml = 32;

Result<Value> read(unsigned format, std::string_view text) {
    if (format == 0) return remuda::templating::parse_json(text);
    return format == 1 ? remuda::templating::parse_yaml(text)
                       : remuda::templating::parse_toml(text);
}

Result<std::string> written(unsigned format, const Value& value) {
    if (format == 1) return remuda::templating::yaml_text(value, kLongest);
    if (format > 1) return remuda::templating::toml_text(value, format == 3, kLongest);
    auto text = remuda::templating::json_text(value, false, kLongest);
    if (!text) return remuda::Error(remuda::Code::invalid_input, "too long");
    return std::move(*text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto value = read(static_cast<unsigned char>(text.front()) % 3U, text.substr(1));
    if (!value) {
        REMUDA_CHECK(!value.error().text().empty());
        return 0;
    }
    // Names that differ in bytes that are no UTF-8 become the same.
    if (remuda::templating::valid_utf8(text) != text) return 0;
    for (unsigned format = 0; format < 4; ++format) {
        const auto first = written(format, *value);
        if (!first || (format > 1 && value->depth() > kDeepestToml)) continue;
        const auto again = read(format, *first);
        REMUDA_CHECK(again.has_value());
        const auto second = written(format, *again);
        REMUDA_CHECK(second.has_value());
        REMUDA_CHECK(*first == *second);
    }
    return 0;
}
