// SPDX-License-Identifier: MIT
#include "templating/helpers.h"

#include "remuda/base/text.h"
#include "templating/path_helpers.h"
#include "templating/string_helpers.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace remuda::templating {

namespace {

Result<std::string> quoted_for_shell(Arguments arguments) {
    return shell_quote(arguments[0]);
}

std::string user_name() {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return "";
    }
    return found->pw_name;
}

std::string machine() {
    utsname name{};
    return ::uname(&name) == 0 ? name.machine : "";
}

// An unset variable is empty. A few names stand for facts of this machine, as they do in Pegasus.
Result<std::string> env_var(Arguments arguments) {
    const std::string& name = arguments[0];
    if (name == "ARCH") return machine();
    if (name == "DLL_EXTENSION") return std::string("so");
    if (name == "DLL_PREFIX") return std::string("lib");
    if (name == "DLL_SUFFIX") return std::string(".so");
    if (name == "EXE_EXTENSION" || name == "EXE_SUFFIX") return std::string();
    if (name == "FAMILY") return std::string("unix");
    if (name == "OS") return std::string("linux");
    if (name == "USERNAME") return user_name();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the program sets variables.
    const char* value = std::getenv(name.c_str());
    return std::string(value == nullptr ? "" : value);
}

constexpr std::array kHelpers = {
    Helper{"to_lower_case", 1, 1, "to_lower_case TEXT", "all letters small", to_lower_case},
    Helper{"to_upper_case", 1, 1, "to_upper_case TEXT", "all letters capital", to_upper_case},
    Helper{"trim", 1, 1, "trim TEXT", "without white space at both ends", trim},
    Helper{"trim_start", 1, 1, "trim_start TEXT", "without white space at the start", trim_start},
    Helper{"trim_end", 1, 1, "trim_end TEXT", "without white space at the end", trim_end},
    Helper{"replace", 3, 3, "replace TEXT FROM TO", "every FROM in TEXT becomes TO", replace},
    Helper{"quote", 2, 2, "quote SYMBOL TEXT", "TEXT between SYMBOLs, with backslashes inside",
           quote},
    Helper{"unquote", 1, 1, "unquote TEXT", "TEXT without its quotes", unquote},
    Helper{"first_non_empty", 1, Helper::kAny, "first_non_empty TEXT...",
           "the first argument that is not empty", first_non_empty},
    Helper{"shell_quote", 1, 1, "shell_quote TEXT", "TEXT as one word of the shell",
           quoted_for_shell},
    Helper{"parent", 1, 1, "parent PATH", "the folder that holds PATH", parent},
    Helper{"file_name", 1, 1, "file_name PATH", "the last component of PATH", file_name},
    Helper{"extension", 1, 1, "extension PATH", "what follows the last dot of the file name",
           extension},
    Helper{"env_var", 1, 1, "env_var NAME", "an environment variable of remuda itself", env_var},
};

constexpr std::array<std::string_view, 40> kFutureHelpers = {"if",
                                                             "unless",
                                                             "each",
                                                             "with",
                                                             "lookup",
                                                             "raw",
                                                             "log",
                                                             "eq",
                                                             "ne",
                                                             "gt",
                                                             "gte",
                                                             "lt",
                                                             "lte",
                                                             "and",
                                                             "or",
                                                             "not",
                                                             "len",
                                                             "to_camel_case",
                                                             "to_pascal_case",
                                                             "to_snake_case",
                                                             "to_screaming_snake_case",
                                                             "to_kebab_case",
                                                             "to_train_case",
                                                             "to_sentence_case",
                                                             "to_title_case",
                                                             "to_class_case",
                                                             "to_table_case",
                                                             "to_plural",
                                                             "to_singular",
                                                             "canonicalize",
                                                             "read_to_str",
                                                             "assign",
                                                             "json_query",
                                                             "json_str_query",
                                                             "json_to_str",
                                                             "str_to_json",
                                                             "to_json",
                                                             "from_json",
                                                             "jsonnet",
                                                             "http_get"};

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

bool is_future_helper(std::string_view name) {
    return std::find(kFutureHelpers.begin(), kFutureHelpers.end(), name) != kFutureHelpers.end();
}

}  // namespace remuda::templating
