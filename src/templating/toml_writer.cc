// SPDX-License-Identifier: MIT
#include "templating/toml_text.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

bool is_bare_key(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// Between double quotes.
std::string escaped(std::string_view text, bool keeps_line_breaks) {
    std::string result;
    for (const char c : text) {
        constexpr std::string_view from = "\"\\\b\f\n\r\t";
        constexpr std::string_view written = "\"\\bfnrt";
        const std::size_t which = from.find(c);
        if (which != std::string_view::npos && (c != '\n' || !keeps_line_breaks)) {
            result += '\\';
            result += written[which];
        } else if (is_control(c) && c != '\n') {
            result += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            result += c;
        }
    }
    return result;
}

std::string string_in_toml(std::string_view raw, bool is_pretty) {
    const std::string text = valid_utf8(raw);
    if (is_pretty && text.find('\n') != std::string::npos) {
        return "\"\"\"\n" + escaped(text, true) + "\"\"\"";
    }
    const bool is_literal =
        is_pretty && text.find('\'') == std::string::npos && std::ranges::none_of(text, is_control);
    return is_literal ? "'" + text + "'" : '"' + escaped(text, false) + '"';
}

std::string key_in_toml(std::string_view key) {
    return is_bare_key(key) ? std::string(key) : string_in_toml(key, false);
}

std::string number_in_toml(const Value& number) {
    const double real = number.real();
    if (std::isnan(real)) return "nan";
    if (std::isinf(real)) return real < 0 ? "-inf" : "inf";
    return number_text(number);
}

// A list of tables has a header for each.
bool is_list_of_tables(const Value& value) {
    const Items* items = value.items();
    return items != nullptr && !items->empty() &&
           std::ranges::all_of(*items, [](const Value& item) { return item.members() != nullptr; });
}

bool has_header(const Value& value) {
    return value.members() != nullptr || is_list_of_tables(value);
}

std::string path_of(const std::string& table, const std::string& name) {
    return table.empty() ? name : fmt::format("{}.{}", table, name);
}

class TomlWriter {
  public:
    TomlWriter(bool is_pretty, std::size_t longest) : is_pretty_(is_pretty), longest_(longest) {}

    Result<std::string> document(const Members& members) && {
        write_table(members, "");
        if (fault_) return std::move(*fault_);
        return std::move(text_);
    }

  private:
    // `path`: the table's name as in a header; empty for the document.
    void write_table(const Members& members, const std::string& path) {
        for (const auto& [key, value] : members) {
            if (has_header(value)) continue;
            const std::string name = key_in_toml(key);
            text_ += name + " = ";
            write_value(value, path_of(path, name), true);
            text_ += '\n';
            if (is_over()) return;
        }
        for (const auto& [key, value] : members) {
            if (!has_header(value)) continue;
            const std::string name = key_in_toml(key);
            write_tables(value, path_of(path, name));
            if (is_over()) return;
        }
    }

    void write_tables(const Value& value, const std::string& path) {
        if (const Members* members = value.members()) {
            const bool is_only_a_way =
                !members->empty() && std::ranges::all_of(*members, [](const auto& member) {
                    return has_header(member.second);
                });
            if (!is_only_a_way) write_header("[" + path + "]");
            write_table(*members, path);
            return;
        }
        for (const Value& item : *value.items()) {
            write_header("[[" + path + "]]");
            write_table(*item.members(), path);
            if (is_over()) return;
        }
    }

    void write_header(const std::string& header) {
        if (!text_.empty()) text_ += '\n';
        text_ += header + '\n';
    }

    void write_value(const Value& value, const std::string& path, bool may_break_lines) {
        if (const Items* items = value.items()) {
            write_list(*items, path, may_break_lines && is_pretty_ && items->size() > 1);
        } else if (const Members* members = value.members()) {
            write_inline_table(*members, path);
        } else if (const std::string* words = value.text()) {
            text_ += string_in_toml(*words, is_pretty_);
        } else if (value.is_number()) {
            text_ += number_in_toml(value);
        } else if (const bool* truth = value.boolean()) {
            text_ += *truth ? "true" : "false";
        } else {
            fail(fmt::format("TOML has no null, which stands at '{}'", path.substr(0, 80)));
        }
    }

    void write_list(const Items& items, const std::string& path, bool breaks_lines) {
        text_ += '[';
        bool is_first = true;
        for (const Value& item : items) {
            if (!is_first && !breaks_lines) text_ += ", ";
            is_first = false;
            if (breaks_lines) text_ += "\n    ";
            write_value(item, path, false);
            if (breaks_lines) text_ += ',';
            if (is_over()) return;
        }
        if (breaks_lines) text_ += '\n';
        text_ += ']';
    }

    void write_inline_table(const Members& members, const std::string& path) {
        text_ += '{';
        bool is_first = true;
        for (const auto& [key, value] : members) {
            const std::string name = key_in_toml(key);
            text_ += (is_first ? " " : ", ") + name + " = ";
            is_first = false;
            write_value(value, path_of(path, name), false);
            if (is_over()) return;
        }
        text_ += members.empty() ? "}" : " }";
    }

    bool is_over() {
        if (text_.size() > longest_) fail("the value grows beyond 8 MiB");
        return fault_.has_value();
    }
    void fail(std::string why) {
        if (!fault_) fault_ = Error(Code::invalid_input, std::move(why));
    }

    std::string text_;
    bool is_pretty_;
    std::size_t longest_;
    std::optional<Error> fault_;
};

}  // namespace

Result<std::string> toml_text(const Value& value, bool is_pretty, std::size_t longest) {
    if (const Members* members = value.members()) {
        return TomlWriter(is_pretty, longest).document(*members);
    }
    return Error(Code::invalid_input,
                 fmt::format("a TOML text is an object, and this is {}", value.kind()));
}

}  // namespace remuda::templating
