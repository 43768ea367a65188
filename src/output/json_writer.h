// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace remuda::output {

/// `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD; everything below
/// U+0020, U+007F and U+2028/2029 is escaped, so that the result is one line and safe on a
/// terminal.
void append_json_string(std::string& to, std::string_view text);

/// Writes JSON into a string, with the commas. The caller balances what it opens.
class JsonWriter {
  public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    /// The key of the value that follows.
    JsonWriter& key(std::string_view name);
    JsonWriter& value(std::string_view text);
    JsonWriter& value(std::uint64_t number);
    JsonWriter& value(std::int64_t number);
    /// With three digits behind the point.
    JsonWriter& seconds(double number);

    JsonWriter& field(std::string_view name, std::string_view text) {
        return key(name).value(text);
    }
    JsonWriter& field(std::string_view name, std::uint64_t number) {
        return key(name).value(number);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string text_;
    bool needs_comma_ = false;
};

}  // namespace remuda::output
