// SPDX-License-Identifier: MIT
#include "remuda/queue/new_entry.h"

#include "queue/canonical.h"
#include "queue/product.h"
#include "remuda/base/text.h"
#include "remuda/base/utf8.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/node.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

// `text` as the shell is to see it, from `begin` to `end`: `parts` that are text are quoted, tags
// are not, since the shell sees what they become.
std::string quoted(std::string_view text, const std::vector<templating::Part>& parts,
                   std::size_t begin, std::size_t end) {
    std::string result;
    for (const templating::Part& part : parts) {
        const std::size_t from = std::max(begin, part.offset);
        const std::size_t to = std::min(end, part.offset + part.length);
        if (from >= to) continue;
        const std::string_view piece = text.substr(from, to - from);
        result += part.is_tag ? std::string(piece) : shell_quote(piece);
    }
    return result;
}

bool is_in_tag(const std::vector<templating::Part>& parts, std::size_t at) {
    return std::ranges::any_of(parts, [at](const templating::Part& part) {
        return part.is_tag && at >= part.offset && at - part.offset < part.length;
    });
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        if (!step.is_valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

// The first of the texts that YAML cannot hold.
const std::string* find_no_utf8(const EntryRequest& request) {
    for (const auto* texts : {&request.words, &request.parameters}) {
        const auto found = std::ranges::find_if_not(*texts, is_utf8);
        if (found != texts->end()) return &*found;
    }
    return is_utf8(request.name) ? nullptr : &request.name;
}

Entry::Value value_of(std::string text) {
    const yaml::Span span{0, text.size()};
    return {std::move(text), span, 0};
}

bool are_same_texts(const std::vector<Entry::Value>& a, const std::vector<Entry::Value>& b) {
    return std::ranges::equal(a, b, {}, &Entry::Value::text, &Entry::Value::text);
}

}  // namespace

std::string joined_command(const std::vector<std::string>& words) {
    if (words.size() == 1) return words[0];
    // Tags may go over several words, so they are looked for in all of the text.
    const std::string text = fmt::format("{}", fmt::join(words, " "));
    const std::vector<templating::Part> parts = templating::parts_of(text);
    std::string command;
    std::size_t begin = 0;
    for (const std::string& word : words) {
        if (begin > 0) command += ' ';
        const bool goes_on = begin > 0 && is_in_tag(parts, begin - 1);
        command += word.empty() && !goes_on ? shell_quote(word)
                                            : quoted(text, parts, begin, begin + word.size());
        begin += word.size() + 1;
    }
    return command;
}

Result<Entry> make_entry(const EntryRequest& request) {
    if (const std::string* text = find_no_utf8(request)) {
        constexpr std::size_t columns = 60;
        return Error(Code::invalid_input, fmt::format("'{}' is no UTF-8, which a queue file is",
                                                      elided(sanitised(*text, false), columns)));
    }
    Entry entry;
    entry.commands.push_back(value_of(joined_command(request.words)));
    for (const std::string& assignment : request.parameters) {
        const std::size_t at = assignment.find('=');
        std::string name = assignment.substr(0, at);
        if (name == "command" || name == "slots" || name == "allocation_policy") {
            return Error(Code::invalid_input,
                         fmt::format("'{}' cannot be the name of a parameter{}", name,
                                     name == "slots" ? "; there is --slots" : ""));
        }
        auto found = std::ranges::find(entry.parameters, name, &Entry::Parameter::name);
        if (found == entry.parameters.end()) {
            entry.parameters.push_back({std::move(name), {}, {}});
            found = entry.parameters.end() - 1;
        }
        found->values.push_back(value_of(assignment.substr(at + 1)));
    }
    entry.needs.slots = request.slots;
    entry.options.name = request.name;
    return entry;
}

std::string entry_text(const Entry& entry, std::size_t indent, std::string_view line_break) {
    const bool is_plain = entry.commands.size() == 1 && entry.parameters.empty() &&
                          entry.needs == model::Needs{} && entry.options == model::JobOptions{};
    if (!is_plain) return canonical_text(entry, indent, line_break);
    std::string text(indent, ' ');
    text.append("- ").append(yaml::emit_scalar(entry.commands[0].text)).append(line_break);
    return text;
}

bool is_same_content(const Entry& a, const Entry& b) {
    return are_same_texts(a.commands, b.commands) && a.needs == b.needs && a.options == b.options &&
           std::ranges::equal(a.parameters, b.parameters, [](const auto& x, const auto& y) {
               return x.name == y.name && are_same_texts(x.values, y.values);
           });
}

std::string summary_of(const std::vector<Entry>& entries) {
    std::size_t jobs = 0;
    for (const Entry& entry : entries)
        jobs = saturating_sum(jobs, job_count(entry));
    const bool is_saturated = jobs == std::numeric_limits<std::size_t>::max();
    return fmt::format("{} {}, {} {}", entries.size(), entries.size() == 1 ? "entry" : "entries",
                       is_saturated ? "countless" : std::to_string(jobs),
                       jobs == 1 ? "job" : "jobs");
}

}  // namespace remuda::queue
