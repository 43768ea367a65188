// SPDX-License-Identifier: MIT
#include "templating/messages.h"

#include "remuda/base/text.h"
#include "templating/parser.h"

#include <algorithm>

#include <fmt/core.h>

namespace remuda::templating {

namespace {

// Of a name, in bytes, and of names, in a message.
constexpr std::size_t kLongestShown = 60;
constexpr std::size_t kMostShown = 8;
constexpr const char* kHelperList = "docs/templates.md lists all helpers";

std::string call_help(const Helper& helper) {
    return fmt::format("it is called as `{{{{ {} }}}}`: {}", helper.usage, helper.summary);
}

std::string wanted_arguments(const Helper& helper) {
    const auto counted = [](std::size_t n) {
        return std::to_string(n) + (n == 1 ? " argument" : " arguments");
    };
    return helper.most == Helper::kAny ? "at least " + counted(helper.least) : counted(helper.most);
}

std::string known_names(const std::vector<std::string>& names) {
    if (names.empty()) return "no variables are known here";
    std::string list;
    for (std::size_t i = 0; i < names.size() && i < kMostShown; ++i) {
        list += (i == 0 ? "" : ", ") + names[i];
    }
    if (names.size() > kMostShown) list += ", ...";
    return "known here: " + list;
}

std::string block_help(const BlockHelper& block) {
    return fmt::format("it is written as `{}`", block.usage);
}

// As other languages write the same name: toLowerCase.
std::string squeezed(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '_' || c == '-') continue;
        text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

// The helper that `name` may have been meant as, or "".
std::string nearest_helper(std::string_view name) {
    std::vector<std::string> names = helper_names();
    for (std::string& block : block_names())
        names.push_back(std::move(block));
    if (std::string near = nearest_name(name, names); !near.empty()) return near;
    const std::string wanted = squeezed(name);
    constexpr std::size_t shortest_part = 4;
    std::string best;
    for (std::string& candidate : names) {
        const std::string whole = squeezed(candidate);
        const bool is_part =
            wanted.size() >= shortest_part && whole.find(wanted) != std::string::npos;
        if (whole != wanted && !is_part) continue;
        if (best.empty() || candidate.size() < best.size()) best = std::move(candidate);
    }
    return best;
}

Fault unknown_helper(const Call& call) {
    Fault fault{call.offset, call.helper.size(), "unknown helper " + shown(call.helper), ""};
    if (const BlockHelper* block = find_block(call.helper)) {
        fault.message = "helper " + shown(call.helper) + " is a block";
        fault.help = block_help(*block);
        return fault;
    }
    if (const std::string_view reason = missing_helper(call.helper); !reason.empty()) {
        fault.message = "there is no helper " + shown(call.helper) + " here";
        fault.help = reason;
        return fault;
    }
    const std::string near = nearest_helper(call.helper);
    fault.help = near.empty() ? std::string(kHelperList) + "; " + kLiteralBraces
                              : "did you mean '" + near + "'? " + kHelperList;
    return fault;
}

std::optional<Fault> wrong_name(const std::vector<Call::Named>& named, std::string_view allowed) {
    for (const Call::Named& argument : named) {
        if (argument.name == allowed) continue;
        Fault fault{argument.offset, argument.name.size(),
                    "no argument is named " + shown(argument.name), ""};
        fault.help = allowed.empty() ? "this helper has no named arguments"
                                     : fmt::format("it has `{}=`", allowed);
        return fault;
    }
    return std::nullopt;
}

}  // namespace

std::string shown(std::string_view name) {
    return name.size() <= kLongestShown ? fmt::format("'{}'", name)
                                        : fmt::format("'{}...'", name.substr(0, kLongestShown));
}

std::string written(const Path& path) {
    std::string text = path.start == Path::Start::context ? "" : "@";
    if (path.start == Path::Start::root) text += "root";
    for (std::size_t i = 0; i < path.up; ++i)
        text += i + 1 == path.up && path.names.empty() ? ".." : "../";
    if (path.is_explicit && path.up == 0) text += "this";
    for (const std::string& name : path.names) {
        if (!text.empty() && text.back() != '/' && text != "@") text += '.';
        text += name;
    }
    return text;
}

Fault unknown_variable(const Expression& expression, const Path& path,
                       const std::vector<std::string>& names) {
    Fault fault{expression.offset, expression.length, "", ""};
    const std::string& name = path.names.front();
    const bool may_be_helper = path.is_plain_name();
    if (const Helper* helper = may_be_helper ? find_helper(name) : nullptr) {
        fault.message = "helper " + shown(name) + " needs " + wanted_arguments(*helper);
        fault.help = call_help(*helper);
        return fault;
    }
    if (const BlockHelper* block = may_be_helper ? find_block(name) : nullptr) {
        fault.message = "helper " + shown(name) + " is a block";
        fault.help = block_help(*block);
        return fault;
    }
    fault.message = "unknown variable " + shown(name);
    if (const std::string near = nearest_name(name, names); !near.empty()) {
        fault.help = "did you mean '" + near + "'?";
        return fault;
    }
    fault.help = known_names(names) + "; " + kLiteralBraces;
    return fault;
}

Fault unknown_member(const Expression& expression, const Path& path, std::string reason) {
    return {expression.offset, expression.length, "unknown variable " + shown(written(path)),
            std::move(reason)};
}

std::optional<Fault> wrong_call(const Expression& expression, const Call& call) {
    const Helper* helper = find_helper(call.helper);
    if (helper == nullptr) return unknown_helper(call);
    const std::size_t given = call.arguments.size();
    if (given < helper->least || given > helper->most) {
        return Fault{expression.offset, expression.length,
                     "helper " + shown(call.helper) + " needs " + wanted_arguments(*helper) +
                         " and is given " + std::to_string(given),
                     call_help(*helper)};
    }
    return wrong_name(call.named, helper->named);
}

std::optional<Fault> wrong_block(const Expression& head, std::size_t parameters,
                                 const BlockMeaning& meaning) {
    const BlockHelper* block = meaning.helper;
    if (block == nullptr) {
        const Helper* helper = find_helper(meaning.call->helper);
        if (helper == nullptr) return unknown_helper(*meaning.call);
        return Fault{meaning.call->offset, meaning.call->helper.size(),
                     "helper " + shown(meaning.call->helper) + " is no block", call_help(*helper)};
    }
    const std::size_t allowed = block->parameters;
    if (parameters > allowed) {
        return Fault{head.offset, head.length,
                     allowed == 0 ? "this block has no block parameters"
                                  : "this block has one block parameter",
                     ""};
    }
    if (block->kind == BlockHelper::Kind::section) return std::nullopt;
    if (block->kind == BlockHelper::Kind::condition) return wrong_call(head, *meaning.call);
    const std::size_t given = meaning.call == nullptr ? 0 : meaning.call->arguments.size();
    if (given != block->arguments) {
        return Fault{head.offset, head.length,
                     fmt::format("helper '{}' needs {} and is given {}", block->name,
                                 block->arguments == 0 ? "no argument" : "1 argument", given),
                     block_help(*block)};
    }
    if (meaning.call == nullptr) return std::nullopt;
    return wrong_name(meaning.call->named, block->named);
}

Fault failed_call(const Expression& expression, const Call& call, const Error& error) {
    Fault fault{expression.offset, expression.length,
                "helper '" + call.helper + "': " + error.text(), ""};
    return fault;
}

Fault no_list(const Expression& expression, const char* kind) {
    return {expression.offset, expression.length,
            fmt::format("`each` needs a list or an object and is given {}", kind),
            "a list is read from JSON text with (str_to_json TEXT)"};
}

}  // namespace remuda::templating
