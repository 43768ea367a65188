// SPDX-License-Identifier: MIT
#include "templating/helpers.h"

#include "remuda/base/text.h"
#include "templating/case_helpers.h"
#include "templating/json_helpers.h"
#include "templating/logic_helpers.h"
#include "templating/path_helpers.h"
#include "templating/string_helpers.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

Result<std::string> quoted_for_shell(Arguments arguments) {
    return shell_quote(arguments[0]);
}

using TextFunction = Result<std::string> (*)(Arguments);
using ValueFunction = Result<Value> (*)(const Inputs&);

constexpr Helper of_text(std::string_view name, std::string_view usage, std::string_view summary,
                         TextFunction run) {
    return {name, 1, 1, usage, summary, run, nullptr, ""};
}

constexpr Helper of_texts(std::string_view name, std::size_t count, std::string_view usage,
                          std::string_view summary, TextFunction run) {
    return {name, count, count, usage, summary, run, nullptr, ""};
}

constexpr Helper of_values(std::string_view name, std::size_t count, std::string_view usage,
                           std::string_view summary, ValueFunction run) {
    return {name, count, count, usage, summary, nullptr, run, ""};
}

constexpr Helper condition(std::string_view name, std::size_t least, std::size_t most,
                           std::string_view usage, std::string_view summary, ValueFunction run) {
    return {name, least, most, usage, summary, nullptr, run, "", true, true};
}

constexpr Helper of_machine(std::string_view name, std::string_view usage, std::string_view summary,
                            ValueFunction run) {
    return {name, 1, 1, usage, summary, nullptr, run, "", false};
}

constexpr Helper of_json(std::string_view name, std::size_t count, std::string_view usage,
                         std::string_view summary, ValueFunction run) {
    return {name, count, count, usage, summary, nullptr, run, "format"};
}

constexpr std::array kHelpers = {
    of_text("to_lower_case", "to_lower_case TEXT", "all letters small", to_lower_case),
    of_text("to_upper_case", "to_upper_case TEXT", "all letters capital", to_upper_case),
    of_text("to_camel_case", "to_camel_case TEXT", "as in helloFooBars", to_camel_case),
    of_text("to_pascal_case", "to_pascal_case TEXT", "as in HelloFooBars", to_pascal_case),
    of_text("to_snake_case", "to_snake_case TEXT", "as in hello_foo_bars", to_snake_case),
    of_text("to_screaming_snake_case", "to_screaming_snake_case TEXT", "as in HELLO_FOO_BARS",
            to_screaming_snake_case),
    of_text("to_kebab_case", "to_kebab_case TEXT", "as in hello-foo-bars", to_kebab_case),
    of_text("to_train_case", "to_train_case TEXT", "as in Hello-Foo-Bars", to_train_case),
    of_text("to_sentence_case", "to_sentence_case TEXT", "as in \"Hello foo bars\"",
            to_sentence_case),
    of_text("to_title_case", "to_title_case TEXT", "as in \"Hello Foo Bars\"", to_title_case),
    of_text("to_class_case", "to_class_case TEXT", "as in HelloFooBar, the last word singular",
            to_class_case),
    of_text("to_table_case", "to_table_case TEXT", "as in hello_foo_bars, the last word plural",
            to_table_case),
    of_text("to_plural", "to_plural TEXT", "the plural of the last word alone", to_plural),
    of_text("to_singular", "to_singular TEXT", "the singular of the last word alone", to_singular),
    of_text("trim", "trim TEXT", "without white space at both ends", trim),
    of_text("trim_start", "trim_start TEXT", "without white space at the start", trim_start),
    of_text("trim_end", "trim_end TEXT", "without white space at the end", trim_end),
    of_texts("replace", 3, "replace TEXT FROM TO", "every FROM in TEXT becomes TO", replace),
    of_texts("quote", 2, "quote SYMBOL TEXT", "TEXT between SYMBOLs, with backslashes inside",
             quote),
    of_text("unquote", "unquote TEXT", "TEXT without its quotes", unquote),
    Helper{"first_non_empty", 1, Helper::kAny, "first_non_empty TEXT...",
           "the first argument that is a text and not empty", nullptr, first_non_empty, ""},
    of_text("shell_quote", "shell_quote TEXT", "TEXT as one word of the shell", quoted_for_shell),
    of_machine("parent", "parent PATH", "the folder that holds PATH", parent),
    of_machine("file_name", "file_name PATH", "the last component of PATH", file_name),
    of_machine("extension", "extension PATH", "what follows the last dot of the file name",
               extension),
    of_machine("canonicalize", "canonicalize PATH",
               "PATH without links and `..`; empty if it does not exist here", canonicalize),
    of_machine("read_to_str", "read_to_str PATH",
               "what the file holds; empty if there is none here", read_to_str),
    of_machine("env_var", "env_var NAME", "an environment variable of remuda itself", env_var),
    condition("eq", 2, 2, "eq A B", "whether both are equal", eq),
    condition("ne", 2, 2, "ne A B", "whether they differ", ne),
    condition("gt", 2, 2, "gt A B", "whether number A is greater than number B", gt),
    condition("gte", 2, 2, "gte A B", "whether number A is greater than or equal to number B", gte),
    condition("lt", 2, 2, "lt A B", "whether number A is less than number B", lt),
    condition("lte", 2, 2, "lte A B", "whether number A is less than or equal to number B", lte),
    condition("and", 2, Helper::kAny, "and A B...", "whether all are true", all_of),
    condition("or", 2, Helper::kAny, "or A B...", "whether any is true", any_of),
    condition("not", 1, 1, "not A", "whether it is not true", negated),
    of_values("len", 1, "len VALUE", "bytes of a text, items of a list", length),
    of_values("lookup", 2, "lookup VALUE KEY", "an item or member; empty if there is none", lookup),
    Helper{"log", 1, Helper::kAny, "log VALUE...", "nothing: there is no log", nullptr, log_nothing,
           "level"},
    Helper{"assign", 2, 2, "assign NAME VALUE", "sets the variable NAME", nullptr, assign, "",
           false},
    of_json("str_to_json", 1, "str_to_json TEXT",
            "the value that a text in JSON, YAML or TOML means", str_to_json),
    of_json("json_to_str", 1, "json_to_str VALUE format=\"json\"",
            "a value as text in JSON, YAML or TOML", json_to_str),
    of_json("json_query", 2, "json_query QUERY VALUE", "what a JMESPath query finds in a value",
            json_query),
    of_json("json_str_query", 2, "json_str_query QUERY TEXT",
            "what a JMESPath query finds in a text in JSON, YAML or TOML, as text", json_str_query),
};

// The argument as text; nothing if it is none.
bool append_text(const Value& value, std::vector<std::string>& to) {
    if (value.items() != nullptr || value.members() != nullptr) return false;
    to.push_back(value.rendered(kLongestValue));
    return true;
}

}  // namespace

std::span<const Helper> helpers() {
    return kHelpers;
}

const Helper* find_helper(std::string_view name) {
    const auto* const found =
        std::find_if(kHelpers.begin(), kHelpers.end(),
                     [&](const Helper& helper) { return helper.name == name; });
    return found == kHelpers.end() ? nullptr : found;
}

std::vector<std::string> helper_names() {
    std::vector<std::string> names;
    names.reserve(kHelpers.size());
    for (const Helper& helper : kHelpers) {
        names.emplace_back(helper.name);
    }
    return names;
}

std::string_view missing_helper(std::string_view name) {
    if (name == "jsonnet") return "Jsonnet is not supported";
    if (name == "http_get" || name == "gitignore_io") {
        return "templates do not reach into the network; fetch it in the command";
    }
    if (name == "enquote") return "it is `quote SYMBOL TEXT`: {{ quote \"\\\"\" TEXT }}";
    return "";
}

Result<Value> run_helper(const Helper& helper, const Inputs& inputs) {
    if (helper.text == nullptr) return helper.value(inputs);
    std::vector<std::string> texts;
    texts.reserve(inputs.arguments.size());
    for (const Value& argument : inputs.arguments) {
        if (append_text(argument, texts)) continue;
        return Error(Code::invalid_input,
                     fmt::format("argument {} is {}, not text", texts.size() + 1, argument.kind()));
    }
    auto result = helper.text(texts);
    if (!result) return result.error();
    return Value(std::move(*result));
}

std::string_view format_of(const Inputs& inputs) {
    for (const auto& [name, value] : inputs.named) {
        if (name == "format" && value.text() != nullptr) return *value.text();
    }
    return "json";
}

}  // namespace remuda::templating
