// SPDX-License-Identifier: MIT
#include "remuda/queue/new_entry.h"

#include "queue/canonical.h"
#include "queue/product.h"
#include "remuda/base/text.h"
#include "remuda/yaml/node.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

// Quotes words but for the templates in them, which may go over several words.
class WordQuoter {
  public:
    std::string quoted(std::string_view word) {
        if (word.empty() && !is_inside_) return shell_quote(word);
        std::string result;
        while (!word.empty()) {
            const std::size_t length = is_inside_ ? template_length(word) : literal_length(word);
            const std::string_view piece = word.substr(0, length);
            if (is_inside_) {
                result += piece;
                is_inside_ = !piece.ends_with("}}");
            } else {
                if (!piece.empty()) result += shell_quote(piece);
                is_inside_ = length < word.size();
            }
            word.remove_prefix(length);
        }
        return result;
    }

  private:
    // Up to `{{`, or to the `\{{` that is no template but text with braces.
    static std::size_t literal_length(std::string_view word) {
        const std::size_t open = word.find("{{");
        if (open == std::string_view::npos) return word.size();
        return open > 0 && word[open - 1] == '\\' ? open - 1 : open;
    }

    // Up to behind `}}` and further braces, or all.
    static std::size_t template_length(std::string_view word) {
        const std::size_t close = word.find("}}");
        if (close == std::string_view::npos) return word.size();
        return std::min(word.find_first_not_of('}', close), word.size());
    }

    bool is_inside_ = false;
};

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
    WordQuoter quoter;
    std::string command;
    for (const std::string& word : words) {
        if (!command.empty()) command += ' ';
        command += quoter.quoted(word);
    }
    return command;
}

Result<Entry> make_entry(const EntryRequest& request) {
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
