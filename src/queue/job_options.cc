// SPDX-License-Identifier: MIT
#include "queue/job_options.h"

#include "queue/scalars.h"
#include "remuda/base/text.h"
#include "remuda/base/units.h"
#include "remuda/queue/retry_words.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::queue {

namespace {

using yaml::Node;

constexpr int kMostRetries = 1'000'000;
constexpr const char* kDurations = "a duration is written as `90s`, `12h` or `1h30m`";

bool is_name_of_variable(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9');
    });
}

class Reader {
  public:
    Reader(const yaml::Source& source, Entry& entry, yaml::Diagnostics& diagnostics)
        : source_(source), diagnostics_(diagnostics), entry_(entry), options_(entry.options) {}

    void read(const Node& mapping) {
        for (const auto& [key, value] : mapping.pairs)
            read_one(key, value);
        const Node* text = mapping.find("stdin");
        const Node* file = mapping.find("stdin_file");
        if (text != nullptr && file != nullptr) {
            error(text->span.begin < file->span.begin ? *file : *text,
                  "'stdin' and 'stdin_file' are given both",
                  "`stdin` is the text itself, `stdin_file` names a file on this machine");
        }
    }

  private:
    void read_one(const Node& key, const Node& value) {
        const std::string& name = key.text;
        if (name == "name") return read_name(key, value);
        if (name == "timeout") return read_duration(key, value, options_.timeout, false);
        if (name == "grace") return read_duration(key, value, options_.grace, true);
        if (name == "retries") return read_number(key, value, options_.retries, 0, kMostRetries);
        if (name == "retry_delay") return read_duration(key, value, options_.retry_delay, true);
        if (name == "retry_on") return read_retry_on(key, value);
        if (name == "env") return read_environment(key, value);
        if (name == "cwd") return read_directory(key, value);
        if (name == "stdin") return read_input(key, value);
        if (name == "stdin_file") return read_input_file(key, value);
        if (name == "sudo") return read_sudo(key, value);
        if (name == "nice") return read_number(key, value, options_.nice, -20, 19);
        if (name == "output_limit") return read_output_limit(key, value);
        diagnostics_.error(
            key.span, fmt::format("unknown job option '{}'", elided(name, 40)),
            did_you_mean(nearest_name(name, job_option_names())),
            "`job` with a mapping holds options of the job; a parameter of that name would "
            "be a text or a list");
    }

    void read_name(const Node& key, const Node& value) {
        const Node* node = single(key, value, "the name is a text");
        if (node == nullptr) return;
        if (node->text.empty()) error(key, "the name is empty", "");
        if (node->text.find("{{") != std::string::npos) {
            error(*node, "names are not templates yet",
                  "leave `name` out: the summary then shows each job's own command");
        }
        if (is_usable(*node, diagnostics_)) options_.name = node->text;
    }

    void read_duration(const Node& key, const Node& value, std::optional<Duration>& to,
                       bool may_be_zero) {
        const Node* node = single(key, value, kDurations);
        if (node == nullptr) return;
        const std::optional<Duration> duration = parse_duration(node->text);
        if (!duration) {
            error(*node, fmt::format("'{}' is no duration", elided(node->text, 40)), kDurations);
        } else if (*duration == Duration::zero() && !may_be_zero) {
            error(*node, fmt::format("a {} of 0 ends the job before it starts", key.text),
                  fmt::format("leave `{}` out for none", key.text));
        } else {
            to = duration;
            write(key.text, node->text);
        }
    }

    void read_number(const Node& key, const Node& value, std::optional<int>& to, int least,
                     int most) {
        const std::string help = fmt::format("a whole number from {} to {}", least, most);
        const Node* node = single(key, value, help);
        if (node == nullptr) return;
        int number = 0;
        const char* end = node->text.data() + node->text.size();
        const auto read = std::from_chars(node->text.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end || number < least || number > most) {
            error(*node, fmt::format("'{}' cannot be '{}'", key.text, elided(node->text, 40)),
                  help);
            return;
        }
        to = number;
        write(key.text, node->text);
    }

    void read_retry_on(const Node& key, const Node& value) {
        std::vector<const Node*> words;
        if (value.kind == Node::Kind::scalar) words.push_back(&value);
        for (const Node& item : value.items)
            words.push_back(&item);
        if (words.empty()) {
            return error(value, fmt::format("'{}' names nothing", key.text), retry_on_help());
        }
        model::RetryOn on{{}, false, false};
        const std::size_t faults_before = faults_;
        for (const Node* word : words) {
            if (word->kind != Node::Kind::scalar) {
                error(*word, fmt::format("'{}' takes a word or a list of words", key.text),
                      retry_on_help());
            } else if (!add_retry_word(word->text, on)) {
                ++faults_;
                diagnostics_.error(
                    word->span, fmt::format("'{}' names no failure", elided(word->text, 40)),
                    did_you_mean(nearest_name(word->text, {"lost", "timeout", "any"})),
                    retry_on_help());
            }
        }
        if (faults_ != faults_before) return;
        options_.retry_on = std::move(on);
        if (value.kind == Node::Kind::scalar) return write(key.text, value.text);
        options_.written += key.text + ":\n";
        for (const Node* word : words)
            options_.written += "  - " + word->text + "\n";
    }

    void read_environment(const Node& key, const Node& value) {
        if (value.kind != Node::Kind::mapping) {
            return error(value, "'env' takes a mapping of names to values",
                         "as in `env: {HF_HOME: /data, SEED: \"{{ seed }}\"}`");
        }
        std::string written;
        for (const auto& [name, text] : value.pairs) {
            if (!is_name_of_variable(name.text)) {
                error(name,
                      fmt::format("'{}' cannot be the name of a variable", elided(name.text, 40)),
                      "letters, digits and `_`, not beginning with a digit");
            } else if (text.kind != Node::Kind::scalar) {
                error(text, fmt::format("the value of '{}' is no text", name.text),
                      "quote it if it is meant as text");
            } else if (text.is_empty_scalar() && !text.has_tag) {
                error(name, fmt::format("the value of '{}' is missing", name.text),
                      "for an empty text write `\"\"`");
            } else if (is_usable(text, diagnostics_)) {
                options_.environment.emplace_back(name.text, text.text);
                entry_.option_templates.push_back(value_of(source_, text));
                written += "  " + name.text + ": " + yaml::emit_scalar(text.text) + "\n";
            }
        }
        if (!written.empty()) options_.written += key.text + ":\n" + written;
    }

    void read_directory(const Node& key, const Node& value) {
        if (const Node* node = text_of(key, value)) options_.directory = node->text;
    }

    void read_input(const Node& key, const Node& value) {
        const Node* node = single(key, value, "the text that the command reads");
        if (node == nullptr || !is_usable(*node, diagnostics_)) return;
        options_.input = node->text;
        keep_template(key, *node);
    }

    void read_input_file(const Node& key, const Node& value) {
        if (const Node* node = text_of(key, value)) options_.input_file = node->text;
    }

    void read_sudo(const Node& key, const Node& value) {
        const std::string help = "it is `true` or `false`";
        const Node* node = single(key, value, help);
        if (node == nullptr) return;
        const bool is_yes = node->text == "true" || node->text == "yes" || node->text == "on";
        const bool is_no = node->text == "false" || node->text == "no" || node->text == "off";
        if (!is_yes && !is_no) {
            return error(*node, fmt::format("'sudo' cannot be '{}'", elided(node->text, 40)), help);
        }
        options_.is_root = is_yes;
        write(key.text, node->text);
    }

    void read_output_limit(const Node& key, const Node& value) {
        const std::string help = "a size is written as `10M`, `1G` or a number of bytes";
        const Node* node = single(key, value, help);
        if (node == nullptr) return;
        options_.output_limit = parse_size(node->text);
        if (!options_.output_limit) {
            return error(*node, fmt::format("'{}' is no size", elided(node->text, 40)), help);
        }
        write(key.text, node->text);
    }

    // A path, which is a template and not empty.
    const Node* text_of(const Node& key, const Node& value) {
        const Node* node = single(key, value, "it is a path");
        if (node == nullptr || !is_usable(*node, diagnostics_)) return nullptr;
        if (node->text.empty()) {
            error(key, fmt::format("the value of '{}' is missing", key.text), "it is a path");
            return nullptr;
        }
        keep_template(key, *node);
        return node;
    }

    void keep_template(const Node& key, const Node& node) {
        entry_.option_templates.push_back(value_of(source_, node));
        write(key.text, yaml::emit_scalar(node.text));
    }

    // A scalar, or the only element of a list.
    const Node* single(const Node& key, const Node& value, const std::string& help) {
        const Node* node = &value;
        if (value.kind == Node::Kind::sequence && value.items.size() == 1) node = &value.items[0];
        if (node->kind == Node::Kind::scalar) return node;
        error(value, fmt::format("'{}' takes one value", key.text), help);
        return nullptr;
    }

    void write(std::string_view name, std::string_view value) {
        options_.written.append(name).append(": ").append(value).append("\n");
    }

    void error(const Node& node, std::string message, std::string help) {
        ++faults_;
        diagnostics_.error(node.span, std::move(message), "", std::move(help));
    }

    const yaml::Source& source_;
    yaml::Diagnostics& diagnostics_;
    Entry& entry_;
    model::JobOptions& options_;
    std::size_t faults_ = 0;
};

}  // namespace

const std::vector<std::string>& job_option_names() {
    static const std::vector<std::string> names = {
        "name", "timeout", "grace",      "retries", "retry_delay", "retry_on",    "env",
        "cwd",  "stdin",   "stdin_file", "sudo",    "nice",        "output_limit"};
    return names;
}

void read_job_options(const yaml::Source& source, const Node& mapping, Entry& entry,
                      yaml::Diagnostics& diagnostics) {
    Reader(source, entry, diagnostics).read(mapping);
}

}  // namespace remuda::queue
