// SPDX-License-Identifier: MIT
#include "queue/parse.h"

#include "queue/job_options.h"
#include "queue/scalars.h"
#include "remuda/base/text.h"
#include "remuda/yaml/node.h"
#include "remuda/yaml/traps.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

using yaml::Node;

// YAML allows keys of 1,024 characters on one line; escaped, these still fit.
constexpr std::size_t kLongestName = 200;
constexpr int kMostSlots = 65536;

const std::vector<std::string>& reserved_keys() {
    static const std::vector<std::string> keys = {"command", "slots", "allocation_policy", "job"};
    return keys;
}

class EntryReader {
  public:
    EntryReader(const yaml::Source& source, yaml::Diagnostics& diagnostics)
        : source_(source), diagnostics_(diagnostics) {}

    Entry read(const Node& item) {
        entry_.span = item.span;
        yaml::find_traps(source_, item, "command", diagnostics_);
        if (auto fault = yaml::meant_as_text(source_, item, "command", reserved_keys())) {
            diagnostics_.add(std::move(*fault));
        } else if (item.kind == Node::Kind::scalar) {
            read_command(item);
        } else {
            read_mapping(item);
        }
        return std::move(entry_);
    }

  private:
    void read_mapping(const Node& item) {
        for (const auto& [key, value] : item.pairs) {
            if (key.text == "command") {
                read_commands(key, value);
            } else if (key.text == "slots") {
                read_slots(key, value);
            } else if (key.text == "allocation_policy") {
                read_policy(value);
            } else if (key.text == "job" && value.kind == Node::Kind::mapping) {
                read_job_options(source_, value, entry_, diagnostics_);
            } else {
                read_parameter(key, value);
            }
        }
        if (item.find("command") == nullptr) return report_missing_command(item);
        for (const Entry::Parameter& parameter : entry_.parameters) {
            if (parameter.name != "slots") warn_of_stray(parameter);
        }
    }

    // A parameter that no command uses is fine (it repeats the job), unless it looks as if it were
    // meant as one of our keys.
    void warn_of_stray(const Entry::Parameter& parameter) {
        for (const auto* texts : {&entry_.commands, &entry_.option_templates}) {
            for (const Entry::Value& text : *texts) {
                if (text.text.find(parameter.name) != std::string::npos) return;
            }
        }
        const std::string message = fmt::format("no command uses the parameter '{}'",
                                                elided(sanitised(parameter.name, false), 40));
        if (nearest_name(parameter.name, job_option_names()) == parameter.name) {
            diagnostics_.warning(parameter.name_span, message, "",
                                 fmt::format("options of the job stand under `job:`, as in "
                                             "`job: {{{}: ...}}`",
                                             parameter.name));
            return;
        }
        if (parameter.name == "job") {
            const std::string& text = parameter.values.front().text;
            // What would not be one text between the braces is not repeated.
            const bool can_repeat = parameter.values.size() == 1 && text.size() <= 40 &&
                                    text.find_first_of(",[]{}\n") == std::string::npos;
            const std::string name = can_repeat ? sanitised(yaml::emit_scalar(text), false) : "...";
            diagnostics_.warning(
                parameter.name_span, message, "",
                fmt::format("options of the job are a mapping: write `job: {{name: {}}}`", name));
            return;
        }
        const std::string near = nearest_name(parameter.name, reserved_keys());
        if (!near.empty()) {
            diagnostics_.warning(parameter.name_span, message, did_you_mean(near));
        }
    }

    void read_commands(const Node& key, const Node& value) {
        yaml::find_traps(source_, value, "command", diagnostics_);
        for (const Node* command : scalars_of(key, value, "a command")) {
            read_command(*command);
        }
    }

    void read_command(const Node& command) {
        if (command.text.find_first_not_of(" \t\r\n") == std::string::npos) {
            diagnostics_.error(command.span, "the command is empty", "",
                               "write `\"true\"` for a command that does nothing");
            return;
        }
        if (is_usable(command, diagnostics_)) entry_.commands.push_back(value_of(source_, command));
    }

    void read_parameter(const Node& key, const Node& value) {
        Entry::Parameter parameter{key.text, key.span, {}};
        if (key.text == "<<") {
            error(key, "merge keys (`<<`) are not supported", "write the keys out");
            return;
        }
        if (key.text.empty() || key.text.size() > kLongestName || !is_usable(key, diagnostics_)) {
            error(key, "this cannot be the name of a parameter",
                  fmt::format("names have between 1 and {} bytes", kLongestName));
            return;
        }
        if (key.text == "hostname") {
            diagnostics_.warning(key.span, "this parameter is never used", "",
                                 "`{{ hostname }}` is always the name of the node");
        }
        for (const Node* scalar : scalars_of(key, value, "a parameter")) {
            if (scalar->is_empty_scalar() && !scalar->has_tag) {
                const bool is_item = scalar != &value;
                diagnostics_.error(
                    is_item ? scalar->span : key.span,
                    fmt::format("{} of '{}' is missing", is_item ? "a value" : "the value",
                                key.text),
                    "",
                    key.text == "job" ? "options of the job are a mapping, as in `job: {name: ...}`"
                                      : "for an empty text write `\"\"`");
            } else if (is_usable(*scalar, diagnostics_)) {
                parameter.values.push_back(value_of(source_, *scalar));
            }
        }
        if (!parameter.values.empty()) entry_.parameters.push_back(std::move(parameter));
    }

    // The scalars that `value` stands for. Anything else is reported.
    std::vector<const Node*> scalars_of(const Node& key, const Node& value, const char* what) {
        std::vector<const Node*> scalars;
        const std::string rule = fmt::format("{} is a text or a list of texts", what);
        if (value.kind == Node::Kind::scalar) {
            scalars.push_back(&value);
        } else if (value.kind == Node::Kind::mapping) {
            error(value, fmt::format("'{}' is a mapping", key.text), rule);
        } else if (value.items.empty()) {
            error(value, fmt::format("the list of '{}' is empty", key.text),
                  "an entry with an empty list would stand for no job at all");
        }
        for (const Node& item : value.items) {
            if (item.kind == Node::Kind::scalar) {
                scalars.push_back(&item);
            } else {
                error(item,
                      fmt::format("a {} stands in the list of '{}'",
                                  item.kind == Node::Kind::mapping ? "mapping" : "list", key.text),
                      rule + "; quote it if it is meant as text");
            }
        }
        return scalars;
    }

    // A scalar, or the only element of a list, which is how consumed.yaml of others may have it.
    const Node* single(const Node& value, std::string_view key, const std::string& help) {
        const Node* node = &value;
        if (value.kind == Node::Kind::sequence && value.items.size() == 1) node = &value.items[0];
        if (node->kind == Node::Kind::scalar) return node;
        error(value, fmt::format("'{}' takes one value", key), help);
        return nullptr;
    }

    // Several numbers take part in the product like a parameter.
    void read_slots(const Node& key, const Node& value) {
        if (value.kind == Node::Kind::sequence && value.items.empty()) {
            return error(value, "the list of 'slots' is empty",
                         "an entry with an empty list would stand for no job at all");
        }
        if (value.kind != Node::Kind::sequence || value.items.size() == 1) {
            const Node& node = value.items.empty() ? value : value.items.front();
            if (const auto slots = number_of_slots(node)) entry_.needs.slots = *slots;
            return;
        }
        Entry::Parameter list{key.text, key.span, {}};
        for (const Node& item : value.items) {
            if (number_of_slots(item)) list.values.push_back(value_of(source_, item));
        }
        // Of a list with faults nothing is taken.
        if (list.values.size() == value.items.size()) {
            entry_.parameters.push_back(std::move(list));
        }
    }

    std::optional<int> number_of_slots(const Node& node) {
        const std::string help =
            fmt::format("a whole number from 1 to {}, or a list of such numbers", kMostSlots);
        if (node.kind != Node::Kind::scalar) {
            error(node, "'slots' takes a number, or a list of numbers", help);
            return std::nullopt;
        }
        int slots = 0;
        const char* end = node.text.data() + node.text.size();
        const auto read = std::from_chars(node.text.data(), end, slots);
        if (read.ec == std::errc() && read.ptr == end && slots >= 1 && slots <= kMostSlots) {
            return slots;
        }
        error(node, fmt::format("'{}' is no number of slots", elided(node.text, 40)), help);
        return std::nullopt;
    }

    void read_policy(const Node& value) {
        const std::string help = "it is `first_fit` or `buddy`";
        const Node* node = single(value, "allocation_policy", help);
        if (node == nullptr) return;
        if (node->text == "buddy") {
            entry_.needs.policy = model::AllocationPolicy::buddy;
        } else if (node->text == "first_fit") {
            entry_.needs.policy = model::AllocationPolicy::first_fit;
        } else {
            diagnostics_.error(
                node->span, fmt::format("unknown allocation policy '{}'", elided(node->text, 40)),
                did_you_mean(nearest_name(node->text, {"first_fit", "buddy"})), help);
        }
    }

    void report_missing_command(const Node& item) {
        for (const auto& [key, value] : item.pairs) {
            const bool is_near = !nearest_name(key.text, {"command"}).empty();
            if (is_near || key.text == "cmd" || key.text == "run" || key.text == "exec") {
                diagnostics_.error(key.span, "this entry has no `command`",
                                   did_you_mean("command"));
                return;
            }
        }
        const bool has_pairs = !item.pairs.empty();
        diagnostics_.error(has_pairs ? item.pairs.front().first.span : item.span,
                           "this entry has no `command`", "",
                           "every mapping needs the key `command`; other keys are parameters");
    }

    void error(const Node& node, std::string message, std::string help) {
        diagnostics_.error(node.span, std::move(message), "", std::move(help));
    }

    const yaml::Source& source_;
    yaml::Diagnostics& diagnostics_;
    Entry entry_;
};

}  // namespace

Parsed parse_with_layout(const yaml::Source& source, yaml::Diagnostics& diagnostics) {
    const yaml::Document document = yaml::parse(source, diagnostics);
    Parsed parsed;
    if (document.has_root && document.root.kind != Node::Kind::sequence) {
        yaml::report_no_list(source, document.root, "commands", diagnostics);
        return parsed;
    }
    parsed.entries.reserve(document.root.items.size());
    for (const Node& item : document.root.items) {
        parsed.entries.push_back(EntryReader(source, diagnostics).read(item));
    }
    if (!diagnostics.has_errors()) {
        parsed.layout = layout_of(source.text(), document, parsed.why_no_layout);
    }
    return parsed;
}

std::vector<Entry> parse_queue(const yaml::Source& source, yaml::Diagnostics& diagnostics) {
    return parse_with_layout(source, diagnostics).entries;
}

}  // namespace remuda::queue
